// Takes over what a daemon before us left on this machine: it is ours, and what it runs goes on.

import type { UnitChange, UnitOption } from '../../systemd/index.ts';
import { isQuadlet } from '../quadlet.ts';
import { parseUnitContent } from '../unit-content.ts';
import type { Ends } from './ends.ts';
import type { Known } from './known.ts';
import type { Notebook } from './notebook.ts';
import type { Held } from './plan.ts';
import type { Predecessors } from './predecessors.ts';
import type { SystemdCalls } from './systemd-calls.ts';
import type { TimerStamps } from './timer-stamps.ts';
import type { FoundUnit, UnitFolder } from './unit-folder.ts';

export interface AdoptionOptions {
  readonly folder: UnitFolder;
  readonly systemd: SystemdCalls;
  readonly known: Known;
  readonly ends: Ends;
  readonly predecessors: Predecessors;
  readonly stamps: TimerStamps;
  readonly notebook: Notebook;
}

export class Adoption {
  readonly #options: AdoptionOptions;
  /** Units that were being started when this daemon took them over. */
  readonly #unheard = new Set<string>();

  constructor(options: AdoptionOptions) {
    this.#options = options;
  }

  /** Takes over all that is here; says whether there was any file. */
  async run(): Promise<boolean> {
    const files = await this.#options.folder.list();
    await Promise.all([...files].map(([name, found]) => this.#adopt(name, found)));
    return files.size > 0;
  }

  /** The end of a start that nobody follows, from the state that it led to. */
  hear({ name, activeState }: Pick<UnitChange, 'name' | 'activeState'>): void {
    if (!['active', 'failed', 'inactive'].includes(activeState) || !this.#unheard.delete(name)) return;
    const held = this.#options.known.held.get(name);
    if (held?.reached !== 'launched' || held.jobResult !== undefined) return;
    const failed = activeState === 'failed';
    const end = failed
      ? { jobResult: 'failed', problem: 'It failed while fleetd was down.' }
      : { jobResult: 'done' };
    this.#options.notebook.note(name, { ...held, ...end });
  }

  async #adopt(name: string, { hash, note, content }: FoundUnit): Promise<void> {
    const { systemd, known, ends, predecessors, stamps } = this.#options;
    const row = await systemd.row(name);
    // Without its link the file is one that a daemon wrote in its last moment.
    if (row.loadState === 'not-found') return;
    const up = ['active', 'activating', 'reloading'].includes(row.activeState);
    const noted = note?.hash === hash ? note : undefined;
    const held: Held = noted ?? { hash, reached: up ? 'launched' : 'loaded', revision: 0 };
    known.held.set(name, up ? { ...held, reached: 'launched' } : held);
    known.seen.set(name, row);
    // Its start was asked for by a daemon before us, which did not live to hear how it ended.
    if (held.reached === 'launched' && held.jobResult === undefined) this.#unheard.add(name);
    this.hear(row);
    const options = optionsOf(name, content);
    ends.learn(name, options);
    predecessors.learn(name, options);
    stamps.adopt(name, options);
    if (!up) ends.check(name, true);
  }
}

/** Types that another unit belongs to, whatever is in their files. */
const bound = /\.(timer|path|socket|automount)$/;

/** How a unit ends, and what comes before it; files are in normal form. */
const lookedFor =
  /oneshot|MoveAfterFailures|WhenCutOff|Persistent|^(After|Wants|Requires|Requisite|BindsTo|BindTo|Slice)=/m;

/** The options of a file in normal form, where any of them matters; none for one of a form that nobody reads. */
function optionsOf(name: string, content: string): readonly UnitOption[] {
  // Many units have nothing that is looked for: reading hundreds of files takes its time.
  if (!bound.test(name) && !isQuadlet(name) && !lookedFor.test(content)) return [];
  try {
    return parseUnitContent(content, '');
  } catch {
    return [];
  }
}
