// Home directories that useradd did not come to make: it writes the account first, and the power may go
// before the home is there. Without a home there is no place for the user's keys.

import { randomUUID } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, rename, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run, syncDirectory } from '../../host/index.ts';
import type { UserSpec } from '../model.ts';
import type { Account } from './accounts.ts';
import { type Machine, under } from './machine.ts';
import { temporaryPrefix } from './whole.ts';
import { withinRoot } from './within-root.ts';

/** Whether the home that the cloud-config asks for is missing, or was made and not yet given to its user. */
export async function lacksHome(user: UserSpec, account: Account, machine: Machine): Promise<boolean> {
  // An account with another home than we would have given it was made by somebody else.
  if (!user.createHome || account.home !== (user.homeDirectory ?? `/home/${user.name}`)) return false;
  const home = await withinRoot(machine, account.home);
  const stat = await lstat(home).catch(() => undefined);
  if (stat === undefined) return true;
  if (!stat.isDirectory() || stat.uid !== 0 || account.uid === 0) return false;
  return (await readdir(home)).length === 0;
}

/** Makes the home from /etc/skel, whole or not at all. */
export async function makeHome(account: Account, machine: Machine): Promise<void> {
  const home = await withinRoot(machine, account.home);
  const temporary = join(dirname(home), `${temporaryPrefix}${randomUUID()}`);
  await mkdir(dirname(home), { recursive: true, mode: 0o755 });
  await mkdir(temporary, { mode: 0o700 });
  const skeleton = under(machine, '/etc/skel');
  if ((await lstat(skeleton).catch(() => undefined))?.isDirectory() === true) {
    await run('cp', ['-R', '-P', '--', `${skeleton}/.`, temporary]);
  }
  await run('chown', ['-R', '-h', '--', `${account.uid}:${account.gid}`, temporary]);
  await chmod(temporary, 0o755);
  await rmdir(home).catch(() => {});
  await rename(temporary, home);
  await syncDirectory(dirname(home));
}
