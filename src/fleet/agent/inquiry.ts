// What the store is asked of a unit before it is loaded here: what it is made of, whether another machine still
// has it, and whether it has run. Before the store has spoken, the local copy answers.

import type { Store } from '../../store/index.ts';
import type { Assignment } from '../model.ts';
import type { Keys } from '../registry/keys.ts';
import { readOutcome } from '../registry/outcome.ts';
import { readAway } from '../registry/records.ts';
import { type Content, type Contents, contentOf } from './contents.ts';
import type { ScheduleCopy } from './schedule-copy.ts';
import { wordsOf } from './systemd-calls.ts';
import { Again, Postponed } from './turns.ts';

export interface InquiryOptions {
  readonly store: Pick<Store, 'get'>;
  readonly keys: Keys;
  readonly contents: Contents;
  /** The local copy, while it stands for the store. */
  readonly copied: () => Pick<ScheduleCopy, 'contents' | 'finished'> | undefined;
}

/** Each answer is `Again` while the store has none. */
export class Inquiry {
  readonly #options: InquiryOptions;

  constructor(options: InquiryOptions) {
    this.#options = options;
  }

  /** What the unit is made of; undefined when the store does not have it. */
  async content({ hash }: Assignment): Promise<Content | undefined> {
    const { contents, copied } = this.#options;
    const value = copied()?.contents.get(hash);
    return value === undefined ? asked(contents.get(hash)) : contentOf(value);
  }

  /** A unit that moves runs nowhere while it moves: who had it before has stopped it first. */
  async untilLeft({ unit: name, after = [] }: Assignment): Promise<void> {
    const { store, keys, copied } = this.#options;
    // What is in the copy had come here.
    if (copied() !== undefined) return;
    for (const machine of after) {
      // The state is taken away when nothing of the unit is left there, and goes with its machine's lease. The
      // mark of a stopped daemon says what it left: it may come long after the unit was stopped there.
      const keysOf = [keys.state(machine, name), keys.away(machine)];
      const [state, mark] = await asked(Promise.all(keysOf.map((key) => store.get(key))));
      const isLeft = mark !== undefined && readAway(mark.value).units?.includes(name) === true;
      if (isLeft) {
        throw new Postponed(
          `It may be running on ${machine.slice(0, 8)}, which had it before and whose fleetd is stopped: start that.`,
        );
      }
      if (state === undefined) continue;
      throw new Postponed(`It is still being stopped on ${machine.slice(0, 8)}, which had it before.`);
    }
  }

  /** Whether a unit that runs once did so under this entry, before this machine was booted. */
  async hasRun({ unit: name, hash, revision = 0 }: Assignment): Promise<boolean> {
    const { store, keys, copied } = this.#options;
    const copy = copied();
    if (copy !== undefined) return copy.finished.includes(name);
    const found = await asked(store.get(keys.outcome(name)));
    const outcome = found && readOutcome(found.value);
    return outcome?.finishedAt !== undefined && outcome.hash === hash && outcome.revision === revision;
  }
}

async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw new Again(wordsOf(cause), { cause });
  }
}
