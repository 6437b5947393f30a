// A release of a system extension, out of a folder with a /usr: an image, its hash tree, a manifest, signatures.

import { chmod, lstat, mkdir, mkdtemp, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import {
  formatVerity,
  indexRelease,
  isExtensionName,
  isVersion,
  manifestFile,
  parseManifest,
  signRelease,
} from '../../disk/index.ts';
import { hashFile, readFileIfExists, run, runErrors, type Tools } from '../../host/index.ts';
import { deployErrors } from '../errors.ts';
import { derivedHash, derivedUuid } from '../image/identity.ts';
import type { Compression } from '../image/model.ts';
import { bytesToPack, packingProgress } from '../image/packing.ts';
import type { ReleaseOptions } from '../image/release.ts';
import { squashfsLevels } from '../image/usr-image.ts';
import { checkTree, extensionReleaseFolder } from './check-tree.ts';
import { type ExtensionIdentity, extensionRelease } from './extension-release.ts';

/** The programs that it takes, with the Debian package of each. */
export const extensionTools: Tools = {
  mksquashfs: 'squashfs-tools',
  veritysetup: 'cryptsetup-bin',
  cp: 'coreutils',
  find: 'findutils',
};

export interface ExtensionOptions extends ExtensionIdentity {
  /** A folder with `usr` in it. */
  readonly tree: string;
  /** The folder for the release's own. */
  readonly output: string;
  readonly compression: Compression;
  /** Of all files in the image, in seconds since 1970. */
  readonly epoch: number;
  readonly release?: ReleaseOptions;
  readonly onStep?: (text: string) => void;
  readonly onPercent?: (percent: number) => void;
  readonly signal?: AbortSignal;
}

export interface BuiltExtension {
  /** Its folder. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly rootHash: string;
  /** Of the image. */
  readonly bytes: number;
}

const files = { usr: 'usr.squashfs', verity: 'usr.verity' } as const;
const blockBytes = 4096;

/**
 * Makes `NAME_VERSION.release` in the output folder: whole, or not at all. The same tree gives the same bytes.
 * Throws `deploy.invalid` for a name, a version or a folder that cannot be, `deploy.source` for a tree that cannot.
 */
export async function buildExtension(options: ExtensionOptions): Promise<BuiltExtension> {
  const { name, version, tree, onStep = () => {} } = options;
  if (!isExtensionName(name)) {
    throw deployErrors.error('invalid', `“${name}” cannot be the name of an extension.`, {
      hint: 'Up to 48 of a-z, 0-9, _, . and -, the first a letter or a digit, and no .raw at its end.',
    });
  }
  if (!isVersion(version)) throw deployErrors.error('invalid', `“${version}” is no version of a release.`);
  const path = join(options.output, `${name}_${version}.release`);
  if ((await lstat(path).catch(() => undefined)) !== undefined) {
    throw deployErrors.error('invalid', `${path} is there already.`, {
      hint: 'A release that machines may have is not made again: give it another version, or remove it.',
    });
  }
  onStep('Checking the tree');
  await checkTree(tree, name);
  await mkdir(options.output, { recursive: true });
  await using scratch = await hiddenFolder(options.output);
  const made = join(scratch.path, basename(path));
  await mkdir(made);
  const image = await makeImage(options, scratch.path, made);
  onStep('Writing the release');
  const manifest = {
    ...{ format: 1, kind: 'extension', name, version, architecture: options.architecture },
    ...options.release?.rules,
    usr: { ...image.usr, chunks: await indexRelease(made, files.usr) },
    verity: image.verity,
  };
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  parseManifest(text, manifestFile);
  await writeFile(join(made, manifestFile), text);
  const { signKey } = options.release ?? {};
  if (signKey !== undefined) await signRelease(made, signKey);
  options.signal?.throwIfAborted();
  await rename(made, path);
  const { architecture } = options;
  const { rootHash } = image.verity;
  return { path: resolve(path), name, version, architecture, rootHash, bytes: image.usr.bytes };
}

/** A folder beside what is made, which no server hands out, gone when disposed of. */
async function hiddenFolder(parent: string): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(parent, '.keelson-extension-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

async function makeImage(options: ExtensionOptions, scratch: string, made: string) {
  const { tree, onStep = () => {}, onPercent = () => {}, signal } = options;
  onStep('Packing /usr');
  const root = join(scratch, 'root');
  await mkdir(root);
  await copyTree(tree, root);
  await identify(options, root);
  const image = join(made, files.usr);
  const onText = packingProgress(await bytesToPack(root, signal), onPercent);
  const args = [
    ...[root, image, '-noappend', '-quiet', '-no-progress', '-info', '-reproducible', '-xattrs', '-all-root'],
    ...['-comp', 'zstd', '-Xcompression-level', String(squashfsLevels[options.compression])],
    ...['-mkfs-time', String(options.epoch), '-all-time', String(options.epoch)],
  ];
  await run('mksquashfs', args, {
    // With SOURCE_DATE_EPOCH set as well it refuses the two options for times.
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' },
    deadlineMs: 3_600_000,
    onOutput: (stream, text) => {
      if (stream === 'stdout') onText(text);
    },
    ...(signal === undefined ? {} : { signal }),
  });
  onPercent(100);
  await rm(root, { recursive: true });
  await truncate(image, Math.ceil((await stat(image)).size / blockBytes) * blockBytes);
  onStep('Making the hash tree');
  const seed = await hashFile(image);
  const salt = derivedHash(seed, 'verity salt');
  const uuid = derivedUuid(seed, 'verity');
  const { rootHash } = await formatVerity({ data: image, tree: join(made, files.verity), salt, uuid });
  // For a web server to read; veritysetup makes its files for root alone.
  for (const file of Object.values(files)) await chmod(join(made, file), 0o644);
  return {
    usr: { file: files.usr, bytes: (await stat(image)).size, sha256: seed },
    verity: { ...(await describe(made, files.verity)), rootHash, salt, uuid },
  };
}

async function describe(folder: string, file: string) {
  const path = join(folder, file);
  return { file, bytes: (await stat(path)).size, sha256: await hashFile(path) };
}

async function copyTree(tree: string, root: string): Promise<void> {
  try {
    await run('cp', ['-a', '--reflink=auto', '--', join(tree, 'usr'), root], { deadlineMs: 3_600_000 });
  } catch (cause) {
    if (!runErrors.is(cause, 'failed')) throw cause;
    throw deployErrors.error('source', `${tree} could not be copied. ${cause.message}`, { cause });
  }
}

/** Writes who it is for into the copy. */
async function identify(
  identity: ExtensionIdentity & { readonly tree: string },
  root: string,
): Promise<void> {
  const relative = join(extensionReleaseFolder, `extension-release.${identity.name}`);
  const path = join(root, relative);
  const text = extensionRelease(identity, await readFileIfExists(path), join(identity.tree, relative));
  for (const folder of ['usr/lib', extensionReleaseFolder]) {
    await mkdir(join(root, folder), { recursive: true });
    await chmod(join(root, folder), 0o755);
  }
  await rm(path, { force: true });
  await writeFile(path, text);
  await chmod(path, 0o644);
}
