// Opens the semaphore that the settings name, with the version of etcd's API that they say or that its machines have
// agreed upon.

import { openStore, type Store, type StoreConfig, storeErrors } from '../../store/index.ts';
import { locksmithErrors } from '../errors.ts';
import type { EtcdAccess } from './access.ts';
import { agreedApi, apisOf, isForbidden, type V2Signs, withoutV2 } from './agreement.ts';
import type { ManagedLock } from './model.ts';
import { V2Lock } from './v2.ts';
import { NoV2, V2Client } from './v2-http.ts';
import { V3Lock } from './v3.ts';
import { v3Keys } from './v3-group.ts';

export interface LockSettings {
  readonly access: EtcdAccess;
  readonly api: 'auto' | 'v2' | 'v3';
  readonly prefix: string;
  readonly group: string;
  readonly leaseMs: number | undefined;
}

/**
 * The semaphore; with version 2 its key is there afterwards, version 3 is asked by the first call unless `auto` is
 * said. Throws `locksmith.unavailable`, `.api` and `.config`, and with `auto` `store.*`.
 */
export async function openLock(
  settings: LockSettings,
  onTrouble: (text: string) => void = () => {},
): Promise<ManagedLock> {
  const { access, api, group } = settings;
  if (group === '.' || group === '..') {
    throw locksmithErrors.error('config', `A group cannot be called "${group}".`);
  }
  if (api === 'v3') return v3Of(settings, await openStore(storeConfig(access)));
  const client = new V2Client(access, onTrouble);
  let v2: V2Lock | undefined;
  try {
    const silent: string[] = [];
    v2 = await V2Lock.open(client, group, access.endpoints.join(', ')).catch((error: unknown) => {
      if (!(error instanceof NoV2)) throw error;
      silent.push(...error.silent);
      return undefined;
    });
    const lock = api === 'v2' ? v2 : await agreed(settings, client, v2, silent, onTrouble);
    if (lock === undefined) throw withoutV2(access.endpoints.join(', '), api === 'auto');
    if (lock !== v2) client[Symbol.dispose]();
    return lock;
  } catch (error) {
    client[Symbol.dispose]();
    throw error;
  }
}

/** What `auto` means here; undefined when that is version 2 and nobody answers to it. */
async function agreed(
  settings: LockSettings,
  client: V2Client,
  v2: V2Lock | undefined,
  silent: readonly string[],
  onTrouble: (text: string) => void,
): Promise<ManagedLock | undefined> {
  // What is no etcd, or an old one, has nothing else.
  const apis =
    v2 !== undefined && !client.isCluster ? { v2: true, v3: false } : apisOf(await client.version());
  if (v2 !== undefined && !apis.v3) return v2;
  const state: V2Signs['state'] = v2 !== undefined ? 'answers' : apis.v2 ? 'absent' : 'gone';
  const store = await openStore(storeConfig(settings.access));
  try {
    const api = await agreedApi(store, v3Keys(settings.prefix, settings.group), { state, silent });
    if (api === 'v3') {
      if (v2 !== undefined)
        onTrouble('etcd answers to version 2 of its API, too; the lock is kept with version 3.');
      return v3Of(settings, store);
    }
  } catch (error) {
    await store[Symbol.asyncDispose]();
    if (v2 !== undefined && isForbidden(error)) return v2;
    throw error;
  }
  await store[Symbol.asyncDispose]();
  return v2;
}

function v3Of({ prefix, group, leaseMs }: LockSettings, store: Store): ManagedLock {
  return new V3Lock({ store, prefix, group, leaseMs });
}
/** How etcd is reached, for the store. */
export function storeConfig({ endpoints, ca, cert, key, user, password }: EtcdAccess): StoreConfig {
  const tls = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  return {
    kind: 'etcd',
    endpoints: endpoints.map((endpoint) => endpoint.replace(/\/+$/, '')),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
    ...(user === undefined ? {} : { user, password: password ?? '' }),
  };
}

/** Whether etcd could not be had, whichever version was asked. */
export function isUnavailable(error: unknown): boolean {
  return locksmithErrors.is(error, 'unavailable') || storeErrors.is(error, 'unavailable');
}
