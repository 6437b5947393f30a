// When timers of the cluster elapsed last, kept in the store: a machine that takes over a timer of
// Persistent=true begins where the one before it ended, so that what was missed is caught up once, and what ran
// is not run again. systemd keeps that moment as the time of a file.

import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../../store/index.ts';
import type { Manager, UnitOption } from '../../systemd/index.ts';
import { parsePlacement } from '../placement.ts';
import type { Keys } from '../registry/keys.ts';

export interface TimerStampsOptions {
  readonly store: Pick<Store, 'get' | 'transact'>;
  readonly keys: Keys;
  readonly manager: Pick<Manager, 'unitProperty'>;
  /** systemd's own folder of stamps, `/var/lib/systemd/timers`; undefined: none is kept. */
  readonly directory: string | undefined;
}

/** Whether the timer is one in the cluster and catches up: a global one has a past on each machine. */
export function catchesUp(name: string, options: readonly UnitOption[]): boolean {
  if (!name.endsWith('.timer') || parsePlacement(options).global) return false;
  const persistent = options.findLast(
    ({ section, name: own }) => section === 'Timer' && own === 'Persistent',
  );
  return ['yes', 'true', '1', 'on', 't', 'y'].includes(persistent?.value.trim().toLowerCase() ?? '');
}

export class TimerStamps {
  readonly #options: TimerStampsOptions;
  /** By timer, the last moment that is in the store. */
  readonly #known = new Map<string, bigint>();

  constructor(options: TimerStampsOptions) {
    this.#options = options;
  }

  /** Before systemd loads a timer: what the cluster knows of it becomes this machine's past. */
  async prepare(name: string, options: readonly UnitOption[]): Promise<void> {
    const { store, keys, directory } = this.#options;
    if (directory === undefined || !catchesUp(name, options)) return;
    const lastUs = readLast((await store.get(keys.timer(name)))?.value);
    this.#known.set(name, lastUs);
    if (lastUs === 0n) return;
    mkdirSync(directory, { recursive: true });
    const stamp = join(directory, `stamp-${name}`);
    writeFileSync(stamp, '', { flag: 'a' });
    utimesSync(stamp, Number(lastUs) / 1e6, Number(lastUs) / 1e6);
  }

  /** A timer that a daemon before us left here. */
  adopt(name: string, options: readonly UnitOption[]): void {
    if (this.#options.directory !== undefined && catchesUp(name, options)) this.#known.set(name, 0n);
  }

  forget(name: string): void {
    this.#known.delete(name);
  }

  /** Something of the unit changed: a timer that elapsed is written down. */
  async changed(name: string): Promise<void> {
    const { store, keys, manager } = this.#options;
    const known = this.#known.get(name);
    if (known === undefined) return;
    const lastUs = await manager.unitProperty(name, 'LastTriggerUSec');
    if (typeof lastUs !== 'bigint' || lastUs <= known) return;
    this.#known.set(name, lastUs);
    await store.transact(
      [],
      [{ kind: 'put', key: keys.timer(name), value: JSON.stringify({ lastUs: `${lastUs}` }) }],
    );
  }
}

function readLast(value: string | undefined): bigint {
  const [, digits] = /^\{"lastUs":"(\d{1,19})"\}$/.exec(value ?? '') ?? [];
  return digits === undefined ? 0n : BigInt(digits);
}
