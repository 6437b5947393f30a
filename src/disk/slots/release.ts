// A release: a folder with manifest.json, the image of /usr, its hash tree and the UKI that starts it.

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, hashFile } from '../../host/index.ts';
import { diskErrors } from '../errors.ts';
import { cmdlineValue, readUki, type Uki } from '../uki.ts';
import { isRootHash, verifyVerity } from '../verity.ts';
import { isVersion } from './version.ts';

export interface ReleaseFile {
  /** A name inside the release's folder. */
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
  readonly usr: ReleaseFile;
  readonly verity: ReleaseFile & { readonly rootHash: string; readonly salt: string; readonly uuid: string };
  readonly uki: ReleaseFile;
}

export interface Release {
  readonly folder: string;
  readonly manifest: ReleaseManifest;
  readonly paths: { readonly usr: string; readonly verity: string; readonly uki: string };
}

/** Reads a release's manifest. Throws `disk.absent` without one, `disk.damaged` naming what is wrong in it. */
export async function readRelease(folder: string): Promise<Release> {
  const path = join(folder, 'manifest.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (errnoOf(cause) === undefined) throw cause;
    throw diskErrors.error('absent', `${folder} is no release: ${path} cannot be read (${errnoOf(cause)}).`, {
      cause,
      hint: 'keelson image build --format payload makes one.',
    });
  }
  const manifest = parseManifest(text, path);
  const inside = (part: 'usr' | 'verity' | 'uki') => join(folder, manifest[part].file);
  return { folder, manifest, paths: { usr: inside('usr'), verity: inside('verity'), uki: inside('uki') } };
}

type Fields = Readonly<Record<string, unknown>>;

/** Parses a manifest. Throws `disk.damaged` with `path` and the field or the place in the text. */
export function parseManifest(text: string, path: string): ReleaseManifest {
  const damaged = (what: string, cause?: unknown) =>
    diskErrors.error('damaged', `${path} is no manifest of a release: ${what}.`, { cause });
  const object = (value: unknown, field: string): Fields => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
    throw damaged(`${field} is no object`);
  };
  const matching = (
    fields: Fields,
    key: string,
    where: string,
    fits: (text: string) => boolean,
    form: string,
  ) => {
    const value = fields[key];
    if (typeof value === 'string' && fits(value)) return value;
    throw damaged(`${where}${key} is ${JSON.stringify(value) ?? 'missing'}, expected ${form}`);
  };
  const file = (fields: Fields, part: string): ReleaseFile => {
    const { bytes } = fields;
    if (typeof bytes !== 'number' || !Number.isSafeInteger(bytes) || bytes < 1) {
      throw damaged(`${part}.bytes is ${JSON.stringify(bytes) ?? 'missing'}, expected a size in bytes`);
    }
    const isName = (name: string) => /^[0-9A-Za-z_][0-9A-Za-z._+~^-]{0,199}$/.test(name);
    return {
      file: matching(fields, 'file', `${part}.`, isName, 'the name of a file beside it'),
      bytes,
      sha256: matching(fields, 'sha256', `${part}.`, isRootHash, '64 hexadecimal digits'),
    };
  };
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (cause) {
    throw damaged(cause instanceof Error ? cause.message : 'no JSON', cause);
  }
  const all = object(root, 'it');
  if (all['format'] !== 1)
    throw damaged(`format is ${JSON.stringify(all['format']) ?? 'missing'}, expected 1`);
  if (all['name'] !== 'keelson') {
    throw damaged(`name is ${JSON.stringify(all['name']) ?? 'missing'}, expected "keelson"`);
  }
  const version = matching(all, 'version', '', isVersion, 'a version (letters, digits and . ~ ^ -)');
  const isName = (name: string) => /^[a-z0-9][a-z0-9_-]{1,15}$/.test(name);
  const architecture = matching(all, 'architecture', '', isName, 'an architecture (amd64, arm64)');
  const usr = file(object(all['usr'], 'usr'), 'usr');
  if (usr.bytes % 4096 !== 0) throw damaged(`usr.bytes is ${usr.bytes}, expected a multiple of 4096`);
  const tree = object(all['verity'], 'verity');
  const isUuid = (uuid: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid);
  const verity = {
    ...file(tree, 'verity'),
    rootHash: matching(tree, 'rootHash', 'verity.', isRootHash, '64 hexadecimal digits'),
    salt: matching(tree, 'salt', 'verity.', isRootHash, '64 hexadecimal digits'),
    uuid: matching(tree, 'uuid', 'verity.', isUuid, 'a UUID in lower case'),
  };
  return {
    format: 1,
    name: 'keelson',
    version,
    architecture,
    usr,
    verity,
    uki: file(object(all['uki'], 'uki'), 'uki'),
  };
}

const machines: Readonly<Record<string, Uki['machine']>> = { amd64: 'x86-64', arm64: 'arm64' };

/**
 * Reads all of a release: sizes, hashes, the UKI's sections, and the image against its tree and root hash.
 * Throws `disk.absent` or `disk.damaged` for the first file that is not as the manifest says.
 */
export async function checkRelease(release: Release): Promise<void> {
  const { manifest, paths } = release;
  await checkSizes(release);
  for (const part of ['uki', 'verity', 'usr'] as const) {
    const found = await hashFile(paths[part]);
    if (found === manifest[part].sha256) continue;
    throw diskErrors.error(
      'damaged',
      `${paths[part]} has another SHA-256 than its manifest says: ${found} instead of ${manifest[part].sha256}.`,
    );
  }
  checkUki(await readUki(paths.uki), manifest);
  await verifyVerity({ data: paths.usr, tree: paths.verity, rootHash: manifest.verity.rootHash });
}

/** Whether all files are there in their sizes, which takes no time. Throws as `checkRelease`. */
export async function checkSizes({ manifest, paths }: Release): Promise<void> {
  for (const part of ['usr', 'verity', 'uki'] as const) await checkSize(paths[part], manifest[part]);
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
