// fleetd: reads its configuration, opens the store and systemd, serves the API, and goes without taking
// its units along.

import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { systemClock, version } from '../host/index.ts';
import { httpServer } from '../http/index.ts';
import { openStore } from '../store/index.ts';
import { connectManager, type Manager, notifier, takeActivatedSockets } from '../systemd/index.ts';
import { wordsOf } from './agent/systemd-calls.ts';
import { apiHandler, maxBodyBytes } from './api/handler.ts';
import { openApiSockets } from './api-sockets.ts';
import { machineCapabilities } from './capabilities.ts';
import { type FleetConfig, showFinding } from './config.ts';
import type { Finding } from './config-file.ts';
import { type ConfigSource, readConfig } from './config-source.ts';
import { earlySignals } from './early-signals.ts';
import { fleetErrors } from './errors.ts';
import { machineFiles } from './files.ts';
import { machineCapacity, machineId, publicAddress } from './identity.ts';
import { createLog, type LevelledLog } from './logger.ts';
import { machineStore, rememberStore } from './machine-store.ts';
import { type Places, placesOf } from './places.ts';
import { fleetKeys } from './registry/keys.ts';
import { Reloader } from './reload.ts';
import { type Services, startServices } from './services.ts';

/** How long a goodbye may take: less than any TimeoutStopSec=. */
const goodbyeMs = 5_000;
/** What units that must not run twice have to stop when the host goes down; then they are killed. */
const singletonsMs = 20_000;

