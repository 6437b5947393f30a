// `locksmithd --serve-fleetlock`: a FleetLock server on the cluster's semaphore, on etcd's version 3.

import { version } from '../host/index.ts';
import { httpServer } from '../http/index.ts';
import { openStore } from '../store/index.ts';
import { locksmithErrors } from './errors.ts';
import { airlockKey, readAirlock } from './fleetlock/airlock.ts';
import { fleetLockHandler, maxBodyBytes } from './fleetlock/server.ts';
import type { Log } from './log.ts';
import type { ManagedLock } from './semaphore/model.ts';
import { storeConfig } from './semaphore/open.ts';
import { V3Lock } from './semaphore/v3.ts';
import { lockSettings } from './settings.ts';

export interface FleetLockOptions {
  readonly value: (name: string) => string;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Told when it listens, with the address. */
  readonly onReady?: (address: string) => void;
}

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
  const { address } = await server.listen(target);
  log('info', `FleetLock is served at http://${address} for ${[...places.keys()].join(', ')}.`);
  onReady?.(address);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
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
