// What became of each unit of a command: a line as soon as it is known, or, with --json, one value at the end.

import type { TargetState, UnitResult } from '../model.ts';
import { apiError } from './answers.ts';
import { printJson } from './columns.ts';
import type { Context } from './context.ts';

/** An entry of what a command prints with --json. */
export interface UnitOutcome {
  readonly name: string;
  /**
   * The state that was waited for and reached; `triggered`: asked for and not waited for; `unchanged`: there was
   * nothing to do; `unknown`: there is no such unit.
   */
  readonly outcome:
    | TargetState
    | 'destroyed'
    | 'triggered'
    | 'unchanged'
    | 'unknown'
    | 'failed'
    | 'refused'
    | 'timed-out';
  readonly machineID?: string;
  /** Why, where it failed, was refused or was left alone. */
  readonly message?: string;
  /** It was not in the cluster before. */
  readonly created?: true;
}

export class UnitResults {
  readonly #context: Context;
  readonly #json: boolean;
  readonly #outcomes = new Map<string, UnitOutcome>();
  readonly #created = new Set<string>();
  #planned: unknown;

  constructor(context: Context) {
    this.#context = context;
    this.#json = context.flags.bool('json');
  }

  created(name: string, global: boolean): void {
    this.#created.add(name);
    // fleet prints a global unit's state as the empty text it is.
    this.#line(`Unit ${name} ${global ? '' : 'inactive'}`);
    this.note({ name, outcome: 'inactive' });
  }

  reached(name: string, state: TargetState, place: string, machineID: string | undefined): void {
    this.#line(`Unit ${name} ${state}${place === '' ? '' : ` on ${place}`}`);
    this.note({ name, outcome: state, ...(machineID === undefined ? {} : { machineID }) });
  }

  destroyed(name: string): void {
    this.#line(`Destroyed ${name}`);
    this.note({ name, outcome: 'destroyed' });
  }

  triggered(name: string, global: boolean, verb: string): void {
    this.#line(`Triggered ${global ? 'global ' : ''}unit ${name} ${verb}`);
    this.note({ name, outcome: 'triggered' });
  }

  /** Tells what the server refused, "starting" or the like, and returns the names. */
  refusals(results: readonly UnitResult[], doing: string): string[] {
    return results.flatMap((result) => {
      if (result.outcome !== 'refused') return [];
      const { name, code, message } = result;
      this.#context.output.err(`Error ${doing} units: ${name}: ${apiError(code, message)}`);
      this.note({ name, outcome: 'refused', message });
      return [name];
    });
  }

  /** Of one unit on one machine the last word counts. */
  note(outcome: UnitOutcome): void {
    const { name, machineID = '' } = outcome;
    if (machineID !== '') this.#outcomes.delete(name);
    this.#outcomes.set(machineID === '' ? name : `${name}@${machineID}`, outcome);
  }

  /** A line of standard output that says nothing of its own in JSON. */
  remark(text: string): void {
    this.#line(text);
  }

  /** What JSON has in the place of the outcomes: the command only told what it would do. */
  planned(value: unknown): void {
    this.#planned = value;
  }

  /** Ends the command: prints the JSON, if that was asked for. */
  end(): void {
    if (!this.#json) return;
    if (this.#planned !== undefined) {
      printJson(this.#context, this.#planned);
      return;
    }
    const all = [...this.#outcomes.values()];
    printJson(
      this.#context,
      all.map((outcome) => ({ ...outcome, ...(this.#created.has(outcome.name) ? { created: true } : {}) })),
    );
  }

  #line(text: string): void {
    if (!this.#json) this.#context.output.out(`${text}\n`);
  }
}
