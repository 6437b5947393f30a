// What is asked of systemd: enabling, the reloads, unit commands.
//
// INVARIANTS
// - No job is waited for while a boot waits for us: a unit ordered after our own service would wait for us
//   as we for it. Its job is queued, and systemd reports how it ended.
// - Otherwise all jobs together are waited for no longer than until `commandsUntil`.

import { setTimeout as sleep } from 'node:timers/promises';
import { run, runErrors } from '../../host/index.ts';
import type { Job, JobResult, Manager } from '../../systemd/index.ts';
import { cloudConfigErrors } from '../errors.ts';
import type { OperationOf, Outcome } from '../model.ts';
import { done, type Executor } from './executor.ts';
import { isLive, type Machine } from './machine.ts';

const enabledStates = new Set(['enabled', 'enabled-runtime', 'static', 'alias', 'indirect', 'generated']);

export const enableUnit: Executor<'enable-unit'> = {
  settled: async ({ unit }, machine) => {
    const manager = await machine.manager().catch(() => undefined);
    const state = await manager?.unitFileState(unit).catch(() => undefined);
    return state !== undefined && enabledStates.has(state);
  },
  perform: async ({ unit, runtime }, machine) => {
    const changes = await (await machine.manager()).enableUnitFiles([unit], runtime, true);
    if (changes.length > 0) machine.changes.manager = true;
    return done;
  },
};

export const reloadManager: Executor<'reload-manager'> = {
  settled: async (_, machine) => !machine.changes.manager,
  perform: async (_, machine) => {
    await (await machine.manager()).reload({ deadlineMs: 90_000 });
    return done;
  },
};

export const reloadNetwork: Executor<'reload-network'> = {
  settled: async (_, machine) => !machine.changes.network,
  perform: async (_, machine) => {
    const [networkd] = await (await machine.manager()).listUnitsByNames(['systemd-networkd.service']);
    if (!isLive(machine)) return done;
    const running = networkd?.activeState === 'active';
    await tellUdev(machine, running).catch(ifInstalled);
    // Sets up again the links whose files changed, without touching the others. If networkd has not started
    // yet it will read the files when it does.
    if (running) await run('networkctl', ['reload'], { deadlineMs: 30_000 });
    return done;
  },
};

/**
 * The .link files are udev's, which a container does not have. What they say is done when an interface
 * appears; before networkd runs none is in use, and so all may appear once more and get their names.
 */
async function tellUdev(machine: Machine, running: boolean): Promise<void> {
  if (![...machine.changes.units].some((unit) => unit.endsWith('.link'))) return;
  const bounded = { accept: 'any', deadlineMs: 30_000 } as const;
  await run('udevadm', ['control', '--reload'], bounded);
  if (running) return;
  await run('udevadm', ['trigger', '--action=add', '--subsystem-match=net'], bounded);
  // Not `trigger --settle`, which waits in vain for an interface that was renamed.
  await run('udevadm', ['settle', '--timeout=10'], bounded);
}

function ifInstalled(error: unknown): void {
  if (!runErrors.is(error, 'missing')) throw error;
}

const key = (operation: OperationOf<'unit-command'>): string => `${operation.verb} ${operation.unit}`;

export const unitCommand: Executor<'unit-command'> = {
  settled: async (operation, machine) => {
    const manager = await machine.manager().catch(() => undefined);
    const rows = await manager?.listUnitsByNames([operation.unit]).catch(() => undefined);
    const row = rows?.[0];
    if (row === undefined) return false;
    const missing = row.loadState === 'not-found' || row.loadState === 'masked';
    if (operation.optional === true && missing && row.activeState !== 'active') return true;
    const up = row.activeState === 'active' || row.activeState === 'activating';
    if (operation.verb === 'start') return up;
    if (operation.verb === 'stop') return row.activeState === 'inactive';
    return machine.commandsDone.has(key(operation)) && !machine.changes.units.has(operation.unit);
  },
  perform: async (operation, machine) => {
    const manager = await machine.manager();
    const job = await manager.job(operation.verb, operation.unit, 'replace');
    machine.commandsDone.add(key(operation));
    if (machine.booting || (await isOrderedAfterUs(manager, operation.unit))) {
      // Nobody listens to this job any more; that it cannot be followed must not end the process.
      job.result.catch(() => {});
      return { result: 'queued' };
    }
    return ended(operation, job, machine);
  },
};

/** Whether the unit waits for ours to end; our units say in KEELSON_UNIT what they are called. */
async function isOrderedAfterUs(manager: Manager, unit: string): Promise<boolean> {
  const own = process.env.KEELSON_UNIT;
  if (own === undefined || own === '') return false;
  const after = await manager.unitProperty(unit, 'After').catch(() => []);
  return Array.isArray(after) && after.includes(own);
}

async function ended(operation: OperationOf<'unit-command'>, job: Job, machine: Machine): Promise<Outcome> {
  const waiting = new AbortController();
  const leftMs = Math.max(0, machine.commandsUntil - machine.now());
  const expired = sleep(leftMs, undefined, { signal: waiting.signal }).catch(() => undefined);
  const result: JobResult | undefined = await Promise.race([job.result, expired]);
  waiting.abort();
  if (result === undefined) {
    job.result.catch(() => {});
    return { result: 'queued' };
  }
  if (result === 'done' || result === 'skipped') return done;
  throw cloudConfigErrors.error(
    'apply',
    `systemd could not ${operation.verb} ${operation.unit}: the job ended with "${result}".`,
    { hint: `systemctl status ${operation.unit} tells more.` },
  );
}
