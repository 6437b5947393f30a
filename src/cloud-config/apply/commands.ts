// bootcmd and runcmd.
//
// INVARIANTS
// - bootcmd runs once a boot, while everything else waits, but no longer than `bootMs`.
// - runcmd runs once an instance of the machine, in a unit of its own that waits for the boot and the network
//   while nobody waits for it. The mark that it ran is made as its first act: a machine that loses power
//   before runs it at its next boot, one that loses power in the middle does not run it again.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readFileIfExists, run } from '../../host/index.ts';
import { cloudConfigErrors } from '../errors.ts';
import type { OperationOf, Outcome } from '../model.ts';
import { done, type Executor } from './executor.ts';
import { isLive, type Machine } from './machine.ts';
import { writeWhole } from './whole.ts';

const bootMs = 5 * 60_000;

type RunCommands = OperationOf<'run-commands'>;

export const runCommands: Executor<'run-commands'> = {
  settled: async (operation, machine) => {
    // Below another root they run when that machine boots.
    if (!isLive(machine)) return true;
    for (const { mark, ticket } of await marksOf(operation, machine)) {
      if ((await readFileIfExists(mark))?.trim() === ticket) return true;
    }
    return false;
  },
  perform: (operation, machine) => (operation.key === 'bootcmd' ? now : later)(operation, machine),
};

const folderOf = ({ key }: RunCommands): string =>
  key === 'bootcmd' ? '/run/coreos-cloudinit/bootcmd' : '/var/lib/coreos-cloudinit/runcmd';

const scriptOf = (operation: RunCommands, machine: Machine): string =>
  join(folderOf(operation), digestOf(machine.source ?? ''));

/**
 * Files that say that the commands ran, and what each says then: of bootcmd that these commands did, of runcmd
 * that any of this source did on this instance. Where nobody names the instance, as when the same config is
 * given by hand, that these commands did on this machine.
 */
async function marksOf(
  operation: RunCommands,
  machine: Machine,
): Promise<readonly { mark: string; ticket: string }[]> {
  const ofSource = `${scriptOf(operation, machine)}.ran`;
  const ofCommands = join(folderOf(operation), `${digestOf(operation.script)}.ran`);
  if (operation.key === 'bootcmd') {
    return [ofSource, ofCommands].map((mark) => ({ mark, ticket: digestOf(operation.script) }));
  }
  const ofMachine = digestOf((await readFileIfExists('/etc/machine-id'))?.trim() ?? '');
  if (operation.instance !== '') {
    return [{ mark: ofSource, ticket: digestOf(`instance ${operation.instance}`) }];
  }
  return [ofSource, ofCommands].map((mark) => ({ mark, ticket: ofMachine }));
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

async function now(operation: RunCommands, machine: Machine): Promise<Outcome> {
  const script = scriptOf(operation, machine);
  await writeWhole(script, scriptText(operation), { mode: 0o700 });
  const { status } = await run('/bin/sh', [script], {
    accept: 'any',
    deadlineMs: bootMs,
    passOutput: true,
  });
  if (status !== 0) throw cloudConfigErrors.error('apply', `bootcmd ended with status ${status}.`);
  for (const { mark, ticket } of await marksOf(operation, machine)) await writeWhole(mark, `${ticket}\n`);
  return done;
}

async function later(operation: RunCommands, machine: Machine): Promise<Outcome> {
  const script = scriptOf(operation, machine);
  const unit = `coreos-cloudinit-runcmd-${digestOf(machine.source ?? '')}.service`;
  const manager = await machine.manager();
  const [row] = await manager.listUnitsByNames([unit]);
  if (row !== undefined && row.activeState !== 'inactive' && row.activeState !== 'failed') {
    return { result: 'queued' };
  }
  const marks = [
    ...(await marksOf(operation, machine)),
    ...(await marksOf({ ...operation, instance: '' }, machine)).slice(1),
  ];
  const ran = marks.map(({ mark, ticket }) => `echo ${ticket} >'${mark}' && sync '${mark}'\n`).join('');
  await writeWhole(script, scriptText(operation, ran), { mode: 0o700 });
  const properties = [
    'Type=oneshot',
    'Description=Commands of runcmd in the cloud-config',
    'SyslogIdentifier=coreos-cloudinit-runcmd',
    'Wants=network-online.target',
    'After=network-online.target user-config.target multi-user.target',
  ].map((property) => `--property=${property}`);
  const options = ['--no-block', '--quiet', `--unit=${unit}`, ...properties];
  await run('systemd-run', [...options, '--', '/bin/sh', script], { deadlineMs: 30_000 });
  return { result: 'queued' };
}

function scriptText({ key, script, instance }: RunCommands, first = ''): string {
  const variables = `export HOME=/root INSTANCE_ID='${instance.replaceAll("'", `'\\''`)}'\n`;
  return `#!/bin/sh\n# ${key} of the cloud-config\n${first}${variables}${script}`;
}