/** Runs until SIGTERM or SIGINT. Throws `fleet.config` and the like when it cannot start. */
export async function runDaemon(options: ConfigSource): Promise<void> {
  const signals = earlySignals(['SIGHUP', 'SIGUSR1', 'SIGTERM', 'SIGINT']);
  const stopped = Promise.race([signals.first('SIGTERM'), signals.first('SIGINT')]);
  const parsed = await readConfig(options);
  const { config } = parsed;
  const log = createLog(config.verbose);
  logFindings(parsed.findings, log);
  const places = placesOf(config, options.env);
  // The system's are made by systemd.
  if (config.systemdUser) {
    for (const folder of [places.run, places.state]) {
      await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
        throw fleetErrors.error('config', `systemd_user: ${folder} cannot be made: ${wordsOf(cause)}`, {
          cause,
        });
      });
    }
  }
  const id = await machineId();
  const sockets = takeActivatedSockets(options.env);
  const notify = notifier(options.env);
  await using manager = await connectManager(
    places.manager === undefined ? {} : { transport: 'private', privateSocket: places.manager },
  );
  const storeConfig = await machineStore(config, places, manager);
  await rememberStore(storeConfig, places, log);
  await using store = await openStore(storeConfig);
  const self = { config, address: config.publicIp || (await publicAddress()) };
  const own = version();
  const keys = fleetKeys(config.etcdKeyPrefix);
  const capabilities = machineCapabilities(process.getuid?.() === 0 && !config.systemdUser);
  const services = startServices({
    store,
    keys,
    manager,
    self: () => ({
      id,
      primaryIP: self.address,
      metadata: self.config.metadata,
      version: own,
      capacity: { ...machineCapacity(), ...self.config.capacity },
      ...(capabilities.length === 0 ? {} : { capabilities }),
    }),
    ttlMs: config.agentTtlMs,
    unitsDirectory: places.units,
    dropInsDirectory: places.dropIns,
    quadletsDirectory: places.quadlets,
    ...(config.systemdUser ? {} : { stampsDirectory: '/var/lib/systemd/timers' }),
    notesDirectory: `${places.run}/agent`,
    leaseFile: `${places.run}/lease`,
    memberFile: `${places.state}/member`,
    ...(storeConfig.kind === 'embedded' ? {} : { cutOff: cutOffOptions(config, places) }),
    tokenLimit: config.tokenLimit,
    disableEngine: config.disableEngine,
    newInstance: randomUUID,
    alone: storeConfig.kind === 'embedded',
    files: machineFiles,
    clock: systemClock,
    log,
  });
  await using server = httpServer(apiHandler(services.api), {
    maxBodyBytes,
    headers: { Server: `fleetd/${own}` },
    onInternalError: (error, { method, path }) => log.error({ err: error }, `${method} ${path} failed.`),
    onUntrusted: (error) => log.debug({}, `A connection to the API broke off: ${wordsOf(error)}`),
  });
  const { socket: ownSocket } = places;
  const apiSockets = await openApiSockets({ server, settings: config.api, sockets, ownSocket, log });
  log.info({ store: store.description }, `fleetd ${own} serves the API; its store is ${store.description}.`);
  await notify.ready(`store: ${store.description}`).catch((error: unknown) => log.warn({}, wordsOf(error)));

  const refresh = async () => {
    self.address = self.config.publicIp || (await publicAddress());
    await services.refresh();
  };
  // Only a limit makes the age of the copy matter; without one nothing is written at rest.
  const limitMs = storeConfig.kind === 'embedded' ? undefined : config.cutOffLimitMs;
  const confirm = () => void services.confirm().catch((error: unknown) => log.debug({}, wordsOf(error)));
  const confirming = limitMs === undefined ? undefined : setInterval(confirm, confirmEveryMs(limitMs));
  const timer = setInterval(() => void refresh().catch((error) => log.debug({}, wordsOf(error))), 60_000);
  const reloader = new Reloader({
    ...{ source: options, config, storeConfig, store, notify, log },
    probeKey: keys.engine,
    storeFor: (wanted) => machineStore(wanted, places, manager),
    check: (wanted) => apiSockets.check(wanted.api),
    apply: async (wanted) => {
      self.config = wanted;
      log.level = wanted.verbose ? 'debug' : 'info';
      const { agentTtlMs: ttlMs, tokenLimit, disableEngine } = wanted;
      services.reconfigure({ ttlMs, tokenLimit, disableEngine });
      await apiSockets.reload(wanted.api);
      await refresh().catch((error: unknown) => log.debug({}, wordsOf(error)));
    },
  });
  signals.listen('SIGHUP', () => void reloader.request());
  signals.listen('SIGUSR1', () => process.stdout.write(`${JSON.stringify(services.inspect())}\n`));
  await stopped;
  clearInterval(timer);
  clearInterval(confirming);
  await goodbye(services, manager, log);
}

function cutOffOptions({ cutOffStartMs, cutOffLimitMs }: FleetConfig, { state }: Places) {
  const date = () => new Date();
  return { copyFile: `${state}/schedule`, startAfterMs: cutOffStartMs, limitMs: cutOffLimitMs, date };
}

/** Often enough that the copy of a machine that is in touch is never near its limit. */
function confirmEveryMs(limitMs: number): number {
  return Math.min(Math.max(limitMs / 4, 15_000), 3_600_000);
}

function logFindings(findings: readonly Finding[], log: LevelledLog): void {
  for (const finding of findings) log.warn({}, showFinding(finding));
}

async function goodbye(services: Services, manager: Manager, log: LevelledLog): Promise<void> {
  const state = await manager.managerProperty('SystemState').catch(() => '');
  const goesDown = state === 'stopping';
  // Others have them at once when we have said goodbye.
  if (goesDown) await services.stopSingletons(singletonsMs);
  const deadline = new Promise<void>((resolve) => setTimeout(resolve, goodbyeMs).unref());
  const say = async () => {
    log.info({}, goesDown ? 'The host goes down: its units move.' : 'Stopping; units keep running.');
    await services.leave(goesDown);
  };
  await Promise.race([
    say().catch((error: unknown) => log.warn({}, `No goodbye: ${wordsOf(error)}`)),
    deadline,
  ]);
  await Promise.race([services[Symbol.asyncDispose](), deadline]);
}
