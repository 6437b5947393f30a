// What the engine makes of how units ended: which are done, which are to be tried elsewhere, and what is to be
// forgotten.

import type { Guard, Operation, Store } from '../../store/index.ts';
import type { Keys } from '../registry/keys.ts';
import { failuresOf, isFinished } from '../registry/outcome.ts';
import type { ClusterView } from '../registry/view.ts';
import type { Cluster } from '../scheduler/cluster.ts';
import type { Failing } from '../scheduler/decision.ts';

export interface OutcomesOptions {
  readonly store: Store;
  readonly keys: Keys;
  /** Holds while we lead. */
  readonly guard: Guard;
  readonly view: ClusterView;
  readonly cluster: Cluster;
}

export class Outcomes {
  readonly #options: OutcomesOptions;
  readonly #touched = new Set<string>();

  constructor(options: OutcomesOptions) {
    this.#options = options;
  }

  /** The unit's outcome, or its place, changed. */
  touch(name: string): void {
    this.#touched.add(name);
  }

  /** Whether there is an outcome that nobody has judged yet. */
  get pending(): boolean {
    return this.#touched.size > 0;
  }

  /** Tells the cluster which units are done, and returns those that are to be tried elsewhere. */
  judge(): Map<string, Failing> {
    const { view, cluster } = this.#options;
    const failing = new Map<string, Failing>();
    for (const name of this.#touched) {
      const unit = view.units.get(name);
      const outcome = view.outcomes.get(name);
      const entries = view.assignments.get(name);
      if (isFinished(unit, outcome, entries)) cluster.finished.add(name);
      else cluster.finished.delete(name);
      const machine = outcome?.machineID ?? '';
      const failures = failuresOf(outcome, entries?.get(machine));
      const limit = unit?.placement.moveAfterFailures ?? Number.POSITIVE_INFINITY;
      if (failures >= limit) failing.set(name, { machine, failures });
    }
    this.#touched.clear();
    return failing;
  }

  /** Removes the outcomes of units that are gone. */
  async forget(): Promise<void> {
    const { store, keys, guard, view } = this.#options;
    const gone = [...view.outcomes.keys()].filter((name) => !view.units.has(name));
    for (let start = 0; start < gone.length; start += store.maxOperations) {
      const operations = gone
        .slice(start, start + store.maxOperations)
        .map((name): Operation => ({ kind: 'delete', key: keys.outcome(name) }));
      await store.transact([guard], operations);
    }
  }
}
