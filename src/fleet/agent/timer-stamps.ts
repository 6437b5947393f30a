// When timers of the cluster elapsed last, kept in the store: a machine that takes over a timer of
// Persistent=true begins where the one before it ended, so that what was missed is caught up once, and what ran
// is not run again. systemd keeps that moment as the time of a file.

import { mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../host/index.ts';
import type { Store } from '../../store/index.ts';
import type { Manager, UnitOption } from '../../systemd/index.ts';
import { parsePlacement } from '../placement.ts';
import type { Keys } from '../registry/keys.ts';
import { wordsOf } from './systemd-calls.ts';
import { Again } from './turns.ts';

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
    const known = this.#known.get(name);
    if (known === undefined) return;
    const lastUs = await this.#options.manager.unitProperty(name, 'LastTriggerUSec');
    if (typeof lastUs === 'bigint' && lastUs > known) await this.#tell(name, lastUs);
  }

  /**
   * A timer that leaves, once systemd has stopped it: whoever is told that it is gone finds its last elapse in the
   * store, whether or not its event was heard. systemd knows nothing any more of a unit that it unloaded; its file
   * stays.
   */
  async settle(name: string): Promise<void> {
    const { directory } = this.#options;
    const known = this.#known.get(name);
    if (known === undefined || directory === undefined) return;
    const lastUs = lastOf(join(directory, `stamp-${name}`));
    if (lastUs <= known) return;
    try {
      await this.#tell(name, lastUs);
    } catch (error) {
      throw new Again(wordsOf(error), { cause: error });
    }
  }

  /** Another machine may have written a later one while we were cut off; a destroyed timer has no past. */
  async #tell(name: string, lastUs: bigint): Promise<void> {
    const { store, keys } = this.#options;
    const key = keys.timer(name);
    for (let told = false; !told; ) {
      const [unit, before] = await Promise.all([store.get(keys.unit(name)), store.get(key)]);
      if (unit === undefined || readLast(before?.value) >= lastUs) break;
      const { committed } = await store.transact(
        [
          { key: keys.unit(name), modRevision: unit.modRevision },
          { key, modRevision: before?.modRevision ?? 0 },
        ],
        [{ kind: 'put', key, value: JSON.stringify({ lastUs: `${lastUs}` }) }],
      );
      told = committed;
    }
    // Only now, so that what could not be told is told the next time.
    const known = this.#known.get(name);
    if (known !== undefined && known < lastUs) this.#known.set(name, lastUs);
  }
}

/** systemd's own note of it, in microseconds; 0 when there is none that can be read. */
function lastOf(stamp: string): bigint {
  try {
    return statSync(stamp, { bigint: true }).mtimeNs / 1000n;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return 0n;
  }
}

function readLast(value: string | undefined): bigint {
  const [, digits] = /^\{"lastUs":"(\d{1,19})"\}$/.exec(value ?? '') ?? [];
  return digits === undefined ? 0n : BigInt(digits);
}
