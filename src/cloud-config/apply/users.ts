// Users: made with useradd, completed with usermod and chpasswd. A name never stands where an option could.

import { run } from '../../host/index.ts';
import { cloudConfigErrors } from '../errors.ts';
import type { UserSpec } from '../model.ts';
import { expiryOf, findGroup, findUser, passwordHashOf, retiredDay } from './accounts.ts';
import { done, type Executor } from './executor.ts';
import { prefix } from './groups.ts';
import { lacksHome, makeHome } from './home.ts';
import { isLive, type Machine } from './machine.ts';

export const ensureUser: Executor<'ensure-user'> = {
  settled: async ({ user }, machine) => {
    const account = await findUser(machine, user.name);
    if (account === undefined || (await lacksHome(user, account, machine))) return false;
    if ((await missingMemberships(user, machine)).length > 0) return false;
    if (user.uid !== undefined && account.uid !== user.uid) return false;
    if ((await expiryOf(machine, user.name)) === retiredDay) return false;
    return hasPassword(user, await passwordHashOf(machine, user.name));
  },
  perform: async ({ user }, machine) => {
    const account = await findUser(machine, user.name);
    if (account === undefined) await create(user, machine);
    else if (await lacksHome(user, account, machine)) await makeHome(account, machine);
    if ((await expiryOf(machine, user.name)) === retiredDay) {
      await run('usermod', [...prefix(machine), '--expiredate=', '--', user.name]);
    }
    const hash = await passwordHashOf(machine, user.name);
    if (!hasPassword(user, hash)) await setPassword(user.name, wantedHash(user, hash), machine);
    const unknown: string[] = [];
    for (const group of await missingMemberships(user, machine)) {
      if ((await findGroup(machine, group)) === undefined) unknown.push(group);
      else await run('usermod', [...prefix(machine), '--append', '--groups', group, '--', user.name]);
    }
    if (user.uid !== undefined && account !== undefined && account.uid !== user.uid) {
      throw cloudConfigErrors.error(
        'apply',
        `User ${user.name} exists with the number ${account.uid}; its number is not changed to ${user.uid}.`,
      );
    }
    if (unknown.length > 0) {
      throw cloudConfigErrors.error(
        'apply',
        `User ${user.name} exists, but there is no group ${unknown.join(', ')} to join.`,
        { hint: 'groups at the top level makes groups.' },
      );
    }
    return done;
  },
};

async function create(user: UserSpec, machine: Machine): Promise<void> {
  const args = [...prefix(machine)];
  const option = (name: string, value: string | undefined) => {
    if (value !== undefined) args.push(`--${name}=${value}`);
  };
  const flag = (name: string, wanted: boolean) => {
    if (wanted) args.push(`--${name}`);
  };
  option('uid', user.uid === undefined ? undefined : String(user.uid));
  option('comment', user.gecos);
  option('home-dir', user.homeDirectory);
  option('shell', user.shell);
  // `*`: no password fits, but keys do; useradd's own `!` makes sshd without PAM refuse keys as well.
  option('password', '*');
  const namesake = user.userGroup && (await findGroup(machine, user.name)) !== undefined;
  option('gid', user.primaryGroup ?? (namesake ? user.name : undefined));
  flag('user-group', user.userGroup && !namesake);
  flag('no-user-group', !user.userGroup && user.primaryGroup === undefined);
  flag('create-home', user.createHome);
  flag('no-create-home', !user.createHome);
  flag('system', user.system);
  flag('no-log-init', !user.logInit);
  const optional: string[] = [];
  for (const group of user.optionalGroups) {
    if ((await findGroup(machine, group)) !== undefined) optional.push(group);
  }
  if (optional.length > 0) args.push(`--groups=${optional.join(',')}`);
  await run('useradd', [...args, '--', user.name]);
}

/** `!` before a hash, or `*` in its place: no password fits. */
const isLocked = (hash: string): boolean => /^[!*]/.test(hash);

function hasPassword(user: UserSpec, hash: string | undefined): boolean {
  if (hash === undefined) return user.passwordHash === undefined && user.locked !== true;
  if (user.locked !== true) return user.passwordHash === undefined || user.passwordHash === hash;
  return isLocked(hash) && (user.passwordHash === undefined || hash === wantedHash(user, hash));
}

function wantedHash(user: UserSpec, hash: string | undefined): string {
  const wanted = user.passwordHash ?? hash ?? '*';
  return user.locked === true && !isLocked(wanted) ? `!${wanted}` : wanted;
}

async function setPassword(name: string, hash: string, machine: Machine): Promise<void> {
  // On standard input, where the process list does not show it; chpasswd knows no other root's files.
  if (isLive(machine)) await run('chpasswd', ['-e'], { input: `${name}:${hash}\n` });
  else await run('usermod', [...prefix(machine), `--password=${hash}`, '--', name]);
}

async function missingMemberships(user: UserSpec, machine: Machine): Promise<string[]> {
  const missing: string[] = [];
  for (const group of user.groups) {
    if (!(await findGroup(machine, group))?.members.includes(user.name)) missing.push(group);
  }
  return missing;
}
