// What the scheduler is told, and what it answers.

import type { TargetState } from '../model.ts';
import type { SchedulableUnit } from './cluster.ts';

export type Decision =
  | {
      readonly kind: 'place';
      readonly unit: string;
      readonly machine: string;
      readonly hash: string;
      readonly targetState: Exclude<TargetState, 'inactive'>;
      readonly reason: string;
      /** Machines that have to have stopped it before. */
      readonly after: readonly string[];
      /** Machines on which it failed too often. */
      readonly tried?: readonly string[];
      /** Of a unit that must not run twice; see `Assignment`. */
      readonly stopWithinMs?: number;
    }
  | { readonly kind: 'remove'; readonly unit: string; readonly machine: string; readonly reason: string };

/** What changed since the last decision; the cluster already says how it is now. */
export interface Changes {
  /** Units that are new, changed, or gone. */
  readonly units: ReadonlySet<string>;
  /** Machines that are new, changed, or open again. */
  readonly machines: ReadonlySet<string>;
  /** Machines to give up, each with why, as half a sentence ("went away"). */
  readonly lost: ReadonlyMap<string, string>;
  /** Of those the machines that may still be stopping units that must not run twice: these stay for now. */
  readonly stopping?: ReadonlySet<string>;
  /** Units that failed often enough to be tried elsewhere: how often, and where. */
  readonly failing?: ReadonlyMap<string, Failing>;
}

export interface Failing {
  readonly machine: string;
  readonly failures: number;
}

/** Whether a unit must not run twice, whatever that costs. */
export function isSingleton(unit: SchedulableUnit | undefined): boolean {
  return unit?.placement.whenCutOff === 'stop';
}
