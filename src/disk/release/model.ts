// A release as its manifest.json describes it.

export interface ReleaseFile {
  /** A name inside the release's folder. */
  readonly file: string;
  readonly bytes: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  /** Where the index of its chunks is (chunk-index.ts); releases that no machine fetches have none. */
  readonly chunks?: ReleaseIndex;
}

/** An index of chunks, a file of its own beside the manifest. */
export interface ReleaseIndex {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** manifest.json, as `keelson image build` writes it. */
export interface ReleaseManifest {
  readonly format: 1;
  readonly name: 'keelson';
  readonly version: string;
  /** As Debian calls it: amd64, arm64. */
  readonly architecture: string;
  /** Milliseconds since 1970: from then on no machine fetches it. */
  readonly expires?: number;
  /** The oldest version that this one can be fetched on; older machines go through another release first. */
  readonly minimumVersion?: string;
  /** Newer versions from which this one may be gone back to. */
  readonly downgradeFrom?: readonly string[];
  readonly usr: ReleaseFile;
  readonly verity: ReleaseFile & { readonly rootHash: string; readonly salt: string; readonly uuid: string };
  readonly uki: ReleaseFile;
}

export type ReleasePart = 'usr' | 'verity' | 'uki';

export const releaseParts: readonly ReleasePart[] = ['usr', 'verity', 'uki'];

/** Names beside each other in a release's folder. */
export const manifestFile = 'manifest.json';
export const signatureFile = 'manifest.json.sig';
