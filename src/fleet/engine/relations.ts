// Units with relations across machines, kept at what they may do now. Only while there are any are the states
// of units watched.

import type { KeyRange } from '../../store/index.ts';
import type { Relation, TargetState, UnitState } from '../model.ts';
import type { KeyName } from '../registry/keys.ts';
import type { ClusterView, StoredUnit } from '../registry/view.ts';
import { heldBack } from '../relations.ts';
import type { SchedulableUnit } from '../scheduler/cluster.ts';

export interface RelationsOptions {
  readonly view: ClusterView;
  readonly states: KeyRange;
  /** Begins to watch the states; called once. */
  readonly watch: (range: KeyRange) => void;
  /** Whether the unit is told to run by the schedule, on a machine that is not given up. */
  readonly isStarted: (name: string) => boolean;
}

export class Relations {
  readonly #options: RelationsOptions;
  /** Units by the units that their relations name. */
  readonly #dependents = new Map<string, Set<string>>();
  readonly #known = new Map<string, readonly Relation[]>();
  #watching = false;
  #told = false;

  constructor(options: RelationsOptions) {
    this.#options = options;
  }

  /** The unit as the scheduler is to take it: held back or not. */
  apply(unit: StoredUnit): SchedulableUnit {
    const { relations } = unit.placement;
    this.#learn(unit.name, relations);
    if (relations === undefined || unit.desiredState !== 'launched') return unit;
    if (!this.#watching) {
      this.#watching = true;
      this.#options.watch(this.#options.states);
    }
    const held = heldBack(relations, this.#options.isStarted(unit.name), {
      wanted: (name) => this.#options.view.units.get(name)?.desiredState,
      states: (name) => this.#states(name),
    });
    return held === undefined ? unit : { ...unit, desiredState: 'loaded' satisfies TargetState, held };
  }

  /** The unit is gone. */
  forget(name: string): void {
    this.#learn(name, undefined);
  }

  /** Units to look at again, as what these keys name has changed. */
  touched(keys: readonly KeyName[]): string[] {
    return keys.flatMap((key) =>
      key.kind === 'unit' || key.kind === 'state' ? [...(this.#dependents.get(key.id) ?? [])] : [],
    );
  }

  /** All states have been told: whoever waited for them is to be looked at. */
  toldStates(): Iterable<string> {
    this.#told = true;
    return this.#known.keys();
  }

  #states(name: string): readonly UnitState[] | undefined {
    return this.#told ? [...(this.#options.view.states.get(name)?.values() ?? [])] : undefined;
  }

  #learn(name: string, relations: readonly Relation[] | undefined): void {
    const before = this.#known.get(name);
    if (before === relations) return;
    for (const { unit } of before ?? []) {
      const dependents = this.#dependents.get(unit);
      dependents?.delete(name);
      if (dependents?.size === 0) this.#dependents.delete(unit);
    }
    if (relations === undefined) {
      this.#known.delete(name);
      return;
    }
    this.#known.set(name, relations);
    for (const { unit } of relations) {
      const dependents = this.#dependents.get(unit);
      if (dependents === undefined) this.#dependents.set(unit, new Set([name]));
      else dependents.add(name);
    }
  }
}
