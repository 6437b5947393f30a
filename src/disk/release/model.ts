// A release as its manifest.json describes it.

import { diskErrors } from '../errors.ts';

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

/** manifest.json, as `keelson image build` and `keelson release extension` write it. */
export interface ReleaseManifest {
  readonly format: 1;
  /** A layer over the /usr of a machine; a release without it is a whole system. */
  readonly kind?: 'extension';
  /** `keelson`, or the extension's own name. */
  readonly name: string;
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
  /** What starts the system; an extension has none. */
  readonly uki?: ReleaseFile;
}

export type ReleasePart = 'usr' | 'verity' | 'uki';

/** The large files of a release, in the order in which they are read. */
export function filesOf({
  usr,
  verity,
  uki,
}: ReleaseManifest): readonly (readonly [part: ReleasePart, file: ReleaseFile])[] {
  return [['usr', usr], ['verity', verity], ...(uki === undefined ? [] : [['uki', uki] as const])];
}

/** Its UKI. Throws `disk.unsupported` for an extension, which starts nothing. */
export function ukiOf({ name, version, uki }: ReleaseManifest): ReleaseFile {
  if (uki !== undefined) return uki;
  throw diskErrors.error('unsupported', `Release ${version} of ${name} is an extension: it has no kernel.`);
}

/** Whether a text can be the name of an extension: systemd takes it for an image, and a unit, a path and a URL. */
export function isExtensionName(text: string): boolean {
  return /^[a-z0-9][a-z0-9_.-]{0,47}$/.test(text) && !text.endsWith('.raw');
}

/** Names beside each other in a release's folder. */
export const manifestFile = 'manifest.json';
export const signatureFile = 'manifest.json.sig';
