// locksmithd put together: its settings, who else decides about reboots here, what happened before the boot, and the
// loop.

import { mkdirSync, watch } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError, systemClock } from '../host/index.ts';
import { connectManager, type Manager } from '../systemd/index.ts';
import { failedUpdate, readRecord, removeRecord, thisBoot } from './after-boot.ts';
import { takeCoordinator } from './coordinator.ts';
import { Daemon } from './daemon.ts';
import { type DaemonSettings, daemonSettings, type Strategy, windowVariables } from './daemon-settings.ts';
import { locksmithErrors } from './errors.ts';
import { FleetLockClient } from './fleetlock/client.ts';
import { bootFacts, type Health, healthOf } from './health.ts';
import type { Log } from './log.ts';
import { thisMachine } from './machine.ts';
import { machineId, machineName } from './machine-id.ts';
import { Drained } from './prepare/drained.ts';
import { readHold, removeState, runDirectory, writeState } from './run-files.ts';
import type { RebootLock } from './semaphore/model.ts';
import { openLock } from './semaphore/open.ts';
import { lockSettings } from './settings.ts';
import { Triggers } from './triggers.ts';
import { showDuration } from './window/duration.ts';
import { nextOpening } from './window/schedule.ts';
import { machineZone } from './window/zone.ts';

export interface DaemonOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Values of flags and of their variables. */
  readonly value: (name: string) => string;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Reads the settings as `runDaemon` does. Throws `locksmith.config` and `.window`. */
export async function readSettings({ env, value, log }: Omit<DaemonOptions, 'signal'>) {
  const id = await machineId();
  if (id === undefined) {
    throw locksmithErrors.error(
      'config',
      '/etc/machine-id holds no machine ID: run systemd-machine-id-setup.',
    );
  }
  const zone = machineZone(env);
  const settings = daemonSettings(env, value, { machineId: id, zone, warn: (text) => log('warning', text) });
  return { id, zone, settings, lock: lockSettings(value) };
}

/** Runs until the signal aborts. Throws what `readSettings` throws. */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const { env, value, log, signal } = options;
  // Before anything else is looked at: nothing that is wrong there matters to a machine that does not reboot by itself.
  if (env.REBOOT_STRATEGY === 'off') {
    log('info', 'Reboot strategy is "off" - locksmithd is exiting.');
    await giveBack(async () => openLock(lockSettings(value)), log);
    return;
  }
  const { id, settings, lock } = await readSettings(options);
  const open = (onTrouble = false) => openLock(lock, (text) => onTrouble && log('info', text));
  const debug = value('debug') === 'true';
  const boot = await thisBoot();
  const record = await readRecord();
  await using manager = await connectManager();
  const strategy = await usedStrategy(settings.strategy, env, manager, log);
  await using coordinator = await takeCoordinator(strategy, (name) => {
    log('info', `${name} decides about reboots on this machine; locksmithd is exiting.`);
  });
  if (coordinator === undefined) return;
  await coordinator.update('starting');
  tellWindow(settings, log);
  const drained = await Drained.open(
    {
      ...{ machineId: id, bootId: boot.bootId, timeoutMs: settings.drainMs },
      log: (text) => log('warning', text),
    },
    record?.drained === true && record.bootId !== boot.bootId,
  );
  const machine = await thisMachine(boot, settings, drained);
  const health = async () => healthOf(await bootFacts(manager));
  const back = new Back(drained.left === 'of an earlier boot');
  const failed = failedUpdate(record, boot);
  if (failed !== undefined) log('warning', `The last update did not last: ${failed}.`);
  const wants = lockOf(strategy, settings, lock.group, () => open(debug));
  const releaseOnly = wants === undefined;
  const windows = Object.fromEntries(
    windowVariables.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  );
  const daemon: Daemon = new Daemon({
    ...{ clock: systemClock, now: () => Date.now(), id, name: machineName(), strategy, machine, log },
    health: async () => back.healthOf(await health()),
    ...{ schedule: settings.schedule, loginWarningMs: settings.loginWarningMs },
    // A lock that an earlier strategy left behind is given back, too.
    openLock: wants ?? (record?.locked === true ? () => open(debug) : undefined),
    releaseOnly,
    keepLock: failed === undefined || !settings.keepAfterFailure ? undefined : keptFor(failed, id),
    reason: () => triggers.reason(),
    hold: () => readHold(Date.now()),
    coordinate: (state) => coordinator.update(state),
    tell: (state) => writeState({ ...state, windows }),
  });
  const triggers = new Triggers({
    ...{ signal, rebootRequired: settings.rebootRequired, onChange: () => daemon.wake() },
    log: (text) => log('info', text),
  });
  followHold(signal, daemon, log);
  triggers.start();
  await coordinator.update('running');
  log('info', `locksmithd starting strategy="${strategy}"`);
  void letIn({ drained, health, log, signal }).finally(() => {
    back.isOver = true;
    daemon.wake();
  });
  await daemon.run(signal);
  await removeState();
}

