// How a unit ended, where that decides whether and where it runs next: a oneshot that finished, and a unit that
// failed so often that it is to be tried elsewhere.

import type { Assignment } from '../model.ts';
import { asFields } from './records.ts';

export interface OutcomeRecord {
  readonly machineID: string;
  readonly hash: string;
  /** modRevision of the schedule entry under which it ran. */
  readonly revision: number;
  /** When it finished, in ISO 8601. */
  readonly finishedAt?: string;
  /** How often it failed there. */
  readonly failures?: number;
}

export function writeOutcome(record: OutcomeRecord): string {
  return JSON.stringify(record);
}

export function readOutcome(value: string): OutcomeRecord | undefined {
  const { machineID, hash, revision, finishedAt, failures } = parse(value) ?? {};
  if (typeof machineID !== 'string' || typeof hash !== 'string' || typeof revision !== 'number')
    return undefined;
  return {
    ...{ machineID, hash, revision },
    ...(typeof finishedAt === 'string' ? { finishedAt } : {}),
    ...(typeof failures === 'number' ? { failures } : {}),
  };
}

/**
 * Whether what the user wants of a unit is done: it finished after that was last said, and nobody has asked
 * for another run since.
 */
export function isFinished(
  unit: { readonly hash: string; readonly revision: number } | undefined,
  outcome: OutcomeRecord | undefined,
  assignments: ReadonlyMap<string, Assignment> | undefined,
): boolean {
  if (unit === undefined || outcome?.finishedAt === undefined || outcome.hash !== unit.hash) return false;
  const entry = assignments?.get(outcome.machineID);
  if (entry !== undefined)
    return entry.targetState === 'launched' && outcome.revision >= (entry.revision ?? 0);
  return (assignments?.size ?? 0) === 0 && outcome.revision > unit.revision;
}

/** How often a unit failed on the machine that it is on; 0 for what is no news of this placement. */
export function failuresOf(outcome: OutcomeRecord | undefined, entry: Assignment | undefined): number {
  if (outcome?.failures === undefined || entry === undefined) return 0;
  return outcome.machineID === entry.machineID && outcome.revision >= (entry.revision ?? 0)
    ? outcome.failures
    : 0;
}

function parse(value: string) {
  try {
    return asFields(JSON.parse(value));
  } catch {
    return undefined;
  }
}
