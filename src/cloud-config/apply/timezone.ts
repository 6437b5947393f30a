// The time zone: the link that systemd and libc read, and the name in Debian's file where there is one.

import { randomUUID } from 'node:crypto';
import { lstat, mkdir, readlink, rename, symlink, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readFileIfExists, syncDirectory } from '../../host/index.ts';
import { cloudConfigErrors } from '../errors.ts';
import { done, type Executor } from './executor.ts';
import { type Machine, under } from './machine.ts';
import { temporaryPrefix, writeWhole } from './whole.ts';

const nameFile = '/etc/timezone';

export const setTimezone: Executor<'set-timezone'> = {
  settled: async ({ zone }, machine) => {
    const target = await readlink(under(machine, '/etc/localtime')).catch(() => undefined);
    const name = await readFileIfExists(under(machine, nameFile));
    return target === linkTarget(zone) && (name === undefined || name.trim() === zone);
  },
  perform: async ({ zone }, machine) => {
    const known = await lstat(under(machine, `/usr/share/zoneinfo/${zone}`)).catch(() => undefined);
    if (known === undefined || known.isDirectory()) {
      throw cloudConfigErrors.error('apply', `There is no time zone ${zone} in /usr/share/zoneinfo.`);
    }
    await replaceByLink(machine, linkTarget(zone));
    const file = under(machine, nameFile);
    if ((await readFileIfExists(file)) !== undefined) await writeWhole(file, `${zone}\n`);
    return done;
  },
};

const linkTarget = (zone: string): string => `../usr/share/zoneinfo/${zone}`;

async function replaceByLink(machine: Machine, target: string): Promise<void> {
  const link = under(machine, '/etc/localtime');
  await mkdir(dirname(link), { recursive: true });
  const temporary = join(dirname(link), `${temporaryPrefix}${randomUUID()}`);
  await symlink(target, temporary);
  await rename(temporary, link).catch(async (error: unknown) => {
    await unlink(temporary).catch(() => {});
    throw error;
  });
  await syncDirectory(dirname(link));
}
