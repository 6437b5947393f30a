// Each unit's turns: one thing at a time is done to a unit and tried until it works; different units go
// their ways in parallel. What keeps a unit from going on is kept as a sentence.

import { type Clock, retryPause } from '../../host/index.ts';
import type { Step } from './plan.ts';
import { isTransient, wordsOf } from './systemd-calls.ts';

/** A problem that passes by itself: tried again without a word. */
export class Again extends Error {}

/** Something else comes first; the message is told as it is, and is no error. */
export class Postponed extends Error {}

type Doing = Exclude<Step, 'none'>;

export interface TurnOptions {
  /** The next step for a unit as things are now. */
  readonly next: (name: string) => Step;
  readonly perform: (name: string, step: Doing) => Promise<void>;
  /** Why a unit does not go on, as a new sentence; undefined: it does. */
  readonly onTrouble: (name: string, sentence: string | undefined, isError: boolean) => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const participles: Readonly<Record<Doing, string>> = {
  load: 'loaded',
  unload: 'unloaded',
  replace: 'replaced',
  start: 'started',
  restart: 'restarted',
  stop: 'stopped',
  acknowledge: 'noted',
};

const pauses = { firstMs: 250, maxMs: 10_000 };

export class Turns {
  readonly #options: TurnOptions;
  readonly #turns = new Map<string, Promise<void>>();
  readonly #pauses = new Map<string, AbortController>();
  readonly #troubles = new Map<string, string>();

  constructor(options: TurnOptions) {
    this.#options = options;
  }

  /** Something may be wanted of the unit that was not before. */
  attend(name: string): void {
    this.#pauses.get(name)?.abort();
    if (this.#turns.has(name) || this.#options.signal.aborted) return;
    const turn = Promise.resolve().then(() => this.#untilDone(name));
    this.#turns.set(name, turn);
  }

  /** Why the unit does not go on, although that is tried. */
  trouble(name: string): string | undefined {
    return this.#troubles.get(name);
  }

  troubled(): Iterable<string> {
    return this.#troubles.keys();
  }

  /** Waits until nothing is under way. */
  async settled(): Promise<void> {
    while (this.#turns.size > 0) await Promise.allSettled(this.#turns.values());
  }

  async #untilDone(name: string): Promise<void> {
    const { next, perform, signal } = this.#options;
    for (let failures = 0; !signal.aborted; ) {
      const step = next(name);
      if (step === 'none') break;
      try {
        await perform(name, step);
        failures = 0;
        this.#note(name, undefined);
      } catch (error) {
        if (signal.aborted) break;
        if (error instanceof Postponed) this.#note(name, error.message, false);
        else if (!isTransient(error) && !(error instanceof Again)) {
          const what = `${name} cannot be ${participles[step]} on its machine`;
          this.#note(name, `${what}: ${wordsOf(error)}. It is tried again.`);
        }
        await this.#pause(name, failures++);
      }
    }
    // What is wanted was read just above; whoever wants something else from here on begins a turn of its own.
    this.#turns.delete(name);
    this.#note(name, undefined);
  }

  #note(name: string, sentence: string | undefined, isError = true): void {
    if (this.#troubles.get(name) === sentence) return;
    if (sentence === undefined) this.#troubles.delete(name);
    else this.#troubles.set(name, sentence);
    this.#options.onTrouble(name, sentence, isError);
  }

  async #pause(name: string, failures: number): Promise<void> {
    const pause = new AbortController();
    this.#pauses.set(name, pause);
    const signal = AbortSignal.any([pause.signal, this.#options.signal]);
    await retryPause(this.#options.clock, failures, pauses, signal);
    this.#pauses.delete(name);
  }
}
