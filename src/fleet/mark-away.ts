// For ExecStopPost=: puts the mark of a stopped daemon in the store when the daemon could not do so itself.

import { readFileIfExists } from '../host/index.ts';
import { openStore } from '../store/index.ts';
import { connectManager } from '../systemd/index.ts';
import { markAway } from './away-mark.ts';
import { chooseStore, type EtcdUnit } from './choose-store.ts';
import { type ConfigSource, readConfig } from './config-source.ts';
import { machineFiles } from './files.ts';
import { machineId } from './identity.ts';
import { placesOf } from './places.ts';
import { fleetKeys } from './registry/keys.ts';
import { readRemembered, rememberAway } from './remembered.ts';
import { checkUnitName } from './unit-rules.ts';

const markAwayMs = 3_000;
const runningEtcd: EtcdUnit = { name: 'etcd.service', activeState: 'active', fileState: 'enabled' };

/**
 * Puts the mark in the place of this machine's presence. A crash counts as well: nobody knows here whether
 * systemd will start the daemon again, and its units run either way. Harmless whenever it has nothing to
 * do; never takes long.
 */
export async function markMachineAway(source: ConfigSource): Promise<void> {
  const timer = setTimeout(() => process.exit(0), markAwayMs);
  try {
    const { config } = await readConfig(source);
    const places = placesOf(config, source.env);
    // Its units go down with the host: others may have them as soon as the lease has run out.
    if (await hostStops(places.manager).catch(() => false)) return;
    const { lease } = readRemembered(await readFileIfExists(`${places.run}/lease`));
    const onEtcd = (await readFileIfExists(`${places.state}/store`))?.trim() === 'etcd';
    if (lease === undefined || !onEtcd) return;
    await using store = await openStore(chooseStore(config, [runningEtcd], 'etcd'));
    const keys = fleetKeys(config.etcdKeyPrefix);
    const units = await unitsIn(places.units);
    const away = { since: new Date().toISOString(), units };
    const marked = await markAway(store, keys, await machineId(), lease, away);
    if (marked) await rememberAway(machineFiles, `${places.run}/lease`);
  } catch {
    // The store is away: then the lease runs out, as after any crash.
  } finally {
    clearTimeout(timer);
  }
}

async function unitsIn(folder: string): Promise<string[]> {
  return (await machineFiles.list(folder)).filter((name) => checkUnitName(name) === undefined);
}

async function hostStops(privateSocket: string | undefined): Promise<boolean> {
  const way = privateSocket === undefined ? {} : { transport: 'private' as const, privateSocket };
  await using manager = await connectManager({ deadlineMs: 1000, ...way });
  return (await manager.managerProperty('SystemState')) === 'stopping';
}
