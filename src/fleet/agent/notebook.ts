// Keeps what was done with units: in mind, for a daemon that comes after us, and for the cluster where it ends
// something.

import type { Log } from '../log.ts';
import type { OutcomeRecord } from '../registry/outcome.ts';
import type { Known } from './known.ts';
import type { OutcomeWriter } from './outcome-writer.ts';
import type { Held } from './plan.ts';
import { wordsOf } from './systemd-calls.ts';
import type { UnitFolder } from './unit-folder.ts';

export interface NotebookOptions {
  readonly machineID: string;
  readonly known: Known;
  readonly folder: UnitFolder;
  readonly outcomes: OutcomeWriter;
  /** Something else is held of the unit now. */
  readonly onNote: (name: string) => void;
  readonly log: Log;
}

export class Notebook {
  readonly #options: NotebookOptions;

  constructor(options: NotebookOptions) {
    this.#options = options;
  }

  note(name: string, held: Held): void {
    const { known, folder, onNote, log } = this.#options;
    known.held.set(name, held);
    onNote(name);
    if (held.problem !== undefined) log.warn({ unit: name }, held.problem);
    try {
      folder.remember(name, held);
    } catch (error) {
      log.error({ err: error, unit: name }, `What was done with ${name} is not noted: ${wordsOf(error)}`);
    }
  }

  /** The unit was to run once, and has. */
  finish(name: string, held: Held): void {
    this.note(name, held);
    this.tellOutcome(name, held, { finishedAt: new Date().toISOString() });
  }

  tellOutcome(
    name: string,
    { hash, revision }: Held,
    how: Pick<OutcomeRecord, 'finishedAt' | 'failures'>,
  ): void {
    const { machineID, outcomes } = this.#options;
    if (revision > 0) outcomes.tell(name, { machineID, hash, revision, ...how });
  }
}
