// Groups: made with groupadd, joined with usermod.

import { run } from '../../host/index.ts';
import { cloudConfigErrors } from '../errors.ts';
import { findGroup, findUser } from './accounts.ts';
import { done, type Executor } from './executor.ts';
import { isLive, type Machine } from './machine.ts';

export const ensureGroup: Executor<'ensure-group'> = {
  settled: async ({ group, members }, machine) => {
    const found = await findGroup(machine, group);
    return found !== undefined && members.every((member) => found.members.includes(member));
  },
  perform: async ({ group, members }, machine) => {
    if ((await findGroup(machine, group)) === undefined) {
      await run('groupadd', [...prefix(machine), '--', group]);
    }
    const unknown: string[] = [];
    for (const member of members) {
      if ((await findGroup(machine, group))?.members.includes(member)) continue;
      if ((await findUser(machine, member)) === undefined) unknown.push(member);
      else await run('usermod', [...prefix(machine), '--append', '--groups', group, '--', member]);
    }
    if (unknown.length > 0) {
      throw cloudConfigErrors.error(
        'apply',
        `There is no user ${unknown.join(', ')} to join group ${group}.`,
      );
    }
    return done;
  },
};

/** The options that make useradd and its kin work on another root. */
export function prefix(machine: Machine): string[] {
  return isLive(machine) ? [] : ['--prefix', machine.root];
}
