// What the agent knows of units, for all of its parts: there is one of it, and no second truth beside it.

import type { UnitChange } from '../../systemd/index.ts';
import type { Assignment } from '../model.ts';
import type { Held } from './plan.ts';

export class Known {
  /** What the schedule gives this machine. */
  readonly wanted = new Map<string, Assignment>();
  /** What is here, with what was done to it last. */
  readonly held = new Map<string, Held>();
  /** What systemd said last. */
  readonly seen = new Map<string, UnitChange>();
}

/** What is held once an assignment has been carried out. */
export function carriedOut({
  hash,
  revision = 0,
  restart,
}: Assignment): Pick<Held, 'hash' | 'revision' | 'restart'> {
  return { hash, revision, ...(restart === undefined ? {} : { restart }) };
}
