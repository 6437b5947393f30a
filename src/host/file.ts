// Files written whole: beside the target, synced, then renamed, so that a reader or a power loss never
// meets half of one.

import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { errnoOf } from './errors.ts';

export interface AtomicWriteOptions {
  /** Permission bits, all twelve of them honoured whatever the umask is. Default 0o644. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Mode of parent directories that have to be made. Default 0o755. */
  readonly directoryMode?: number;
  /** How the name of the file beside the target begins, for who removes what a power loss left. Default `.keelson-`. */
  readonly temporary?: string;
}

/**
 * Replaces `path` by a file with this content, or leaves what was there.
 * The file and its directory are synced before this returns. Parents are made as needed.
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  options: AtomicWriteOptions = {},
): Promise<void> {
  const directory = dirname(path);
  await makeDirectory(directory, options.directoryMode);
  const temporary = join(directory, `${options.temporary ?? '.keelson-'}${randomUUID()}`);
  let handle: FileHandle | undefined;
  try {
    handle = await open(temporary, 'wx', 0o600);
    await handle.writeFile(content);
    // Owner before mode: a change of owner clears setuid and setgid.
    if (options.uid !== undefined || options.gid !== undefined) {
      await handle.chown(options.uid ?? -1, options.gid ?? -1);
    }
    await handle.chmod(options.mode ?? 0o644);
    await handle.sync();
    await rename(temporary, path);
    // On FAT the new name is an empty file until the file itself is synced once more: where its content begins is
    // in the folder's entry. Elsewhere this is the sync of the folder.
    await handle.sync();
    await handle.close();
    handle = undefined;
  } catch (error) {
    await handle?.close();
    await unlink(temporary).catch(() => {});
    throw error;
  }
  await syncDirectory(directory);
}

/**
 * The same without giving way to anything else meanwhile, for programs that have nothing else to do: a file
 * costs a tenth of the CPU. The folder is synced by the caller, once for all its files, with `syncDirectory`.
 */
export function replaceFile(
  path: string,
  content: string | Uint8Array,
  options: AtomicWriteOptions = {},
): void {
  const directory = dirname(path);
  const temporary = join(directory, `${options.temporary ?? '.keelson-'}${randomUUID()}`);
  const handle = openMakingParents(temporary, options.directoryMode ?? 0o755);
  let open = true;
  try {
    writeFileSync(handle, content);
    // Owner before mode: a change of owner clears setuid and setgid.
    if (options.uid !== undefined || options.gid !== undefined) {
      fchownSync(handle, options.uid ?? -1, options.gid ?? -1);
    }
    fchmodSync(handle, options.mode ?? 0o644);
    fsyncSync(handle);
    closeSync(handle);
    open = false;
    renameSync(temporary, path);
  } catch (error) {
    if (open) closeSync(handle);
    rmSync(temporary, { force: true });
    throw error;
  }
}

function openMakingParents(path: string, directoryMode: number): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    mkdirSync(dirname(path), { recursive: true, mode: directoryMode });
    return openSync(path, 'wx', 0o600);
  }
}

/**
 * Replaces `path` by a file with this content and mode 0644, for files of /run, which end with the boot:
 * a reader never meets half of one, but nothing is synced and nothing waits. Parents are made as needed.
 */
export function replaceVolatileFile(path: string, content: string): void {
  const directory = dirname(path);
  const temporary = join(directory, `.keelson-${randomUUID()}`);
  try {
    try {
      writeFileSync(temporary, content, { flag: 'wx', mode: 0o644 });
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
      mkdirSync(directory, { recursive: true });
      writeFileSync(temporary, content, { flag: 'wx', mode: 0o644 });
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/**
 * Makes a directory and what it lies in, as far as they are not there, so that their names are durable: on FAT,
 * syncing a directory leaves its own name to chance.
 */
export async function makeDirectory(path: string, mode = 0o755): Promise<void> {
  const created = await mkdir(path, { recursive: true, mode });
  if (created === undefined) return;
  const first = resolve(created);
  for (let made = resolve(path); made.startsWith(first); made = dirname(made)) {
    await syncDirectory(dirname(made));
  }
}

/** Makes names created, renamed or removed in `directory` durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The text of a file, or undefined when there is none. */
export async function readFileIfExists(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Removes a file; true when there was one. */
export async function removeFileIfExists(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return false;
    throw error;
  }
}
