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
import { isLive, type Machine, under } from './machine.ts';
import { writeWhole } from './whole.ts';

const bootMs = 5 * 60_000;

type RunCommands = OperationOf<'run-commands'>;

export const runCommands: Executor<'run-commands'> = {
  settled: async (operation, machine) => {
    // Below another root they run when that machine boots.
    if (!isLive(machine)) return true;
    const { mark } = filesOf(operation, machine);
    return (await readFileIfExists(under(machine, mark)))?.trim() === (await ticketOf(operation, machine));
  },
  perform: (operation, machine) => (operation.key === 'bootcmd' ? now : later)(operation, machine),
};

/** The script, and the file whose content says for what it ran. */
export function filesOf(operation: RunCommands, machine: Machine): { script: string; mark: string } {
  const source = digestOf(machine.source ?? '');
  const folder = operation.key === 'bootcmd' ? '/run/coreos-cloudinit' : '/var/lib/coreos-cloudinit';
  const script = join(folder, operation.key, source);
  return { script, mark: `${script}.ran` };
}

/** What must not run twice: of bootcmd these commands, of runcmd any of this source on this instance. */
async function ticketOf(operation: RunCommands, machine: Machine): Promise<string> {
  if (operation.key === 'bootcmd') return digestOf(operation.script);
  if (operation.instance !== '') return digestOf(`instance ${operation.instance}`);
  return digestOf((await readFileIfExists(under(machine, '/etc/machine-id')))?.trim() ?? '');
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

async function now(operation: RunCommands, machine: Machine): Promise<Outcome> {
  const { script, mark } = filesOf(operation, machine);
  await writeWhole(under(machine, script), scriptText(operation), { mode: 0o700 });
  const { status } = await run('/bin/sh', [under(machine, script)], {
    accept: 'any',
    deadlineMs: bootMs,
    onOutput: (_, text) => process.stderr.write(text),
  });
  if (status !== 0) throw cloudConfigErrors.error('apply', `bootcmd ended with status ${status}.`);
  await writeWhole(under(machine, mark), `${await ticketOf(operation, machine)}\n`);
  return done;
}

async function later(operation: RunCommands, machine: Machine): Promise<Outcome> {
  const { script, mark } = filesOf(operation, machine);
  const unit = `coreos-cloudinit-runcmd-${digestOf(machine.source ?? '')}.service`;
  const manager = await machine.manager();
  const [row] = await manager.listUnitsByNames([unit]);
  if (row !== undefined && row.activeState !== 'inactive' && row.activeState !== 'failed') {
    return { result: 'queued' };
  }
  const ticket = await ticketOf(operation, machine);
  const ran = `echo ${ticket} >'${mark}' && sync '${mark}'\n`;
  await writeWhole(under(machine, script), scriptText(operation, ran), { mode: 0o700 });
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
