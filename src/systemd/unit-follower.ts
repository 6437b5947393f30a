// Follows the states of a set of units: lists what it does not know, then believes systemd's signals.
//
// INVARIANTS
// - Answers and signals come in the order in which systemd wrote them (bus.ts); so while a unit is being
//   listed its signals are dropped: the answer is newer.
// - Listing a unit that is not loaded makes systemd load it, announce it (UnitNew) and drop it again. An
//   announcement of a unit known to be loaded is therefore an echo and must not lead to another listing.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Follower, UnitChange } from './model.ts';
import { parseUnitName } from './unit-name.ts';

/** A unit as listed, with the object path of its signals. */
export interface ListedUnit {
  readonly path: string;
  readonly loadState: string;
  readonly activeState: string;
  readonly subState: string;
}

export interface UnitFollowerOptions {
  readonly onChange: (change: UnitChange) => void;
  /** One entry a name, in the same order. */
  readonly list: (names: readonly string[]) => Promise<readonly ListedUnit[]>;
  readonly signal: AbortSignal;
}

const retryMs = 1_000;
const absent: ListedUnit = { path: '', loadState: 'not-found', activeState: 'inactive', subState: 'dead' };

export class UnitFollower implements Follower {
  readonly #options: UnitFollowerOptions;
  #names: ReadonlySet<string> = new Set();
  readonly #known = new Map<string, ListedUnit>();
  readonly #byPath = new Map<string, Set<string>>();
  /** Names that systemd has loaded, as far as we were told. */
  readonly #loaded = new Set<string>();
  /** Names to be listed, and whether to report them even if unchanged. */
  readonly #wanted = new Map<string, boolean>();
  readonly #inFlight = new Set<string>();

  constructor(options: UnitFollowerOptions) {
    this.#options = options;
  }

  setNames(names: ReadonlySet<string>): void {
    const added = [...names].filter((name) => !this.#names.has(name));
    for (const name of this.#names) if (!names.has(name)) this.#forget(name);
    this.#names = new Set(names);
    for (const name of added) this.#wanted.set(name, true);
    this.#flush();
  }

  /** Lists all names again; `report` says whether to tell also those that did not change. */
  resync(report: boolean): void {
    for (const name of this.#names) this.#wanted.set(name, report || this.#wanted.get(name) === true);
    this.#flush();
  }

  follows(path: string): boolean {
    return this.#byPath.has(path);
  }

  /** Properties of interface `Unit` that changed. */
  propertiesChanged(path: string, changed: Readonly<Record<string, unknown>>): void {
    const { ActiveState: activeState, SubState: subState } = changed;
    if (typeof activeState !== 'string' && typeof subState !== 'string') return;
    for (const name of this.#byPath.get(path) ?? []) {
      const known = this.#known.get(name);
      if (known === undefined || this.#wanted.has(name) || this.#inFlight.has(name)) continue;
      this.#learn(name, {
        ...known,
        activeState: typeof activeState === 'string' ? activeState : known.activeState,
        subState: typeof subState === 'string' ? subState : known.subState,
      });
    }
  }

  unitNew(unit: string, path: string): void {
    const names = new Set(this.#byPath.get(path));
    if (this.#names.has(unit)) names.add(unit);
    for (const name of names) {
      if (this.#loaded.has(name)) continue;
      this.#loaded.add(name);
      this.#wanted.set(name, this.#wanted.get(name) === true);
    }
    this.#flush();
  }

  unitRemoved(unit: string, path: string): void {
    this.#loaded.delete(unit);
    for (const name of this.#byPath.get(path) ?? []) this.#loaded.delete(name);
  }

  /** One listing at a time, of all that is wanted by then. */
  #flush(): void {
    if (this.#inFlight.size > 0 || this.#wanted.size === 0 || this.#options.signal.aborted) return;
    const batch = new Map(this.#wanted);
    this.#wanted.clear();
    for (const name of batch.keys()) this.#inFlight.add(name);
    void this.#list(batch).finally(() => {
      this.#inFlight.clear();
      this.#flush();
    });
  }

  async #list(batch: ReadonlyMap<string, boolean>): Promise<void> {
    // One name that systemd would not load makes it refuse the whole listing.
    const loadable = (name: string) => (parseUnitName(name)?.kind ?? 'template') !== 'template';
    const names = [...batch.keys()].filter(loadable);
    try {
      const rows = names.length === 0 ? [] : await this.#options.list(names);
      const listed = new Map(names.map((name, index) => [name, rows[index]]));
      this.#inFlight.clear();
      for (const [name, report] of batch) this.#take(name, listed.get(name), report);
    } catch {
      // Whatever it was, what is followed stays followed; a reconnect lists again even sooner.
      for (const [name, report] of batch) {
        if (this.#names.has(name)) this.#wanted.set(name, report || this.#wanted.get(name) === true);
      }
      await sleep(retryMs, undefined, { signal: this.#options.signal }).catch(() => {});
    }
  }

  #take(name: string, row: ListedUnit | undefined, report: boolean): void {
    if (!this.#names.has(name)) return;
    const before = this.#known.get(name);
    if (before !== undefined && before.path !== row?.path) this.#unlink(name, before.path);
    if (row !== undefined) {
      this.#loaded.add(name);
      const names = this.#byPath.get(row.path) ?? new Set();
      this.#byPath.set(row.path, names.add(name));
    }
    this.#learn(name, row ?? absent, report);
  }

  #learn(name: string, now: ListedUnit, report = false): void {
    const before = this.#known.get(name);
    this.#known.set(name, now);
    const same =
      before?.loadState === now.loadState &&
      before.activeState === now.activeState &&
      before.subState === now.subState;
    if ((same && !report) || this.#options.signal.aborted) return;
    const { loadState, activeState, subState } = now;
    // In a later turn, so that what the listener throws is its own and never the connection's.
    queueMicrotask(() => {
      if (!this.#options.signal.aborted && this.#names.has(name)) {
        this.#options.onChange({ name, loadState, activeState, subState });
      }
    });
  }

  #forget(name: string): void {
    this.#unlink(name, this.#known.get(name)?.path ?? '');
    this.#known.delete(name);
    this.#loaded.delete(name);
    this.#wanted.delete(name);
  }

  #unlink(name: string, path: string): void {
    const names = this.#byPath.get(path);
    names?.delete(name);
    if (names?.size === 0) this.#byPath.delete(path);
  }
}
