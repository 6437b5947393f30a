// The store that this machine is on: what the configuration, its units of etcd, and its own memory say.

import { readFileIfExists, writeFileAtomic } from '../host/index.ts';
import type { StoreConfig } from '../store/index.ts';
import type { Manager } from '../systemd/index.ts';
import { wordsOf } from './agent/systemd-calls.ts';
import { chooseStore, type EtcdUnit, etcdUnits } from './choose-store.ts';
import type { FleetConfig } from './config.ts';
import type { Log } from './log.ts';
import type { Places } from './places.ts';

/** The store to use; throws `fleet.config` as `chooseStore` does. */
export async function machineStore(
  config: FleetConfig,
  places: Places,
  manager: Manager,
): Promise<StoreConfig> {
  const before = await rememberedKind(places);
  const units = config.etcdServers === undefined ? await localEtcd(manager) : [];
  return chooseStore(config, units, before, places.state);
}

/**
 * Notes which kind it is: who has been in a cluster is never silently alone in a new one. A disk that does not take
 * the note is told in the log, and is no reason not to serve.
 */
export async function rememberStore({ kind }: StoreConfig, places: Places, log: Log): Promise<void> {
  if (kind === (await rememberedKind(places))) return;
  try {
    await writeFileAtomic(markOf(places), `${kind}\n`);
  } catch (error) {
    log.warn({}, `That the store is ${kind} cannot be noted in ${markOf(places)}: ${wordsOf(error)}`);
  }
}

async function rememberedKind(places: Places): Promise<'etcd' | 'embedded' | undefined> {
  const kind = (await readFileIfExists(markOf(places)))?.trim();
  return kind === 'etcd' || kind === 'embedded' ? kind : undefined;
}

function markOf({ state }: Places): string {
  return `${state}/store`;
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
