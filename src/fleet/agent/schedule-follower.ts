// Follows the schedule of this machine, for as long as it is known to be the one machine of its ID.

import type { Store, WatchEvent } from '../../store/index.ts';
import { type Keys, parseKey } from '../registry/keys.ts';
import { readAssignment } from '../registry/records.ts';
import { checkUnitName } from '../unit-rules.ts';
import type { Known } from './known.ts';

export interface ScheduleFollowerOptions {
  readonly store: Pick<Store, 'watch'>;
  readonly keys: Keys;
  readonly machineID: string;
  readonly known: Known;
  /** The store says the whole schedule; what was taken for it before is over. */
  readonly onSnapshot: () => void;
  /** What is wanted of these units may be something else now. */
  readonly onTouched: (names: ReadonlySet<string>) => void;
  readonly signal: AbortSignal;
}

export class ScheduleFollower {
  readonly #options: ScheduleFollowerOptions;
  #joined = Promise.withResolvers<void>();
  #left = new AbortController();
  #isMember = false;
  #told = false;

  constructor(options: ScheduleFollowerOptions) {
    this.#options = options;
  }

  get isMember(): boolean {
    return this.#isMember;
  }

  /** Whether what is wanted is what the store says. */
  get told(): boolean {
    return this.#told;
  }

  /** Fulfils when this machine has joined, or is stopped. */
  get joined(): Promise<void> {
    return this.#joined.promise;
  }

  join(): void {
    if (!this.#isMember) this.#left = new AbortController();
    this.#isMember = true;
    this.#joined.resolve();
  }

  /** Another machine has our ID: the schedule is not ours until we join again. */
  leave(): void {
    if (!this.#isMember || this.#options.signal.aborted) return;
    this.#isMember = false;
    this.#told = false;
    this.#joined = Promise.withResolvers();
    this.#left.abort();
  }

  /** Follows the schedule until the signal aborts. */
  async run(): Promise<void> {
    const { signal } = this.#options;
    signal.addEventListener('abort', () => this.#joined.resolve(), { once: true });
    while (!signal.aborted) {
      // Until we are known to be the one machine of our ID, its schedule may be another's.
      await this.#joined.promise;
      await this.#follow(AbortSignal.any([signal, this.#left.signal]));
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { store, keys, machineID, onTouched } = this.#options;
    const range = keys.ranges.scheduleOf(machineID);
    for await (const event of store.watch(range, { signal })) {
      if (event.kind !== 'connection') onTouched(this.#take(event));
    }
  }

  /** Returns the names of which something else may be wanted now. */
  #take(event: Exclude<WatchEvent, { kind: 'connection' }>): ReadonlySet<string> {
    const { known, onSnapshot } = this.#options;
    const touched = new Set<string>();
    if (event.kind === 'snapshot') {
      this.#told = true;
      onSnapshot();
      for (const name of [...known.wanted.keys(), ...known.held.keys()]) touched.add(name);
      known.wanted.clear();
      for (const { key, value, modRevision } of event.keyValues) this.#want(key, value, modRevision, touched);
      return touched;
    }
    for (const change of event.changes) {
      if (change.kind === 'put') {
        this.#want(change.keyValue.key, change.keyValue.value, change.keyValue.modRevision, touched);
      } else this.#want(change.key, undefined, change.modRevision, touched);
    }
    return touched;
  }

  #want(key: string, value: string | undefined, revision: number, touched: Set<string>): void {
    const { keys, machineID, known } = this.#options;
    const name = parseKey(keys, key);
    if (name?.kind !== 'schedule') return;
    // A name becomes a file name and goes to systemd: what is none is not touched.
    if (checkUnitName(name.id) !== undefined) return;
    const assignment = value === undefined ? undefined : readAssignment(value, name.id, machineID, revision);
    if (assignment === undefined) known.wanted.delete(name.id);
    else known.wanted.set(name.id, assignment);
    touched.add(name.id);
  }
}
