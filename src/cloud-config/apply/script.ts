// Scripts of the user-data: kept in the workspace and run by systemd as units of their own, so that they
// outlive us and have their own journals.

import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readFileIfExists, run } from '../../host/index.ts';
import { cloudConfigErrors } from '../errors.ts';
import type { OperationOf } from '../model.ts';
import { done, type Executor } from './executor.ts';
import { isLive, under } from './machine.ts';
import { writeWhole } from './whole.ts';

const workspace = '/var/lib/coreos-cloudinit';

export const runScript: Executor<'run-script'> = {
  settled: async (operation, machine) => isLive(machine) && hasBegun(operation),
  perform: async (operation, machine) => {
    const { script, unit } = operation;
    const path = `${workspace}/scripts/${digestOf(unit)}`;
    if ((await readFileIfExists(under(machine, path))) !== script) {
      await writeWhole(under(machine, path), script, { mode: 0o744 });
    }
    await writeWhole(under(machine, `${workspace}/scripts/unit-name`), unit);
    if (isLive(machine)) await start(operation, path);
    return done;
  },
};

async function start(operation: OperationOf<'run-script'>, path: string): Promise<void> {
  const mark = markOf(operation);
  await mkdir(dirname(mark), { recursive: true });
  const options = [
    '--no-block',
    '--collect',
    '--quiet',
    `--unit=${operation.unit}`,
    '--property=Type=oneshot',
    // Set as the script begins: one that was queued when the power went is run at the next boot, one that
    // had begun is not run twice.
    `--property=ExecStartPre=/usr/bin/touch ${mark}`,
    ...operation.after.map((unit) => `--property=After=${unit}`),
  ];
  const { status, stderr } = await run('systemd-run', [...options, '--', ...operation.interpreter, path], {
    deadlineMs: 30_000,
    accept: 'any',
  });
  // Another source of this boot brought the same script, which is waiting or running.
  if (status === 0 || stderr.includes('already loaded')) return;
  throw cloudConfigErrors.error('apply', `systemd-run refused the script: ${stderr.trim()}`);
}

/**
 * Whether the script was begun as often as it should be. A run that could not learn which instance this is
 * takes it for the one that it was: nothing is run twice because a service did not answer.
 */
export function hasBegun(operation: OperationOf<'run-script'>, folder = `${workspace}/scripts`): boolean {
  if (existsSync(markOf(operation, folder))) return true;
  if (operation.every !== 'instance' || operation.instance !== '' || !existsSync(folder)) return false;
  const marks = `${digestOf(operation.unit)}.`;
  return readdirSync(folder).some((name) => name.startsWith(marks) && !name.endsWith('.once'));
}

/** The file that tells that the script was begun. */
function markOf(
  { unit, every, instance }: OperationOf<'run-script'>,
  folder = `${workspace}/scripts`,
): string {
  const digest = digestOf(unit);
  if (every === 'boot') return `/run/coreos-cloudinit/scripts/${digest}`;
  if (every === 'life') return `${folder}/${digest}.once`;
  const name = createHash('sha256').update(instance).digest('hex').slice(0, 16);
  return `${folder}/${digest}.${name}`;
}

const digestOf = (unit: string): string => unit.replace(/^coreos-cloudinit-|\.service$/g, '');
