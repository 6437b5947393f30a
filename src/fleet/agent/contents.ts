// Unit contents from the store. They never change; so instances of one template, that come together, are
// asked for once.

import type { Clock } from '../../host/index.ts';
import type { Store } from '../../store/index.ts';
import type { UnitOption } from '../../systemd/index.ts';
import type { Keys } from '../registry/keys.ts';
import { readContent } from '../registry/records.ts';
import { renderUnitContent } from '../unit-content.ts';

/** A drop-in as a file. */
export interface DropInFile {
  readonly name: string;
  readonly text: string;
}

export interface Content {
  /** The unit file. */
  readonly text: string;
  readonly dropIns: readonly DropInFile[];
  readonly install: boolean;
  /** Of the file and of its drop-ins after it. */
  readonly options: readonly UnitOption[];
  /** As the store has it. */
  readonly value: string;
}

/** How long an answer serves those who come after: long enough for one command's units, no cache. */
const keptMs = 1_000;

export class Contents {
  readonly #store: Pick<Store, 'get'>;
  readonly #keys: Keys;
  readonly #clock: Clock;
  readonly #asked = new Map<string, Promise<Content | undefined>>();

  constructor(store: Pick<Store, 'get'>, keys: Keys, clock: Clock) {
    this.#store = store;
    this.#keys = keys;
    this.#clock = clock;
  }

  /** The content of that hash; undefined when the store has none. Throws the store's errors. */
  get(hash: string): Promise<Content | undefined> {
    const asked = this.#asked.get(hash);
    if (asked !== undefined) return asked;
    const answer = this.#read(hash);
    const forget = () => {
      if (this.#asked.get(hash) === answer) this.#asked.delete(hash);
    };
    this.#asked.set(hash, answer);
    answer.then((content) => {
      if (content === undefined) forget();
      else this.#clock.after(keptMs, forget);
    }, forget);
    return answer;
  }

  async #read(hash: string): Promise<Content | undefined> {
    const found = await this.#store.get(this.#keys.content(hash));
    return found && contentOf(found.value);
  }
}

/** The content of a value of the store; undefined for one that cannot be read. */
export function contentOf(value: string): Content | undefined {
  const content = readContent(value);
  if (content === undefined) return undefined;
  const { options, dropIns } = content;
  return {
    text: renderUnitContent(options),
    dropIns: dropIns.map((dropIn) => ({ name: dropIn.name, text: renderUnitContent(dropIn.options) })),
    install: [options, ...dropIns.map((dropIn) => dropIn.options)].some((list) =>
      list.some(({ section }) => section === 'Install'),
    ),
    options: [options, ...dropIns.map((dropIn) => dropIn.options)].flat(),
    value,
  };
}
