// Tells the store what systemd says of this machine's units: only what changed, many in one transaction,
// under the machine's lease, so that it goes when the machine goes.

import { type Clock, pause, retryPause } from '../../host/index.ts';
import type { LeaseId, Operation, Store } from '../../store/index.ts';
import type { Log } from '../log.ts';
import type { UnitState } from '../model.ts';
import { type Keys, parseKey } from '../registry/keys.ts';
import { writeState } from '../registry/records.ts';

const msPerChange = 2;
const maxPauseMs = 100;

export interface PublisherOptions {
  readonly store: Store;
  readonly keys: Keys;
  readonly machineID: string;
  /** The state of a unit as it is now; undefined when the machine has it no more. */
  readonly stateOf: (name: string) => UnitState | undefined;
  /** All units that the machine has. */
  readonly names: () => Iterable<string>;
  readonly log: Log;
  readonly clock: Clock;
}

export class Publisher {
  readonly #options: PublisherOptions;
  readonly #dirty = new Set<string>();
  #wake: () => void = () => {};

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** The unit's state may have changed. */
  mark(name: string): void {
    this.#dirty.add(name);
    this.#wake();
  }

  /** Units whose states are not told yet. */
  get waiting(): readonly string[] {
    return [...this.#dirty];
  }

  /** Publishes under this lease until the signal aborts. */
  async run(lease: LeaseId, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const stop = () => this.#wake();
    signal.addEventListener('abort', stop, { once: true });
    let written: Map<string, string> | undefined;
    for (let failures = 0; !signal.aborted; ) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      try {
        written ??= await this.#begin(lease);
        const told = await this.#flush(lease, written);
        failures = 0;
        // While much changes, more is collected for each transaction; a change alone is told at once.
        if (told > 1) await pause(clock, Math.min(told * msPerChange, maxPauseMs), signal);
      } catch (error) {
        if (signal.aborted) break;
        this.#options.log.debug({ err: error }, 'States could not be published; trying again.');
        // What was under way may or may not be there.
        written = undefined;
        await retryPause(clock, failures++, { firstMs: 100, maxMs: 5000 }, signal);
        continue;
      }
      if (this.#dirty.size === 0 && !signal.aborted) await woken;
      await new Promise((resolve) => setImmediate(resolve));
    }
    signal.removeEventListener('abort', stop);
  }

  /** What an earlier run published under the same lease need not be told again. */
  async #begin(lease: LeaseId): Promise<Map<string, string>> {
    const { store, keys, machineID, names } = this.#options;
    const written = new Map<string, string>();
    const { keyValues } = await store.range(keys.ranges.statesOf(machineID));
    for (const keyValue of keyValues) {
      const key = parseKey(keys, keyValue.key);
      if (key?.kind !== 'state') continue;
      written.set(key.id, keyValue.lease === lease ? keyValue.value : '');
      this.#dirty.add(key.id);
    }
    for (const name of names()) this.#dirty.add(name);
    return written;
  }

  /** Returns how many changes it told. */
  async #flush(lease: LeaseId, written: Map<string, string>): Promise<number> {
    const { store, keys, machineID, stateOf } = this.#options;
    const names = [...this.#dirty];
    this.#dirty.clear();
    const changes: {
      readonly name: string;
      readonly value: string | undefined;
      readonly operation: Operation;
    }[] = [];
    for (const name of names) {
      const state = stateOf(name);
      const value = state && writeState(state);
      if (value === written.get(name)) continue;
      const key = keys.state(machineID, name);
      const operation: Operation =
        value === undefined ? { kind: 'delete', key } : { kind: 'put', key, value, lease };
      changes.push({ name, value, operation });
    }
    try {
      for (let start = 0; start < changes.length; start += store.maxOperations) {
        const chunk = changes.slice(start, start + store.maxOperations);
        await store.transact(
          [],
          chunk.map(({ operation }) => operation),
        );
        for (const { name, value } of chunk) {
          if (value === undefined) written.delete(name);
          else written.set(name, value);
        }
      }
    } catch (error) {
      for (const name of names) this.#dirty.add(name);
      throw error;
    }
    return changes.length;
  }
}
