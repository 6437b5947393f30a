// Undoes what left the cloud-config, where we made it and nobody has changed it since. What was changed is its
// changer's from then on: it stays, and is told.

import { lstat, readFile, readlink, rmdir, symlink, truncate, unlink } from 'node:fs/promises';
import { run } from '../../host/index.ts';
import type { OperationOf, Outcome } from '../model.ts';
import { isFileOfUnit } from '../sequence.ts';
import { findUser, retiredDay } from './accounts.ts';
import { done, type Executor } from './executor.ts';
import { noteFile } from './files.ts';
import { prefix } from './groups.ts';
import { hashOf } from './items.ts';
import { isLive, type Machine, under } from './machine.ts';
import type { ManifestItem } from './manifest.ts';
import { removeKeySet } from './ssh-keys.ts';
import { writeWhole } from './whole.ts';
import { withinRoot } from './within-root.ts';

export const undo: Executor<'undo'> = {
  settled: async ({ item }, machine) => !isLive(machine) && needsManager(item),
  perform: async ({ item }: OperationOf<'undo'>, machine) => {
    switch (item.kind) {
      case 'file':
        return undoFile(item, machine);
      case 'append':
        return undoAppend(item, machine);
      case 'mask':
        return undoMask(item, machine);
      case 'enabled':
        return disable(item, machine);
      case 'keys':
        return undoKeys(item, machine);
      case 'user':
        return retireUser(item, machine);
      case 'certificates':
        await run('update-ca-certificates', ['--fresh'], { deadlineMs: 120_000 });
        return done;
    }
  },
};

/** Below another root no service manager can be asked; that machine's own run undoes it. */
function needsManager({ kind }: ManifestItem): boolean {
  return kind === 'enabled' || kind === 'certificates';
}

async function disable({ name, runtime = false }: ManifestItem, machine: Machine): Promise<Outcome> {
  const manager = await machine.manager();
  // What was enabled until the next boot, or has no file any more, is not enabled now.
  if ((await manager.unitFileState(name).catch(() => undefined)) === undefined) return done;
  await manager.disableUnitFiles([name], runtime);
  machine.changes.manager = true;
  return done;
}

const left = (why: string): Outcome => ({ result: 'done', note: `it stays: ${why}` });

async function undoFile(item: ManifestItem, machine: Machine): Promise<Outcome> {
  const path = await withinRoot(machine, item.name);
  const stat = await lstat(path).catch(() => undefined);
  if (stat === undefined) {
    await removeFolders(item, machine);
    return done;
  }
  const same =
    stat.isFile() &&
    (stat.mode & 0o7777) === item.mode &&
    [item.sha256, item.was].includes(hashOf(await readFile(path)));
  if (!same) return left('it was changed since it was written');
  await stopUnitOf(item, machine);
  await putBack(item, machine);
  noteFile(machine, item.name);
  return done;
}

/** A unit whose file goes is stopped first: afterwards nobody would know how. */
async function stopUnitOf({ name, before }: ManifestItem, machine: Machine): Promise<void> {
  const unit = isFileOfUnit(name);
  if (unit === undefined || before !== undefined || !isLive(machine)) return;
  const manager = await machine.manager();
  const [row] = await manager.listUnitsByNames([unit]);
  if (row === undefined || row.activeState === 'inactive' || row.activeState === 'failed') return;
  const job = await manager.job('stop', unit);
  // While a boot waits for us nothing is waited for.
  if (machine.booting) job.result.catch(() => {});
  else await job.result;
}

/** What was there before, or nothing. */
async function putBack(item: ManifestItem, machine: Machine): Promise<void> {
  const path = await withinRoot(machine, item.name);
  const { before } = item;
  if (before?.kind === 'file') {
    const { mode, uid, gid } = before;
    await writeWhole(path, await readFile(under(machine, before.copy)), { mode, uid, gid });
    await unlink(under(machine, before.copy));
    return;
  }
  await unlink(path);
  if (before?.kind === 'link') await symlink(before.target, path);
  else await removeFolders(item, machine);
}

async function removeFolders({ folders = [] }: ManifestItem, machine: Machine): Promise<void> {
  for (const folder of folders.toReversed()) {
    // Something else lives in it by now.
    if (
      !(await rmdir(await withinRoot(machine, folder)).then(
        () => true,
        () => false,
      ))
    )
      return;
  }
}

async function undoAppend(item: ManifestItem, machine: Machine): Promise<Outcome> {
  const path = await withinRoot(machine, item.name);
  const stat = await lstat(path).catch(() => undefined);
  const { bytes = 0 } = item;
  if (stat === undefined) return done;
  if (!stat.isFile() || stat.size < bytes) return left('it was changed since it was appended to');
  const content = await readFile(path);
  if (hashOf(content.subarray(content.length - bytes)) !== item.sha256) {
    return left('what was appended is not its end any more');
  }
  if (stat.size > bytes || item.created !== true) await truncate(path, stat.size - bytes);
  else await putBack(item, machine);
  noteFile(machine, item.name);
  return done;
}

async function undoMask(item: ManifestItem, machine: Machine): Promise<Outcome> {
  const target = await readlink(await withinRoot(machine, item.name)).catch(() => undefined);
  if (target === undefined) return done;
  if (target !== '/dev/null') return left('it is no mask any more');
  await putBack(item, machine);
  noteFile(machine, item.name);
  return done;
}

async function undoKeys(item: ManifestItem, machine: Machine): Promise<Outcome> {
  const [user = '', set = ''] = item.name.split('/');
  const account = await findUser(machine, user);
  if (account === undefined) return done;
  const gone = await removeKeySet(account, set, [item.sha256, item.was], machine);
  return gone ? done : left('the set was changed since it was written');
}

/** The account and its home stay, for its files are its user's; but nobody can log in. */
async function retireUser({ name }: ManifestItem, machine: Machine): Promise<Outcome> {
  if ((await findUser(machine, name)) === undefined) return done;
  await run('usermod', [...prefix(machine), `--expiredate=${retiredDay}`, '--', name]);
  return { result: 'done', note: 'the account is expired; its files stay' };
}
