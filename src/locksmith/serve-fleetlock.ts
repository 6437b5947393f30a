// `locksmithd --serve-fleetlock`: a FleetLock server on the cluster's semaphore, on etcd's version 3.

import { version } from '../host/index.ts';
import { httpServer, type Listening, type ServerTls } from '../http/index.ts';
import { openStore } from '../store/index.ts';
import { locksmithErrors } from './errors.ts';
import { airlockKey, readAirlock } from './fleetlock/airlock.ts';
import { fleetLockHandler, maxBodyBytes } from './fleetlock/server.ts';
import type { Log } from './log.ts';
import type { ManagedLock } from './semaphore/model.ts';
import { storeConfig } from './semaphore/open.ts';
import { V3Lock } from './semaphore/v3.ts';
import { lockSettings } from './settings.ts';
import { readTlsFiles, type TlsPaths, tlsPaths } from './tls-files.ts';

export interface FleetLockOptions {
  readonly value: (name: string) => string;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Told when it listens, with the address. */
  readonly onReady?: (address: string) => void;
}

const certificatesEveryMs = 60_000;

/** Serves until the signal aborts. Throws `locksmith.config`, and when the address cannot be listened at. */
export async function serveFleetLock({ value, log, signal, onReady }: FleetLockOptions): Promise<void> {
  const settings = lockSettings(value);
  const target = readAddress(value('serve-fleetlock'));
  const places = readGroups(value('fleetlock-groups'));
  await using store = await openStore(storeConfig(settings.access));
  const { prefix } = settings;
  const locks = new Map<string, Promise<ManagedLock>>();
  const open = async (group: string): Promise<ManagedLock> => {
    const before = await store.get(airlockKey(group));
    const initial = before === undefined ? undefined : readAirlock(before.value, new Date());
    const lock = new V3Lock({
      // Its clients keep no lease: they are kept until they say that they are back.
      ...{ store, prefix, group, leaseMs: undefined },
      ...(initial === undefined ? {} : { initial }),
    });
    const max = places.get(group);
    if (max !== undefined && (await lock.status()).max !== max) await lock.setMax(max);
    return lock;
  };
  const lockOf = (group: string): Promise<ManagedLock> => {
    const known = locks.get(group) ?? open(group);
    locks.set(group, known);
    known.catch(() => locks.delete(group));
    return known;
  };
  const handler = fleetLockHandler({
    groups: new Set(places.keys()),
    lockOf,
    log: (text) => log('info', text),
  });
  await using server = httpServer(handler, {
    maxBodyBytes,
    headers: { Server: `locksmithd/${version()}` },
    onInternalError: (error, { path }) =>
      log('error', `${path}: ${error instanceof Error ? error.stack : String(error)}`),
  });
  const tls = serverTls(tlsPaths(value, 'fleetlock'));
  const listening = await server.listen(target, tls === undefined ? {} : { tls });
  const { address } = listening;
  const scheme = tls === undefined ? 'http' : 'https';
  log('info', `FleetLock is served at ${scheme}://${address} for ${[...places.keys()].join(', ')}.`);
  onReady?.(address);
  if (tls !== undefined) followCertificates(listening, { tls, value, log, signal });
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Undefined without a certificate: then it listens without TLS. Throws `locksmith.config`. */
function serverTls(paths: TlsPaths): ServerTls | undefined {
  const { ca, cert, key } = readTlsFiles(paths, 'FleetLock');
  if (cert !== undefined && key !== undefined) {
    return { cert, key, ...(ca === undefined ? {} : { clientCa: ca }) };
  }
  if (ca === undefined) return undefined;
  throw locksmithErrors.error('config', 'fleetlock-cafile needs fleetlock-certfile and fleetlock-keyfile.', {
    hint: 'A server without a certificate cannot ask clients for theirs.',
  });
}

/** Certificates are renewed as files; who connects from then on sees the new ones. */
function followCertificates(
  listening: Listening,
  { tls, value, log, signal }: { tls: ServerTls } & FleetLockOptions,
): void {
  let shown = JSON.stringify(tls);
  const timer = setInterval(() => {
    try {
      const next = serverTls(tlsPaths(value, 'fleetlock'));
      if (next === undefined || JSON.stringify(next) === shown) return;
      listening.renew(next);
      shown = JSON.stringify(next);
      log('info', 'FleetLock is served with renewed certificates.');
    } catch (error) {
      log('warning', error instanceof Error ? error.message : String(error));
    }
  }, certificatesEveryMs);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}

function readAddress(text: string): { host: string; port: number } {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? [];
  const number = Number(port);
  if (port === undefined || number > 65_535) {
    throw locksmithErrors.error(
      'config',
      `serve-fleetlock is ${JSON.stringify(text)}; expected HOST:PORT, such as 127.0.0.1:3333.`,
    );
  }
  return { host: bracketed ?? (plain === undefined || plain === '' ? '0.0.0.0' : plain), port: number };
}

/** `default=1,db=2`; a group without a number keeps the places that it has. */
function readGroups(text: string): ReadonlyMap<string, number | undefined> {
  const groups = new Map<string, number | undefined>();
  for (const item of text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')) {
    const [, name, number] = /^([a-zA-Z0-9.-]+)(?:=(\d{1,6}))?$/.exec(item) ?? [];
    if (name === undefined) {
      throw locksmithErrors.error(
        'config',
        `fleetlock-groups has ${JSON.stringify(item)}; expected GROUP or GROUP=N.`,
      );
    }
    groups.set(name, number === undefined ? undefined : Number(number));
  }
  if (groups.size === 0) throw locksmithErrors.error('config', 'fleetlock-groups names no group.');
  return groups;
}
