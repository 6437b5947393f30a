// Starts and stops units that are loaded, and says what became of them.

import type { UnitChange } from '../../systemd/index.ts';
import type { Assignment } from '../model.ts';
import type { Background } from './background.ts';
import type { Ends } from './ends.ts';
import { carriedOut, type Known } from './known.ts';
import type { Notebook } from './notebook.ts';
import type { Held } from './plan.ts';
import type { Predecessors } from './predecessors.ts';
import type { Singletons } from './singletons.ts';
import type { Started, Starts } from './starts.ts';
import { mayPass, type SystemdCalls, wordsOf } from './systemd-calls.ts';

export interface StarterOptions {
  readonly systemd: SystemdCalls;
  readonly known: Known;
  readonly starts: Starts;
  readonly ends: Ends;
  readonly predecessors: Predecessors;
  readonly singletons: Singletons;
  readonly notebook: Notebook;
  readonly background: Background;
}

export class Starter {
  readonly #options: StarterOptions;

  constructor(options: StarterOptions) {
    this.#options = options;
  }

  /** Has systemd take the start; how that ends is noted when it has. */
  async start(wanted: Assignment, verb: 'start' | 'restart' = 'start'): Promise<void> {
    const { starts, ends, predecessors, singletons, notebook, background } = this.#options;
    const { unit: name } = wanted;
    predecessors.awaitOthers(name);
    const held: Held = { ...carriedOut(wanted), reached: 'launched' };
    if (ends.traits(name)?.stopsCutOff === true) await singletons.confirm(wanted);
    ends.started(name);
    try {
      const started = await starts.begin(name, verb);
      notebook.note(name, held);
      background.add(this.#follow(name, held, started));
    } catch (error) {
      if (mayPass(error)) throw error;
      const problem = `systemd refused to ${verb} ${name}: ${wordsOf(error)}`;
      notebook.note(name, { ...held, jobResult: 'failed', problem });
    }
  }

  async stop({ unit: name, hash, revision = 0 }: Assignment): Promise<void> {
    const { systemd, starts, notebook } = this.#options;
    const jobResult = await systemd.stop(name);
    starts.forget(name);
    notebook.note(name, { hash, reached: 'loaded', revision, jobResult });
  }

  /** A unit that fails after its start says so, until it is up again; what to do is systemd's to know. */
  changed({ name, activeState }: UnitChange): void {
    const { known, starts, notebook, background } = this.#options;
    const held = known.held.get(name);
    if (held?.reached !== 'launched' || held.jobResult !== 'done') return;
    if (activeState === 'active' && held.problem !== undefined) {
      const { problem: _over, ...well } = held;
      notebook.note(name, well);
    } else if (activeState === 'failed' && held.problem === undefined) {
      background.add(
        starts.describeFailure(name, 'done').then((problem) => {
          if (known.held.get(name) === held) notebook.note(name, { ...held, problem });
        }),
      );
    }
  }

  /** The end of a start belongs to the assignment that asked for it, if that still stands. */
  async #follow(name: string, held: Held, started: Started): Promise<void> {
    const { known, starts, ends, notebook } = this.#options;
    const isCurrent = () => known.held.get(name) === held;
    const outcome = await starts.outcome(name, started, isCurrent);
    if (outcome === undefined || !isCurrent()) return;
    const failed = outcome !== 'done' || known.seen.get(name)?.activeState === 'failed';
    const problem = failed ? await starts.describeFailure(name, outcome) : undefined;
    if (!isCurrent()) return;
    notebook.note(name, { ...held, jobResult: outcome, ...(problem === undefined ? {} : { problem }) });
    ends.check(name);
  }
}
