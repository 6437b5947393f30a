// Which step a unit is due, and how it is taken.

import type { Assignment } from '../model.ts';
import type { Content } from './contents.ts';
import type { Ends } from './ends.ts';
import type { Inquiry } from './inquiry.ts';
import { carriedOut, type Known } from './known.ts';
import type { Loader } from './loader.ts';
import type { Notebook } from './notebook.ts';
import { planStep, type Step } from './plan.ts';
import type { Predecessors } from './predecessors.ts';
import type { Singletons } from './singletons.ts';
import type { Starter } from './starter.ts';
import type { Starts } from './starts.ts';
import type { SystemdCalls } from './systemd-calls.ts';
import type { TimerStamps } from './timer-stamps.ts';
import type { UnitFolder } from './unit-folder.ts';

export interface StepsOptions {
  readonly machineID: string;
  readonly known: Known;
  /** Whether what is wanted is what the store says. */
  readonly isTold: () => boolean;
  readonly systemd: SystemdCalls;
  readonly folder: UnitFolder;
  readonly stamps: TimerStamps;
  readonly inquiry: Inquiry;
  readonly loader: Loader;
  readonly starts: Starts;
  readonly starter: Starter;
  readonly ends: Ends;
  readonly predecessors: Predecessors;
  readonly singletons: Singletons;
  readonly notebook: Notebook;
  /** There are other units here now. */
  readonly follow: () => void;
  /** Nothing is left of the unit. */
  readonly onGone: (name: string) => void;
}

export class Steps {
  readonly #options: StepsOptions;

  constructor(options: StepsOptions) {
    this.#options = options;
  }

  /** The next step for a unit as things are now. */
  next(name: string): Step {
    const { known, starts } = this.#options;
    return planStep(this.#wantedNow(name), known.held.get(name), starts.isUnheard(name));
  }

  async perform(name: string, step: Exclude<Step, 'none'>): Promise<void> {
    const { known, starter, notebook } = this.#options;
    const wanted = this.#wantedNow(name);
    const held = known.held.get(name);
    if (wanted === undefined || step === 'unload' || step === 'replace') await this.#unload(name);
    else if (step === 'load') await this.#load(wanted);
    else if (step === 'start' || step === 'restart') await starter.start(wanted, step);
    else if (step === 'stop') await starter.stop(wanted);
    else if (held !== undefined) {
      const now = { ...held, revision: wanted.revision ?? 0 };
      notebook.note(name, now);
      if (now.finished === true) notebook.finish(name, now);
    }
  }

  /** What is wanted of a unit, but for one that must not run here until the store is back. */
  #wantedNow(name: string): Assignment | undefined {
    const { machineID, known, singletons, isTold } = this.#options;
    const wanted = known.wanted.get(name);
    if (!singletons.isClosed(name)) return wanted;
    if (wanted !== undefined) return { ...wanted, targetState: 'loaded' };
    const held = known.held.get(name);
    if (held === undefined || isTold()) return undefined;
    const { hash, revision } = held;
    return { unit: name, machineID, hash, revision, targetState: 'loaded', reason: '' };
  }

  async #load(wanted: Assignment): Promise<void> {
    const { systemd, inquiry, loader } = this.#options;
    const { unit: name, hash } = wanted;
    await inquiry.untilLeft(wanted);
    const [content, row] = await Promise.all([inquiry.content(wanted), systemd.row(name)]);
    if (content === undefined) {
      return this.#refuse(wanted, `The content ${hash} of ${name} is not in the store.`);
    }
    const refusal = await loader.load(name, content, row.loadState === 'not-found');
    if (refusal !== undefined) return this.#refuse(wanted, refusal);
    return this.#loaded(wanted, content);
  }

  /** systemd has the unit; it is started where that is wanted. */
  async #loaded(wanted: Assignment, { options }: Content): Promise<void> {
    const { known, inquiry, starter, ends, predecessors, singletons, notebook, follow } = this.#options;
    const { unit: name, hash, targetState, revision = 0 } = wanted;
    ends.learn(name, options);
    singletons.look();
    predecessors.learn(name, options);
    const isToRun = targetState === 'launched';
    const runsOnce = isToRun && ends.traits(name)?.runsOnce === true;
    if (runsOnce && (await inquiry.hasRun(wanted))) {
      const held = { ...carriedOut(wanted), reached: targetState, jobResult: 'done', finished: true };
      notebook.note(name, held);
    } else if (isToRun) {
      known.held.set(name, { hash, reached: 'loaded', revision: -1 });
      follow();
      predecessors.tell(name);
      return starter.start(wanted);
    } else notebook.note(name, { hash, reached: 'loaded', revision, jobResult: 'done' });
    follow();
  }

  async #unload(name: string): Promise<void> {
    const { known, folder, stamps, loader, starts, ends, predecessors, follow, onGone } = this.#options;
    await loader.unload(name);
    known.held.delete(name);
    starts.forget(name);
    ends.learn(name, undefined);
    predecessors.learn(name, undefined);
    stamps.forget(name);
    known.seen.delete(name);
    predecessors.tell(name);
    // A job that ended meanwhile left a note.
    folder.forget(name);
    follow();
    onGone(name);
  }

  #refuse(wanted: Assignment, problem: string): void {
    const { notebook, follow } = this.#options;
    const { unit: name, targetState } = wanted;
    notebook.note(name, { ...carriedOut(wanted), reached: targetState, jobResult: 'failed', problem });
    follow();
  }
}
