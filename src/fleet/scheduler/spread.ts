// Soft spreading: of the machines that would take a unit, the one whose rack (or whatever key is named) has
// the fewest units of its kind; among those the least loaded.

import type { Cluster, SchedulableUnit } from './cluster.ts';
import { kindOf, type MachineLoad } from './load.ts';

/** Stands in SpreadOver= for the machine itself. */
const machineKey = 'MachineID';

export class Spread {
  /** The best of the machines considered so far. */
  best: MachineLoad | undefined;
  #bestCounts: readonly number[] = [];
  readonly #keys: readonly string[];
  /** For each key, how many units of the kind each of its values has. */
  readonly #counts: readonly ReadonlyMap<string, number>[];

  private constructor(cluster: Cluster, unit: SchedulableUnit, keys: readonly string[]) {
    this.#keys = keys;
    this.#counts = keys.map((key) => {
      const counts = new Map<string, number>();
      for (const [id, count] of cluster.machinesOfKind(kindOf(unit.name))) {
        const load = cluster.machines.get(id);
        const value = load === undefined ? undefined : domainOf(load, key);
        if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + count);
      }
      return counts;
    });
  }

  /** Undefined for a unit that is not to be spread. */
  static of(cluster: Cluster, unit: SchedulableUnit): Spread | undefined {
    const { spreadOver = [] } = unit.placement;
    return spreadOver.length === 0 ? undefined : new Spread(cluster, unit, spreadOver);
  }

  /** Machines are to be considered in their order of load: the first of equals stays the best. */
  consider(load: MachineLoad): void {
    const counts = this.#keys.map((key, index) => {
      const value = domainOf(load, key);
      // A machine that does not say where it is comes last.
      return value === undefined ? Number.POSITIVE_INFINITY : (this.#counts[index]?.get(value) ?? 0);
    });
    if (this.best !== undefined && !isLess(counts, this.#bestCounts)) return;
    this.best = load;
    this.#bestCounts = counts;
  }
}

/** What a machine counts for under that key: its value, or for `MachineID` itself. */
export function domainOf({ machine }: MachineLoad, key: string): string | undefined {
  return key === machineKey ? machine.id : machine.metadata[key];
}

function isLess(a: readonly number[], b: readonly number[]): boolean {
  for (const [index, count] of a.entries()) {
    const other = b[index] ?? 0;
    if (count !== other) return count < other;
  }
  return false;
}
