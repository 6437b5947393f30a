// Notices how units end, where that decides what becomes of them: that a oneshot has finished, and how often
// a unit failed that is to be tried elsewhere after a number of failures.

import type { Manager, UnitChange, UnitOption } from '../../systemd/index.ts';
import { parsePlacement } from '../placement.ts';
import type { Held } from './plan.ts';

/** What of a unit's content matters to its agent; most units have none of it. */
export interface Traits {
  /** It runs once, and is done when it has. */
  readonly runsOnce: boolean;
  readonly moveAfterFailures: number | undefined;
  /** It is stopped in time when its machine is cut off. */
  readonly stopsCutOff: boolean;
}

export function traitsOf(options: readonly UnitOption[]): Traits | undefined {
  const last = (name: string) =>
    options.findLast((option) => option.section === 'Service' && option.name === name)?.value.trim();
  const remains = ['yes', 'true', '1', 'on'].includes(last('RemainAfterExit')?.toLowerCase() ?? '');
  // What has conditions decides at each boot anew whether it runs: to systemd one that was skipped is done as well.
  const isConditional = options.some(
    ({ section, name }) => section === 'Unit' && /^(Condition|Assert)/.test(name),
  );
  const runsOnce = last('Type') === 'oneshot' && !remains && !isConditional;
  const { moveAfterFailures, whenCutOff } = parsePlacement(options);
  const stopsCutOff = whenCutOff === 'stop';
  if (!runsOnce && moveAfterFailures === undefined && !stopsCutOff) return undefined;
  return { runsOnce, moveAfterFailures, stopsCutOff };
}

export interface EndsOptions {
  readonly manager: Manager;
  readonly heldOf: (name: string) => Held | undefined;
  readonly onFinished: (name: string, held: Held) => void;
  readonly onFailures: (name: string, held: Held, failures: number) => void;
  /** Takes care of work that nobody waits for. */
  readonly background: (work: Promise<void>) => void;
}

export class Ends {
  readonly #options: EndsOptions;
  readonly #traits = new Map<string, Traits>();
  readonly #failures = new Map<string, { readonly restarts: number; readonly count: number }>();

  constructor(options: EndsOptions) {
    this.#options = options;
  }

  traits(name: string): Traits | undefined {
    return this.#traits.get(name);
  }

  /** The unit has that content now; undefined: it is gone. */
  learn(name: string, options: readonly UnitOption[] | undefined): void {
    const traits = options && traitsOf(options);
    if (traits === undefined) this.#traits.delete(name);
    else this.#traits.set(name, traits);
    this.#failures.delete(name);
  }

  /** Units that are to stop when the machine is cut off. */
  *stoppingCutOff(): Iterable<string> {
    for (const [name, { stopsCutOff }] of this.#traits) if (stopsCutOff) yield name;
  }

  /** It is started anew: what was before counts no more. */
  started(name: string): void {
    this.#failures.delete(name);
  }

  changed({ name, activeState, subState }: UnitChange): void {
    const traits = this.#traits.get(name);
    if (traits === undefined) return;
    if (traits.runsOnce && activeState === 'inactive') this.check(name);
    const failed = activeState === 'failed' || subState.startsWith('auto-restart');
    if (traits.moveAfterFailures !== undefined && failed) this.#options.background(this.#count(name));
  }

  /** Looks whether a unit that runs once has done so. `adopted`: nobody heard how its start ended. */
  check(name: string, adopted = false): void {
    if (this.#traits.get(name)?.runsOnce === true) this.#options.background(this.#finish(name, adopted));
  }

  async #finish(name: string, adopted: boolean): Promise<void> {
    const { manager, heldOf, onFinished } = this.#options;
    const isDue = (held: Held | undefined) =>
      held?.reached === 'launched' &&
      held.finished !== true &&
      (held.jobResult === 'done' || (adopted && held.jobResult === undefined));
    if (!isDue(heldOf(name))) return;
    // The start of a oneshot is done when it has ended well. systemd may have forgotten it by then, and with it
    // when it ran; one that failed it keeps.
    const { ActiveState, Job } = await manager.unitProperties(name);
    const isQueued = Array.isArray(Job) && Number(Job[0]) !== 0;
    if (ActiveState !== 'inactive' || isQueued) return;
    const held = heldOf(name);
    if (held !== undefined && isDue(held)) onFinished(name, { ...held, jobResult: 'done', finished: true });
  }

  async #count(name: string): Promise<void> {
    const { manager, heldOf, onFailures } = this.#options;
    const { Result, NRestarts } = await manager.unitProperties(name);
    const held = heldOf(name);
    const limit = this.#traits.get(name)?.moveAfterFailures;
    // What Restart= starts again after it ended well did not fail.
    if (held?.reached !== 'launched' || limit === undefined || Result === 'success') return;
    const restarts = typeof NRestarts === 'number' ? NRestarts : 0;
    const before = this.#failures.get(name) ?? { restarts: -1, count: 0 };
    // A failure may be told twice: before its restart, and as the last one.
    const count = before.count + Math.max(restarts - before.restarts, 0);
    this.#failures.set(name, { restarts, count });
    // Once: what follows from it is the same for the next ones.
    if (count >= limit && before.count < limit) onFailures(name, held, count);
  }
}
