// What is told of this machine's units: to the store, to lists, to metrics and to whoever inspects the agent.

import type { TargetState, UnitState } from '../model.ts';
import type { Known } from './known.ts';
import type { Held } from './plan.ts';
import type { Turns } from './turns.ts';

/** What the agent has in mind, under the names that fleet has for it. */
export interface AgentMemory {
  readonly Agent: { readonly Cache: { readonly TargetStates: Readonly<Record<string, TargetState>> } };
  readonly UnitStatePublisher: {
    /** The states as they are. */
    readonly Cache: Readonly<Record<string, UnitState | undefined>>;
    /** Names of those that are not told yet. */
    readonly ToPublish: readonly string[];
  };
  readonly UnitStateGenerator: { readonly Subscribed: readonly string[] };
}

export class States {
  readonly #machineID: string;
  readonly #known: Known;
  readonly #turns: Pick<Turns, 'trouble' | 'troubled'>;

  constructor(machineID: string, known: Known, turns: Pick<Turns, 'trouble' | 'troubled'>) {
    this.#machineID = machineID;
    this.#known = known;
    this.#turns = turns;
  }

  /** Units that are here, and those that cannot come. A name may be there twice. */
  names(): string[] {
    return [...this.#known.held.keys(), ...this.#turns.troubled()];
  }

  /** The state of a unit; undefined while there is none to tell. */
  of(name: string): UnitState | undefined {
    const held = this.#known.held.get(name);
    const trouble = this.#turns.trouble(name);
    if (trouble !== undefined) return this.#inTrouble(name, held, trouble);
    // Revision -1: loaded on the way to its start, not worth a word of its own.
    if (held === undefined || held.revision === -1) return undefined;
    return this.#state(name, held, held.reached);
  }

  /** All of them, in the order of their names. */
  all(): UnitState[] {
    return [...new Set(this.names())].sort().flatMap((name) => this.of(name) ?? []);
  }

  /** `toPublish`: names of units whose states are not told yet. */
  inspect(toPublish: readonly string[]): AgentMemory {
    const held = [...this.#known.held.keys()].sort();
    const targets = [...this.#known.wanted].map(([name, { targetState }]) => [name, targetState] as const);
    return {
      Agent: { Cache: { TargetStates: Object.fromEntries(targets) } },
      UnitStatePublisher: {
        Cache: Object.fromEntries(held.map((name) => [name, this.of(name)])),
        ToPublish: toPublish,
      },
      UnitStateGenerator: { Subscribed: held },
    };
  }

  /** How many units this machine has, is to have, and has trouble with. */
  counts(): { readonly held: number; readonly wanted: number; readonly failing: number } {
    const { held, wanted, seen } = this.#known;
    const failing = new Set(this.#turns.troubled());
    for (const [name, { problem }] of held) {
      if (problem !== undefined || seen.get(name)?.activeState === 'failed') failing.add(name);
    }
    return { held: held.size, wanted: wanted.size, failing: failing.size };
  }

  /** How far a unit came whose next step fails: an answer to no assignment. */
  #inTrouble(name: string, held: Held | undefined, problem: string): UnitState | undefined {
    const hash = held?.hash ?? this.#known.wanted.get(name)?.hash;
    if (hash === undefined) return undefined;
    return this.#state(name, { hash, revision: -1, problem }, held?.reached ?? 'inactive');
  }

  #state(name: string, held: Omit<Held, 'reached'>, reached: TargetState): UnitState {
    const seen = this.#known.seen.get(name);
    return {
      name,
      machineID: this.#machineID,
      hash: held.hash,
      systemdLoadState: seen?.loadState ?? 'not-found',
      systemdActiveState: seen?.activeState ?? 'inactive',
      systemdSubState: seen?.subState ?? 'dead',
      reached,
      ...(held.jobResult === undefined ? {} : { jobResult: held.jobResult }),
      ...(held.problem === undefined ? {} : { problem: held.problem }),
      assignmentRevision: held.revision,
    };
  }
}