function keptFor(failed: string, id: string): string {
  return `The reboot lock is kept so that no other machine follows: ${failed}. "locksmithctl unlock ${id}" frees it.`;
}

function lockOf(
  strategy: Strategy,
  settings: DaemonSettings,
  group: string,
  open: () => Promise<RebootLock>,
): (() => Promise<RebootLock>) | undefined {
  const { fleetlockUrl, fleetlockTls } = settings;
  if (strategy === 'fleet-lock') return async () => new FleetLockClient(fleetlockUrl, group, fleetlockTls);
  return strategy === 'etcd-lock' ? open : undefined;
}

/** What "best-effort" was: the lock where etcd is configured or runs here, else none. */
async function usedStrategy(
  strategy: Strategy,
  env: DaemonOptions['env'],
  manager: Manager,
  log: Log,
): Promise<Strategy> {
  if (strategy !== 'best-effort') return strategy;
  const units = await manager.listUnitsByNames(['etcd.service', 'etcd2.service', 'etcd-member.service']);
  const active = units.find(({ activeState }) => ['active', 'activating', 'reloading'].includes(activeState));
  const configured = (env.LOCKSMITHD_ENDPOINT ?? '') !== '';
  const used = active !== undefined || configured ? 'etcd-lock' : 'reboot';
  const why = active?.name ?? (configured ? 'an endpoint is configured' : 'no etcd is');
  log(
    'info',
    `Reboot strategy "best-effort" is "${used}" on this machine: ${why}${active === undefined ? '' : ' is active'}.`,
  );
  return used;
}

/** With the strategy off nobody gives back later what this machine holds. */
async function giveBack(open: () => Promise<RebootLock>, log: Log): Promise<void> {
  const [id, record] = [await machineId(), await readRecord()];
  if (id === undefined || record?.locked !== true) return;
  try {
    await using lock = await open();
    if (await lock.release(id)) log('info', 'The reboot lock that this machine held is given back.');
    await removeRecord();
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    log('warning', `A reboot lock that this machine may hold could not be given back: ${error.message}`);
  }
}

function tellWindow({ schedule }: DaemonSettings, log: Log): void {
  if (schedule.windows.length === 0 && schedule.exceptions.length === 0) {
    log('info', 'No configured reboot window');
    return;
  }
  const opening = nextOpening(schedule, Date.now());
  if (opening === undefined)
    log('warning', 'No reboot window opens within 400 days: look at its exceptions.');
  else {
    const { startMs, endMs } = opening.next;
    const [start, end] = [new Date(startMs).toISOString(), new Date(endMs).toISOString()];
    log('info', `Next window begins at ${start} and ends at ${end} (${showDuration(endMs - startMs)})`);
  }
}

/** A hold comes and goes as a file. */
function followHold(signal: AbortSignal, daemon: Daemon, log: Log): void {
  try {
    mkdirSync(runDirectory, { recursive: true });
    const watcher = watch(runDirectory, (_, file) => {
      if (file === 'hold.json') daemon.wake();
    });
    watcher.on('error', (error) => log('warning', `${runDirectory} is watched no more: ${error.message}`));
    signal.addEventListener('abort', () => watcher.close(), { once: true });
  } catch (error) {
    log('warning', `${runDirectory} cannot be watched: ${String(error)}`);
  }
}

/** The next machine goes when what fleet has for this one runs here again: two machines' units are never away. */
class Back {
  isOver: boolean;

  constructor(isAwaited: boolean) {
    this.isOver = !isAwaited;
  }

  healthOf(health: Health): Health {
    if (!health.yes || this.isOver) return health;
    return { yes: false, text: "fleet's units are not back on this machine yet" };
  }
}

/** What a reboot moved away comes back when the machine is healthy; what one did that never came, at once. */
async function letIn(parts: {
  drained: Drained;
  health: () => Promise<Health>;
  log: Log;
  signal: AbortSignal;
}): Promise<void> {
  const { drained, health, log, signal } = parts;
  while (!signal.aborted && drained.left !== undefined) {
    try {
      if (drained.left === 'of this boot' || (await health()).yes) {
        const isWaitedFor = drained.left === 'of an earlier boot';
        await drained.end();
        log('info', 'fleet may place units on this machine again.');
        if (!isWaitedFor || (await drained.untilBack(signal))) return;
        log(
          'warning',
          "Not all of fleet's units for this machine have come up; the next machine goes all the same.",
        );
        return;
      }
    } catch (error) {
      log('warning', error instanceof Error ? error.message : String(error));
    }
    await sleep(5_000, undefined, { signal }).catch(() => {});
  }
}
