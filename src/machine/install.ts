// Puts the payload on a machine without a package manager, and brings an earlier one up to date.

import { access, constants, copyFile, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  cacheDirectory,
  errnoOf,
  removeFileIfExists,
  run,
  runErrors,
  writeFileAtomic,
} from '../host/index.ts';
import { type DiskState, diskState } from './disk-state.ts';
import { machineErrors } from './errors.ts';
import { readHome } from './home.ts';
import { type Manifest, readManifest, union, writeManifest } from './manifest.ts';
import type { StagedEntry } from './model.ts';
import { enabledUnitsPath, servicesPath, setupPath } from './paths.ts';
import { stage } from './stage.ts';

export interface InstallOptions {
  readonly home: string;
  /** The system to install on: '' is this machine, a folder is one that does not run. */
  readonly root: string;
  /** Overwrite files that are not ours. */
  readonly force: boolean;
  readonly cache?: string;
  readonly onStep?: (text: string) => void;
}

export interface InstallResult {
  readonly written: number;
  readonly unchanged: number;
  readonly removed: number;
  /** What the set-up had to say. */
  readonly messages: string;
}

/**
 * Installs or upgrades. Nothing is written when a file is in the way (`machine.conflict`) or when dpkg
 * looks after keelson there (`machine.packaged`). Interrupted, it can be run again.
 */
export async function install(options: InstallOptions): Promise<InstallResult> {
  const { root } = options;
  await refusePackaged(root);
  await refuseSealed(root, 'install');
  options.onStep?.('Reading what to install');
  const home = await readHome(options.home);
  const entries = await stage(home, options.cache ?? cacheDirectory());
  const before = await readManifest(root);
  const found = await statesOf(root, entries);
  refuseConflicts(options, entries, found, before);

  const folders = [...entries.map(({ target }) => dirname(target)), enabledUnitsPath];
  const after: Manifest = {
    version: home.version,
    files: Object.fromEntries(entries.map(({ target, sha256 }) => [target, [sha256]])),
    directories: [...new Set([...(before?.directories ?? []), ...(await newDirectories(root, folders))])],
  };
  // First of all the list: what an interrupted run leaves is known to be ours.
  await writeManifest(root, union(before, after));
  if (before !== undefined) await rememberServices(root);
  options.onStep?.('Writing files');
  let written = 0;
  for (const entry of entries) {
    const now = found.get(entry.target);
    if (now?.sha256 === entry.sha256 && (entry.content.kind === 'link' || now.mode === entry.mode)) continue;
    await write(join(root, entry.target), entry);
    written += 1;
  }
  const gone = Object.keys(before?.files ?? {}).filter((target) => !(target in after.files));
  for (const target of gone) await removeFileIfExists(join(root, target));
  await writeManifest(root, after);
  options.onStep?.('Setting up users and units');
  const messages = await setup(root, 'configure');
  return { written, unchanged: entries.length - written, removed: gone.length, messages };
}

/** Throws `machine.packaged` when dpkg has keelson in its list below `root`. */
export async function refusePackaged(root: string): Promise<void> {
  const listed = await stat(`${root}/var/lib/dpkg/info/keelson.list`).catch(() => undefined);
  const files = await stat(`${root}/var/lib/dpkg/info/keelson.md5sums`).catch(() => undefined);
  if (listed === undefined || files === undefined) return;
  throw machineErrors.error('packaged', 'keelson is installed here as a Debian package.', {
    hint:
      'To upgrade: apt install "$(keelson package)" with the newer keelson. ' +
      'To take it off: apt remove keelson, or apt purge keelson.',
  });
}

/** Throws `machine.sealed` when /usr below `root` cannot be written to; `command` is what to try again. */
export async function refuseSealed(root: string, command: string): Promise<void> {
  const error: unknown = await access(`${root}/usr`, constants.W_OK).catch((cause: unknown) => cause);
  if (errnoOf(error) !== 'EROFS') return;
  throw machineErrors.error('sealed', `${root}/usr is read-only: nothing can be changed there.`, {
    hint: `keelson seal-usr open -- keelson ${command}, where it is sealed; the image of a slot is never changed, but replaced.`,
    cause: error,
  });
}

/** Runs our set-up script on the system below `root` and returns what it said. */
export async function setup(root: string, action: 'configure' | 'remove'): Promise<string> {
  try {
    const { stdout, stderr } = await run(`${root}${setupPath}`, root === '' ? [action] : [action, root], {
      deadlineMs: 600_000,
    });
    return stdout + stderr;
  } catch (error) {
    if (!runErrors.is(error)) throw error;
    throw machineErrors.error('setup', `The files are in place, but ${setupPath} ${action} failed.`, {
      cause: error,
      hint: `${error.message}\nMend that and run the same command again.`,
    });
  }
}

async function statesOf(
  root: string,
  entries: readonly StagedEntry[],
): Promise<ReadonlyMap<string, DiskState>> {
  const found = new Map<string, DiskState>();
  for (const { target } of entries) {
    const state = await diskState(join(root, target));
    if (state !== undefined) found.set(target, state);
  }
  return found;
}

function refuseConflicts(
  options: InstallOptions,
  entries: readonly StagedEntry[],
  found: ReadonlyMap<string, DiskState>,
  before: Manifest | undefined,
): void {
  const foreign = entries.filter(({ target, sha256 }) => {
    const state = found.get(target);
    if (state === undefined || state.sha256 === sha256) return false;
    // A folder is never replaced, not even with --force.
    if (state.sha256 === 'other') return true;
    return !options.force && before?.files[target]?.includes(state.sha256) !== true;
  });
  if (foreign.length === 0) return;
  const list = foreign.map(({ target }) => `  ${options.root}${target}`);
  throw machineErrors.error(
    'conflict',
    `Nothing was installed: ${foreign.length} files are in the way that keelson did not put there so.\n${list.slice(0, 20).join('\n')}`,
    { hint: 'Move them away, or run it again with --force to overwrite them.' },
  );
}

/** Those of the folders, and of what they are in, that are not there yet. */
async function newDirectories(root: string, folders: readonly string[]): Promise<string[]> {
  const missing = new Set<string>();
  const known = new Set<string>(['/']);
  for (const folder of folders) {
    for (let path = folder; !known.has(path); path = dirname(path)) {
      known.add(path);
      if ((await stat(root + path).catch(() => undefined)) === undefined) missing.add(path);
    }
  }
  return [...missing];
}

async function rememberServices(root: string): Promise<void> {
  await mkdir(`${root}/var/lib/keelson`, { recursive: true });
  await copyFile(root + servicesPath, `${root}/var/lib/keelson/services.before`).catch((error: unknown) => {
    if (errnoOf(error) !== 'ENOENT') throw error;
  });
}

async function write(path: string, { content, mode }: StagedEntry): Promise<void> {
  if (content.kind === 'link') {
    await mkdir(dirname(path), { recursive: true });
    const beside = `${path}.keelson-new`;
    await rm(beside, { force: true });
    await symlink(content.to, beside);
    await rename(beside, path);
    return;
  }
  const bytes = content.kind === 'text' ? content.text : await readFile(content.path);
  await writeFileAtomic(path, bytes, { mode, ...(process.getuid?.() === 0 ? { uid: 0, gid: 0 } : {}) });
}
