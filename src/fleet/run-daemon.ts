// fleetd: reads its configuration, opens the store and systemd, serves the API, and goes without taking
// its units along.

import { randomUUID } from 'node:crypto';
import { chmod } from 'node:fs/promises';
import {
  readFileIfExists,
  removeFileIfExists,
  systemClock,
  version,
  writeFileAtomic,
} from '../host/index.ts';
import { httpServer } from '../http/index.ts';
import { openStore, type StoreConfig } from '../store/index.ts';
import { connectManager, type Manager, notifier, takeActivatedSockets } from '../systemd/index.ts';
import { wordsOf } from './agent/systemd-calls.ts';
import { apiHandler, maxBodyBytes } from './api/handler.ts';
import { chooseStore, type EtcdUnit, etcdUnits } from './choose-store.ts';
import { type ParsedConfig, parseConfig } from './config.ts';
import { fleetErrors } from './errors.ts';
import { machineFiles } from './files.ts';
import { machineCapacity, machineId, publicAddress } from './identity.ts';
import { createLog, type LevelledLog } from './logger.ts';
import { markAway, readRemembered } from './member.ts';
import { fleetKeys } from './registry/keys.ts';
import { type Services, startServices } from './services.ts';

export interface DaemonOptions {
  /** From --config: then it must exist. */
  readonly configPath: string | undefined;
  readonly env: Record<string, string | undefined>;
}

const runDirectory = '/run/fleet';
const leaseFile = `${runDirectory}/lease`;
const storeMark = '/var/lib/fleet/store';
const ownSocket = '/run/fleet.sock';
/** How long a goodbye may take: less than any TimeoutStopSec=. */
const goodbyeMs = 5_000;
const markAwayMs = 3_000;

/** Runs until SIGTERM or SIGINT. Throws `fleet.config` and the like when it cannot start. */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const parsed = await readConfig(options);
  const { config } = parsed;
  const log = createLog(config.verbose);
  for (const warning of parsed.warnings) log.warn({}, warning);
  if (config.systemdUser) {
    throw fleetErrors.error(
      'config',
      'systemd_user: units of a user manager are not supported; remove the key.',
    );
  }
  const id = await machineId();
  const sockets = takeActivatedSockets(options.env);
  const notify = notifier(options.env);
  await using manager = await connectManager();
  const storeConfig = await chosenStore(parsed, manager);
  await using store = await openStore(storeConfig);
  const self = { config, address: config.publicIp || (await publicAddress()) };
  const own = version();
  const services = startServices({
    store,
    keys: fleetKeys(config.etcdKeyPrefix),
    manager,
    self: () => ({
      id,
      primaryIP: self.address,
      metadata: self.config.metadata,
      version: own,
      capacity: { ...machineCapacity(), ...self.config.capacity },
    }),
    ttlMs: config.agentTtlMs,
    unitsDirectory: config.unitsDirectory,
    notesDirectory: `${runDirectory}/agent`,
    leaseFile,
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
  });
  if (sockets.length === 0) {
    await removeFileIfExists(ownSocket);
    await server.listen({ path: ownSocket });
    await chmod(ownSocket, 0o660);
  }
  for (const { fd } of sockets) await server.listen({ fd });
  log.info({ store: store.description }, `fleetd ${own} serves the API; its store is ${store.description}.`);
  await notify.ready(`store: ${store.description}`).catch((error: unknown) => log.warn({}, wordsOf(error)));

  const refresh = async () => {
    self.address = self.config.publicIp || (await publicAddress());
    await services.refresh();
  };
  const timer = setInterval(() => void refresh().catch((error) => log.debug({}, wordsOf(error))), 60_000);
  const reload = async () => {
    const again = await readConfig(options);
    for (const warning of again.warnings) log.warn({}, warning);
    self.config = again.config;
    log.level = again.config.verbose ? 'debug' : 'info';
    await refresh();
  };
  process.on('SIGHUP', () => {
    log.info({}, `Reloading configuration from ${options.configPath ?? defaultConfigPath}`);
    reload().catch((error: unknown) => log.error({}, `The configuration was not taken: ${wordsOf(error)}`));
  });
  await untilStopped();
  clearInterval(timer);
  await goodbye(services, manager, log);
}

/**
 * For ExecStopPost=: when the daemon could not say goodbye itself, puts its mark in the place of its
 * presence. A crash counts as well: nobody knows here whether systemd will start the daemon again, and
 * its units run either way. Harmless whenever it has nothing to do; never takes long.
 */
export async function markMachineAway(options: DaemonOptions): Promise<void> {
  const timer = setTimeout(() => process.exit(0), markAwayMs);
  try {
    // Its units go down with the host: others may have them as soon as the lease has run out.
    if (await hostStops().catch(() => false)) return;
    const { config } = await readConfig(options);
    const { lease } = readRemembered(await readFileIfExists(leaseFile));
    const onEtcd = (await readFileIfExists(storeMark))?.trim() === 'etcd';
    if (lease === undefined || !onEtcd) return;
    await using store = await openStore(chooseStore(config, [runningEtcd], 'etcd'));
    await markAway(store, fleetKeys(config.etcdKeyPrefix), await machineId(), lease, new Date());
  } catch {
    // The store is away: then the lease runs out, as after any crash.
  } finally {
    clearTimeout(timer);
  }
}

async function hostStops(): Promise<boolean> {
  await using manager = await connectManager({ deadlineMs: 1000 });
  return (await manager.managerProperty('SystemState')) === 'stopping';
}

const runningEtcd: EtcdUnit = { name: 'etcd.service', activeState: 'active', fileState: 'enabled' };

const defaultConfigPath = '/etc/fleet/fleet.conf';

async function readConfig({ configPath, env }: DaemonOptions): Promise<ParsedConfig> {
  const path = configPath ?? defaultConfigPath;
  const text = await readFileIfExists(path);
  if (text === undefined && configPath !== undefined) {
    throw fleetErrors.error('config', `${path}: there is no such file.`);
  }
  return parseConfig(text, path, env);
}

async function chosenStore({ config }: ParsedConfig, manager: Manager): Promise<StoreConfig> {
  const remembered = (await readFileIfExists(storeMark))?.trim();
  const before = remembered === 'etcd' || remembered === 'embedded' ? remembered : undefined;
  const units = config.etcdServers === undefined ? await localEtcd(manager) : [];
  const chosen = chooseStore(config, units, before);
  if (chosen.kind !== before) await writeFileAtomic(storeMark, `${chosen.kind}\n`);
  return chosen;
}

async function localEtcd(manager: Manager): Promise<EtcdUnit[]> {
  const rows = await manager.listUnitsByNames(etcdUnits);
  return Promise.all(
    rows.map(async ({ name, activeState }) => ({
      name,
      activeState,
      fileState: await manager.unitFileState(name).catch(() => ''),
    })),
  );
}

function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
}

async function goodbye(services: Services, manager: Manager, log: LevelledLog): Promise<void> {
  const deadline = new Promise<void>((resolve) => setTimeout(resolve, goodbyeMs).unref());
  const say = async () => {
    const state = await manager.managerProperty('SystemState').catch(() => '');
    const goesDown = state === 'stopping';
    log.info({}, goesDown ? 'The host goes down: its units move.' : 'Stopping; units keep running.');
    await services.leave(goesDown);
  };
  await Promise.race([
    say().catch((error: unknown) => log.warn({}, `No goodbye: ${wordsOf(error)}`)),
    deadline,
  ]);
  await Promise.race([services[Symbol.asyncDispose](), deadline]);
}
