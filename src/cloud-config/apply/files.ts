// Files, unit files and masks: compared first, then replaced whole.

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { lstat, mkdir, readlink, rename, symlink, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errnoOf, replaceFile, syncDirectory } from '../../host/index.ts';
import { cloudConfigErrors } from '../errors.ts';
import { readerOfPath, unitOfPath } from '../sequence.ts';
import { ownerIds } from './accounts.ts';
import { done, type Executor } from './executor.ts';
import type { Machine } from './machine.ts';
import { statOf } from './stat.ts';
import { checkSudoers } from './sudoers.ts';
import { temporaryPrefix } from './whole.ts';
import { withinRoot } from './within-root.ts';

export interface Wanted {
  readonly content: string | Uint8Array;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Whether the file has that content, mode and owner. */
export async function isAsWanted(path: string, wanted: Wanted): Promise<boolean> {
  const stat = statOf(path);
  if (stat?.isFile() !== true) return false;
  if ((stat.mode & 0o7777) !== wanted.mode || stat.uid !== wanted.uid || stat.gid !== wanted.gid)
    return false;
  const content = Buffer.from(wanted.content);
  return stat.size === content.length && content.equals(readFileSync(path));
}

/**
 * Writes the file whole; an error says in words what stands in the way. Its folder is synced with the next
 * operation that writes no file, or at the end.
 */
export function write(path: string, wanted: Wanted, machine: Machine): void {
  try {
    const { mode, uid, gid } = wanted;
    replaceFile(path, wanted.content, { mode, uid, gid, temporary: temporaryPrefix });
    machine.changes.folders.add(dirname(path));
  } catch (error) {
    const reason = reasons[errnoOf(error) ?? ''];
    if (reason === undefined) throw error;
    throw cloudConfigErrors.error('apply', `${path} cannot be written: ${reason}.`, { cause: error });
  }
}

const reasons: Readonly<Record<string, string>> = {
  EISDIR: 'it is a folder',
  ENOTDIR: 'one of its parents is a file',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  ENAMETOOLONG: 'a name in it is too long',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
};

export const writeFileExecutor: Executor<'write-file'> = {
  settled: async ({ path, content, mode, owner }, machine) => {
    const ids = await ownerIds(machine, owner).catch(() => undefined);
    return ids !== undefined && isAsWanted(await withinRoot(machine, path), { content, mode, ...ids });
  },
  perform: async ({ path, content, mode, owner, check, readBy }, machine) => {
    if (check === 'sudoers') await checkSudoers(content);
    const ids = await ownerIds(machine, owner);
    write(await withinRoot(machine, path), { content, mode, ...ids }, machine);
    noteFile(machine, path);
    for (const unit of readBy ?? []) machine.changes.units.add(unit);
    return done;
  },
};

const unitFile = (content: string): Wanted => ({ content, mode: 0o644, uid: 0, gid: 0 });

export const writeUnitFile: Executor<'write-unit-file'> = {
  settled: async ({ path, content }, machine) =>
    isAsWanted(await withinRoot(machine, path), unitFile(content)),
  perform: async ({ unit, path, content }, machine) => {
    write(await withinRoot(machine, path), unitFile(content), machine);
    noteChange(machine, unit, path);
    return done;
  },
};

export const maskUnit: Executor<'mask-unit'> = {
  settled: async ({ path }, machine) => (await linkTarget(await withinRoot(machine, path))) === '/dev/null',
  perform: async ({ unit, path }, machine) => {
    const target = await withinRoot(machine, path);
    await mkdir(dirname(target), { recursive: true });
    const temporary = join(dirname(target), `${temporaryPrefix}${randomUUID()}`);
    await symlink('/dev/null', temporary);
    await rename(temporary, target).catch(async (error: unknown) => {
      await unlink(temporary).catch(() => {});
      throw error;
    });
    await syncDirectory(dirname(target));
    noteChange(machine, unit, path);
    return done;
  },
};

export const unmaskUnit: Executor<'unmask-unit'> = {
  settled: async ({ path }, machine) => !(await isMask(await withinRoot(machine, path))),
  perform: async ({ unit, path }, machine) => {
    await unlink(await withinRoot(machine, path));
    noteChange(machine, unit, path);
    return done;
  },
};

async function isMask(path: string): Promise<boolean> {
  if ((await linkTarget(path)) === '/dev/null') return true;
  const stat = await lstat(path).catch(() => undefined);
  return stat?.isFile() === true && stat.size === 0;
}

async function linkTarget(path: string): Promise<string | undefined> {
  return readlink(path).catch(() => undefined);
}

function noteChange(machine: Machine, unit: string, path: string): void {
  machine.changes.units.add(unit);
  noteFile(machine, path);
}

/** Notes who has to read that file again. */
export function noteFile(machine: Machine, path: string): void {
  const reader = readerOfPath(path);
  if (reader === 'network') machine.changes.network = true;
  if (reader !== 'manager') return;
  machine.changes.manager = true;
  const unit = unitOfPath(path);
  if (unit !== undefined) machine.changes.units.add(unit);
}
