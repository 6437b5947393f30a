// Users and groups of the machine, as its files list them; what other sources know is asked of getent.

import { readFileIfExists, run } from '../../host/index.ts';
import { cloudConfigErrors } from '../errors.ts';
import type { Owner } from '../model.ts';
import { isLive, type Machine, under } from './machine.ts';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

export interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

async function recordOf(
  machine: Machine,
  file: 'passwd' | 'group' | 'shadow',
  name: string,
): Promise<string[] | undefined> {
  const text = (await readFileIfExists(under(machine, `/etc/${file}`))) ?? '';
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name}:`));
  if (line !== undefined) return line.split(':');
  if (!isLive(machine) || file === 'shadow') return undefined;
  const { stdout, status } = await run('getent', ['--', file, name], { accept: 'any', deadlineMs: 10_000 });
  return status === 0 && stdout.startsWith(`${name}:`) ? stdout.trim().split(':') : undefined;
}

/** The user of that name. */
export async function findUser(machine: Machine, name: string): Promise<Account | undefined> {
  const record = await recordOf(machine, 'passwd', name);
  if (record === undefined) return undefined;
  const [, , uid, gid, , home = '/'] = record;
  return { name, uid: Number(uid), gid: Number(gid), home };
}

/** The group of that name. */
export async function findGroup(machine: Machine, name: string): Promise<Group | undefined> {
  const record = await recordOf(machine, 'group', name);
  if (record === undefined) return undefined;
  return {
    name,
    gid: Number(record[2]),
    members: (record[3] ?? '').split(',').filter((word) => word !== ''),
  };
}

/** The password hash of that user. */
export async function passwordHashOf(machine: Machine, name: string): Promise<string | undefined> {
  return (await recordOf(machine, 'shadow', name))?.[1];
}

/** Day one of shadow(5), long over: so expires an account that left the cloud-config, and may come back. */
export const retiredDay = '1';

/** The day on which that account ends, as shadow(5) has it; empty for never. */
export async function expiryOf(machine: Machine, name: string): Promise<string> {
  return (await recordOf(machine, 'shadow', name))?.[7] ?? '';
}

/** Numbers for an owner by name; root where nothing is said. Throws when there is no such name. */
export async function ownerIds(machine: Machine, owner: Owner): Promise<{ uid: number; gid: number }> {
  // Root is 0 everywhere, and owns most files: nothing has to be read for it.
  const isRoot = (name: string | undefined) => name === undefined || name === 'root';
  if (isRoot(owner.user) && isRoot(owner.group) && owner.loginGroup !== true) return { uid: 0, gid: 0 };
  const { user, group } = await splitAtDot(machine, owner);
  const uid = user === undefined ? 0 : await idOf(user, 'user', (name) => findUser(machine, name));
  if (owner.loginGroup === true && user !== undefined) {
    const account = await findUser(machine, user);
    if (account !== undefined) return { uid, gid: account.gid };
    throw cloudConfigErrors.error('apply', `There is no user ${user}, whose group is to own the file.`);
  }
  const gid = group === undefined ? 0 : await idOf(group, 'group', (name) => findGroup(machine, name));
  return { uid, gid };
}

/** chown's old form USER.GROUP, when no user has that name as a whole. */
async function splitAtDot(machine: Machine, owner: Owner): Promise<Owner> {
  const [, user, group] = /^([^.]+)\.([^.]+)$/.exec(owner.user ?? '') ?? [];
  if (user === undefined || group === undefined || owner.group !== undefined) return owner;
  return (await findUser(machine, owner.user ?? '')) === undefined ? { user, group } : owner;
}

async function idOf(
  name: string,
  what: 'user' | 'group',
  find: (name: string) => Promise<Account | Group | undefined>,
): Promise<number> {
  if (/^\d+$/.test(name)) return Number(name);
  const found = await find(name);
  if (found === undefined) {
    throw cloudConfigErrors.error('apply', `There is no ${what} ${name} to own the file.`);
  }
  return 'uid' in found ? found.uid : found.gid;
}
