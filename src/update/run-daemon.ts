// update-engine: wires the engine to the machine, and goes without losing what a download has.

import { locateSlots, slotManager } from '../disk/index.ts';
import { systemClock, version } from '../host/index.ts';
import { notifier, serveOnBus } from '../systemd/index.ts';
import { readConfig, showFinding } from './config/read.ts';
import { busName, busPath, managerInterface } from './dbus/names.ts';
import { engineInterfaces, statusValues } from './dbus/object.ts';
import { Engine } from './engine.ts';
import type { Log } from './log.ts';
import { logLines } from './log-lines.ts';
import { readMachineFacts } from './machine-facts.ts';
import { fileMarks, markPaths } from './marks.ts';
import type { StatusReport } from './model.ts';
import { releasePayload, slotPlaceOf } from './payload/index.ts';
import type { Payload } from './payload-port.ts';
import type { EnginePorts } from './ports.ts';
import { openPrefs, removeLeftovers } from './prefs/prefs.ts';
import { openRecords } from './prefs/records.ts';
import { exchange } from './server/exchange.ts';

export interface DaemonOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Prefix of /etc, /usr, /var, /run and /proc, for tests. */
  readonly root?: string;
  readonly verbose?: boolean;
  readonly payload?: Payload;
  readonly slots?: EnginePorts['slots'];
}

/** The unit's WatchdogSec= is more than twice as long. */
const aliveEveryMs = 300_000;

/** Runs until SIGTERM or SIGINT. Throws `systemd.…` when the bus or the name cannot be had. */
export async function runDaemon({
  env,
  root = '',
  verbose = false,
  ...options
}: DaemonOptions): Promise<void> {
  const stopped = Promise.withResolvers<void>();
  process.once('SIGTERM', () => stopped.resolve());
  process.once('SIGINT', () => stopped.resolve());
  const reload = { run: () => {} };
  process.on('SIGHUP', () => reload.run());
  const log = logLines(process.stdout, verbose);
  const notify = notifier(env);
  const state = `${root}/var/lib/update_engine`;
  await removeLeftovers(state);
  let announce: (status: StatusReport) => void = () => {};
  await using engine = new Engine({
    clock: systemClock,
    date: Date.now,
    config: () => readConfig(root),
    facts: () => readMachineFacts(root),
    slots: options.slots ?? slotsOf,
    post: (url, document, signal) => exchange(url, document, { signal, env }),
    payload: options.payload ?? releasePayload({ stateFolder: state, env, log }),
    prefs: await openPrefs(`${state}/prefs`, (sentence) => log.warn({}, sentence)),
    records: openRecords(state, (sentence) => log.warn({}, sentence)),
    marks: fileMarks({
      completed: root + markPaths.completed,
      rebootRequired: root + markPaths.rebootRequired,
    }),
    announce: (status) => announce(status),
    log,
  });
  await tellConfig(root, log);
  await using service = await serveOnBus({
    ...{ name: busName, path: busPath, interfaces: engineInterfaces(engine) },
    onInternalError: (member, error) => log.error({ err: error }, `${member} failed.`),
    // Who watches may have missed something meanwhile.
    onReconnected: () => announce(engine.status()),
  });
  announce = (status) => {
    service.emit(managerInterface, 'StatusUpdate', statusValues(status));
    const percent = Math.floor(status.progress * 100);
    const text = `${status.operation.replace('UPDATE_STATUS_', '')}${percent > 0 ? ` ${percent} %` : ''}`;
    log.info({}, `${text}${status.newVersion === '0.0.0' ? '' : `, version ${status.newVersion}`}`);
  };
  await engine.start();
  const { version: running, server } = engine.detail();
  log.info(
    {},
    `update-engine ${version()}: version ${running} runs; ${server === '' ? 'updates are off' : server}`,
  );
  const said = (error: unknown) => log.warn({}, error instanceof Error ? error.message : String(error));
  await notify.ready().catch(said);
  reload.run = () => {
    const again = async () => {
      await notify.reloading();
      await tellConfig(root, log);
      await engine.reload();
      await notify.ready();
    };
    void again().catch(said);
  };
  const alive = setInterval(() => void notify.alive().catch(said), aliveEveryMs);
  await stopped.promise;
  clearInterval(alive);
  await notify.stopping().catch(said);
}

const slotsOf: EnginePorts['slots'] = async (settings) =>
  await slotManager(await locateSlots(slotPlaceOf(settings))).status();

async function tellConfig(root: string, log: Log): Promise<void> {
  for (const finding of (await readConfig(root)).findings) log.warn({}, showFinding(finding));
}
