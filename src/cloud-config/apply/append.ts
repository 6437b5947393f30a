// Files that a piece is added to: once, however often it is asked for.

import { lstat, readFile } from 'node:fs/promises';
import { errnoOf } from '../../host/index.ts';
import { contentWith } from '../keys/same-path.ts';
import type { OperationOf } from '../model.ts';
import { ownerIds } from './accounts.ts';
import { done, type Executor } from './executor.ts';
import { isAsWanted, noteFile, type Wanted, write } from './files.ts';
import { isLive, type Machine } from './machine.ts';
import { withinRoot } from './within-root.ts';

export const appendFile: Executor<'append-file'> = {
  settled: async (operation, machine) => {
    const wanted = await wantedOf(operation, machine).catch(() => undefined);
    return wanted !== undefined && isAsWanted(await withinRoot(machine, operation.path), wanted);
  },
  perform: async (operation, machine) => {
    write(await withinRoot(machine, operation.path), await wantedOf(operation, machine), machine);
    noteFile(machine, operation.path);
    return done;
  },
};

async function wantedOf(
  { path, content, mode, owner }: OperationOf<'append-file'>,
  machine: Machine,
): Promise<Wanted> {
  const target = await withinRoot(machine, path);
  const stat = await lstat(target).catch(() => undefined);
  const before =
    stat?.isFile() === true
      ? await readFile(target)
      : isLive(machine)
        ? await linkedContent(target)
        : new Uint8Array();
  const own = stat?.isFile() === true ? stat : { uid: 0, gid: 0, mode: 0o644 };
  const ids = owner === undefined ? { uid: own.uid, gid: own.gid } : await ownerIds(machine, owner);
  return { content: contentWith(before, content), mode: mode ?? own.mode & 0o7777, ...ids };
}

/** What stands behind a link, for a file takes the link's place. */
async function linkedContent(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return new Uint8Array();
    throw error;
  }
}
