// Which unit of this machine has to come before another: units that are given together name each other, and
// systemd must know all of them before it is asked to start one.

import type { UnitOption } from '../../systemd/index.ts';
import { bondsOf } from '../bonds.ts';

/** What is to be done with a unit here, and how far that is. */
export interface Progress {
  isWanted(name: string): boolean;
  isLoaded(name: string): boolean;
  /** Its start is to be asked for, and has not been yet. */
  isToStart(name: string): boolean;
}

interface Named {
  /** All that it needs or wants: their files come before its start. */
  readonly names: readonly string[];
  /** Their starts are asked for before its own. */
  readonly after: readonly string[];
}

export class Order {
  readonly #named = new Map<string, Named>();

  /** What the unit's file names; undefined: it is gone. */
  learn(name: string, options: readonly UnitOption[] | undefined): void {
    const words = (option: string) =>
      (options ?? [])
        .filter(({ section, name: own }) => section === 'Unit' && own === option)
        .flatMap(({ value }) => value.split(/\s+/))
        .filter((word) => word !== '' && word !== name);
    const after = words('After');
    const bonds = options === undefined ? [] : bondsOf(name, options, (value) => value);
    const names = [...bonds.map(({ unit }) => unit), ...words('Wants'), ...after];
    if (names.length === 0) this.#named.delete(name);
    else this.#named.set(name, { names, after });
  }

  /** The unit that this one's start waits for, with what is awaited of it. */
  blocker(name: string, progress: Progress): { readonly unit: string; readonly until: string } | undefined {
    const named = this.#named.get(name);
    if (named === undefined) return undefined;
    const unloaded = named.names.find((other) => progress.isWanted(other) && !progress.isLoaded(other));
    if (unloaded !== undefined) return { unit: unloaded, until: 'loaded' };
    const unstarted = named.after.find(
      (other) => progress.isToStart(other) && !this.#comesAfter(other, name),
    );
    return unstarted === undefined ? undefined : { unit: unstarted, until: 'started' };
  }

  /** Whether one comes after the other: then the other cannot wait for it; systemd breaks such rings too. */
  #comesAfter(name: string, other: string): boolean {
    const seen = new Set([name]);
    for (const one of seen) {
      for (const before of this.#named.get(one)?.after ?? []) {
        if (before === other) return true;
        seen.add(before);
      }
    }
    return false;
  }
}
