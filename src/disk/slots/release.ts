// A release: a folder with manifest.json, the image of /usr, its hash tree and, of a system, the UKI that starts it.

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, hashFile } from '../../host/index.ts';
import { diskErrors } from '../errors.ts';
import { parseManifest } from '../release/manifest.ts';
import { filesOf, manifestFile, type ReleaseFile, type ReleaseManifest } from '../release/model.ts';
import { cmdlineValue, readUki, type Uki } from '../uki.ts';
import { verifyVerity } from '../verity.ts';

export interface Release {
  readonly folder: string;
  readonly manifest: ReleaseManifest;
  /** Empty while a release comes over a network and the file is not here; `uki` also of an extension. */
  readonly paths: { readonly usr: string; readonly verity: string; readonly uki: string };
}

/** Reads a release's manifest. Throws `disk.absent` without one, `disk.damaged` naming what is wrong in it. */
export async function readRelease(folder: string): Promise<Release> {
  const path = join(folder, manifestFile);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (errnoOf(cause) === undefined) throw cause;
    throw diskErrors.error('absent', `${folder} is no release: ${path} cannot be read (${errnoOf(cause)}).`, {
      cause,
      hint: 'keelson image build --format payload makes one, keelson release extension another kind.',
    });
  }
  const manifest = parseManifest(text, path);
  const inside = ({ file }: ReleaseFile) => join(folder, file);
  const { usr, verity, uki } = manifest;
  return {
    ...{ folder, manifest },
    paths: { usr: inside(usr), verity: inside(verity), uki: uki === undefined ? '' : inside(uki) },
  };
}

const machines: Readonly<Record<string, Uki['machine']>> = { amd64: 'x86-64', arm64: 'arm64' };

/**
 * Reads all of a release: sizes, hashes, the UKI's sections, and the image against its tree and root hash. Of an
 * extension the image is known by its SHA-256, and machines that have no veritysetup can have extensions.
 * Throws `disk.absent` or `disk.damaged` for the first file that is not as the manifest says.
 */
export async function checkRelease(release: Release): Promise<void> {
  const { manifest, paths } = release;
  await checkSizes(release);
  for (const [part, file] of filesOf(manifest).toReversed()) await checkHash(paths[part], file);
  if (manifest.kind === 'extension') return;
  checkUki(await readUki(paths.uki), manifest);
  await checkTree(release);
}

/** Reads the image against its tree and root hash. Throws `disk.damaged` with the first offset that does not fit. */
export async function checkTree({ manifest, paths }: Release): Promise<void> {
  await verifyVerity({ data: paths.usr, tree: paths.verity, rootHash: manifest.verity.rootHash });
}

/**
 * The same for a release whose image is not here yet: the tree, and the UKI with what it says of itself.
 * Throws as `checkRelease`.
 */
export async function checkWithoutImage({ manifest, paths }: Release): Promise<void> {
  for (const [part, file] of filesOf(manifest)) {
    if (part === 'usr') continue;
    await checkSize(paths[part], file);
    await checkHash(paths[part], file);
  }
  if (manifest.kind !== 'extension') checkUki(await readUki(paths.uki), manifest);
}

/** Whether all files are there in their sizes, which takes no time. Throws as `checkRelease`. */
export async function checkSizes({ manifest, paths }: Release): Promise<void> {
  for (const [part, file] of filesOf(manifest)) await checkSize(paths[part], file);
}

async function checkHash(path: string, { sha256 }: ReleaseFile): Promise<void> {
  const found = await hashFile(path);
  if (found === sha256) return;
  throw diskErrors.error(
    'damaged',
    `${path} has another SHA-256 than its manifest says: ${found} instead of ${sha256}.`,
  );
}

async function checkSize(path: string, { bytes }: ReleaseFile): Promise<void> {
  const stats = await stat(path).catch((cause: unknown) => {
    throw diskErrors.error('absent', `The release lacks ${path} (${errnoOf(cause) ?? 'cannot be read'}).`, {
      cause,
    });
  });
  if (stats.isFile() && stats.size === bytes) return;
  throw diskErrors.error(
    'damaged',
    `${path} ends at offset ${stats.size}; its manifest says ${bytes} bytes.`,
  );
}

/** Loaders choose by what the UKI says of itself, so that has to be what the manifest says. */
function checkUki(uki: Uki, { version, architecture, verity }: ReleaseManifest): void {
  const differs = (what: string, has: string | undefined, says: string) =>
    diskErrors.error('damaged', `${uki.path} has ${what} ${has ?? 'none'}, its manifest says ${says}.`);
  const rootHash = cmdlineValue(uki.cmdline, 'usrhash');
  if (rootHash !== verity.rootHash) throw differs('usrhash=', rootHash, verity.rootHash);
  const own = loaderVersion(uki.osRelease);
  if (own !== version) throw differs('the version', own, version);
  const machine = machines[architecture];
  if (machine !== undefined && uki.machine !== machine)
    throw differs('the machine type', uki.machine, architecture);
}

/** The version that systemd-boot sorts an entry by (bootspec_pick_name_version_sort_key). */
export function loaderVersion(osRelease: ReadonlyMap<string, string>): string | undefined {
  const keys = ['IMAGE_VERSION', 'VERSION', 'VERSION_ID', 'BUILD_ID'];
  return keys.map((key) => osRelease.get(key)).find((value) => value !== undefined);
}
