// Opens the semaphore that the settings name. Which of etcd's two versions keeps it is one choice for a cluster:
// they are two databases, and no change can be made in both at once. Where members answer to version 2 there may be
// machines that know nothing else, so that is where it is.

import { openStore, type StoreConfig, storeErrors } from '../../store/index.ts';
import { locksmithErrors } from '../errors.ts';
import type { EtcdAccess } from './access.ts';
import type { ManagedLock } from './model.ts';
import { V2Lock } from './v2.ts';
import { NoV2, V2Client } from './v2-http.ts';
import { V3Lock } from './v3.ts';

export interface LockSettings {
  readonly access: EtcdAccess;
  readonly api: 'auto' | 'v2' | 'v3';
  readonly prefix: string;
  readonly group: string;
  readonly leaseMs: number | undefined;
}

/**
 * The semaphore; with version 2 its key is there afterwards, version 3 is asked by the first call. Throws
 * `locksmith.unavailable` and `.config`.
 */
export async function openLock(
  settings: LockSettings,
  onTrouble?: (text: string) => void,
): Promise<ManagedLock> {
  const { access, api, group } = settings;
  if (group === '.' || group === '..') {
    throw locksmithErrors.error('config', `A group cannot be called "${group}".`);
  }
  const description = access.endpoints.join(', ');
  if (api === 'v3') return await openV3(settings);
  const client = new V2Client(access, onTrouble);
  try {
    return await V2Lock.open(client, group, description);
  } catch (error) {
    client[Symbol.dispose]();
    if (!(error instanceof NoV2)) throw error;
    if (api === 'auto') return await openV3(settings);
    throw locksmithErrors.error('unavailable', `${description} speaks no version 2 of etcd's API.`, {
      hint: 'Start etcd with --enable-v2 (before 3.6), or set etcd-api to v3 on all machines of the cluster.',
    });
  }
}

async function openV3({ access, prefix, group, leaseMs }: LockSettings): Promise<ManagedLock> {
  return new V3Lock({ store: await openStore(storeConfig(access)), prefix, group, leaseMs });
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
