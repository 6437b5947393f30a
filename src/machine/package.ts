// Builds the Debian package of keelson. The same files always make the same bytes.

import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  cacheDirectory,
  hashFile,
  keepNewest,
  keptMs,
  run,
  scratchDirectory,
  sourceDateEpoch,
} from '../host/index.ts';
import { controlFiles, controlText, debianVersion } from './control.ts';
import { readHome } from './home.ts';
import type { StagedEntry } from './model.ts';
import { fingerprint, stage } from './stage.ts';

export interface PackageOptions {
  /** The home folder to make it from: a checkout that was bundled, or an installation. */
  readonly home: string;
  /** Where the package goes; without it, it stays in the cache. */
  readonly output?: string;
  /** Default: the cache of this user. */
  readonly cache?: string;
  /** Told what is being done, when it takes long. */
  readonly onStep?: (text: string) => void;
}

/**
 * Builds keelson_VERSION_ARCH.deb and returns its path. Returns the one built before when nothing has
 * changed since. Throws `machine.incomplete` when the home folder is none.
 */
export async function buildPackage(options: PackageOptions): Promise<string> {
  const cache = options.cache ?? cacheDirectory();
  const home = await readHome(options.home);
  const epoch = sourceDateEpoch();
  const key = createHash('sha256')
    .update(`${await fingerprint(home)} ${epoch} ${controlText(home, 0)} ${JSON.stringify(controlFiles())}`)
    .digest('hex')
    .slice(0, 16);
  const name = `keelson_${debianVersion(home.version)}_${home.architecture}.deb`;
  const built = join(cache, `deb-${key}`, name);
  if ((await stat(built).catch(() => undefined)) === undefined) {
    options.onStep?.('Building the package');
    const entries = await stage(home, cache);
    await using scratch = await scratchDirectory(cache);
    const root = join(scratch.path, 'root');
    await writeTree(root, entries, controlText(home, sum(entries)), epoch);
    const made = join(scratch.path, name);
    await run('dpkg-deb', ['-Zzstd', '-z3', '--root-owner-group', '--build', root, made], {
      env: { ...inherited(), SOURCE_DATE_EPOCH: String(epoch) },
      deadlineMs: 300_000,
    });
    await mkdir(dirname(built), { recursive: true });
    await rename(made, built);
    await keepNewest(cache, 'deb-', 3, Date.now() - keptMs);
  }
  await utimes(dirname(built), new Date(), new Date());
  if (options.output === undefined) return built;
  const isFolder = (await stat(options.output).catch(() => undefined))?.isDirectory() === true;
  const output = isFolder ? join(options.output, basename(built)) : options.output;
  const beside = `${output}.${process.pid}.part`;
  try {
    await copyFile(built, beside, constants.COPYFILE_FICLONE);
    await rename(beside, output);
  } finally {
    await rm(beside, { force: true });
  }
  return output;
}

async function writeTree(
  root: string,
  entries: readonly StagedEntry[],
  control: string,
  epoch: number,
): Promise<void> {
  const directories = new Set<string>([root]);
  const sums: string[] = [];
  for (const { target, mode, content } of entries) {
    const path = join(root, target);
    for (let parent = dirname(path); parent.length > root.length; parent = dirname(parent)) {
      directories.add(parent);
    }
    await mkdir(dirname(path), { recursive: true, mode: 0o755 });
    if (content.kind === 'link') {
      await symlink(content.to, path);
      continue;
    }
    if (content.kind === 'file') await copyFile(content.path, path, constants.COPYFILE_FICLONE);
    else await writeFile(path, content.text);
    await chmod(path, mode);
    await utimes(path, epoch, epoch);
    sums.push(`${await hashFile(path, 'md5')}  ${target.slice(1)}\n`);
  }
  const meta = join(root, 'DEBIAN');
  await mkdir(meta, { mode: 0o755 });
  const controls = {
    ...controlFiles(),
    control: { text: control, mode: 0o644 },
    md5sums: { text: sums.join(''), mode: 0o644 },
  };
  for (const [name, { text, mode }] of Object.entries(controls)) {
    await writeFile(join(meta, name), text);
    await chmod(join(meta, name), mode);
  }
  // Whatever the umask is; and times last, because writing into a folder touches it.
  for (const directory of [...directories, meta]) {
    await chmod(directory, 0o755);
    await utimes(directory, epoch, epoch);
  }
}

function sum(entries: readonly StagedEntry[]): number {
  return entries.reduce((total, { bytes }) => total + bytes, 0);
}

function inherited(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] = value;
  return env;
}
