// Keeps the copy of this machine's schedule on its disk: written when it changed, many changes at once, and
// never at rest.

import { type Clock, pause, retryPause } from '../../host/index.ts';
import type { Files } from '../files.ts';
import type { Log } from '../log.ts';
import type { Assignment } from '../model.ts';
import { readCopy, renderCopy, type ScheduleCopy, sameCopy } from './schedule-copy.ts';
import { wordsOf } from './systemd-calls.ts';

export interface LocalCopyOptions {
  /** `/var/lib/fleet/schedule`. */
  readonly path: string;
  readonly machineID: string;
  /** What this machine has carried out of its schedule; undefined while it does not know its schedule. */
  readonly assignments: () => readonly Assignment[] | undefined;
  /** Which of them were to run once, and have. */
  readonly finished: () => readonly string[];
  /** The value of a content in the store. */
  readonly content: (hash: string) => Promise<string | undefined>;
  /** What the calendar says. */
  readonly date: () => Date;
  readonly files: Files;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** What changes within this time goes into one write. */
const collectMs = 500;

export class LocalCopy {
  readonly #options: LocalCopyOptions;
  #changed = false;
  #saving: Promise<void> | undefined;
  #said = '';

  constructor(options: LocalCopyOptions) {
    this.#options = options;
  }

  /** The copy of an earlier time; undefined when there is none, or one that cannot be trusted. */
  async read(): Promise<ScheduleCopy | undefined> {
    const { path, machineID, files, log } = this.#options;
    try {
      const text = await files.readIfExists(path);
      if (text === undefined) return undefined;
      const copy = readCopy(text);
      const damage =
        'damage' in copy ? copy.damage : copy.machineID === machineID ? '' : `it is of ${copy.machineID}`;
      if (!('damage' in copy) && damage === '') return copy;
      log.error({}, `The local copy of the schedule in ${path} is not used: ${damage}.`);
    } catch (error) {
      log.error({}, `The local copy of the schedule in ${path} cannot be read: ${wordsOf(error)}`);
    }
    return undefined;
  }

  /** Something that the copy is made of may have changed. */
  mark(): void {
    this.#changed = true;
    if (this.#options.signal.aborted) return;
    this.#saving ??= this.#saveSoon().finally(() => {
      this.#saving = undefined;
    });
  }

  /** Has the copy say that the store confirmed it just now. */
  async confirm(): Promise<void> {
    if (!this.#changed) await this.#save(true);
  }

  /** Writes what is still to be written; to be called once, when the signal has aborted. */
  async finish(): Promise<void> {
    await this.#saving;
    if (this.#changed) await this.#save(false).catch((error: unknown) => this.#complain(error));
  }

  async #saveSoon(): Promise<void> {
    const { clock, signal } = this.#options;
    await pause(clock, collectMs, signal);
    for (let failures = 0; this.#changed && !signal.aborted; ) {
      this.#changed = false;
      try {
        await this.#save(false);
        failures = 0;
        this.#said = '';
      } catch (error) {
        this.#changed = true;
        this.#complain(error);
        await retryPause(clock, failures++, { firstMs: 1_000, maxMs: 60_000 }, signal);
        continue;
      }
      await pause(clock, collectMs, signal);
    }
  }

  async #save(anyway: boolean): Promise<void> {
    const { path, machineID, assignments, content, date, files } = this.#options;
    const current = assignments();
    if (current === undefined) return;
    const text = await files.readIfExists(path);
    const read = text === undefined ? undefined : readCopy(text);
    const before = read === undefined || 'damage' in read || read.machineID !== machineID ? undefined : read;
    const hashes = [...new Set(current.map(({ hash }) => hash))].sort();
    const values = await Promise.all(
      hashes.map(async (hash) => [hash, before?.contents.get(hash) ?? (await content(hash))] as const),
    );
    const contents = new Map(values.filter((entry): entry is [string, string] => entry[1] !== undefined));
    const finished = this.#options.finished().toSorted();
    const sorted = current.toSorted((a, b) => (a.unit < b.unit ? -1 : 1));
    const copy = { machineID, confirmedAt: date().toISOString(), assignments: sorted, finished, contents };
    if (!anyway && before !== undefined && sameCopy(before, copy)) return;
    await files.writeDurably(path, renderCopy(copy));
  }

  #complain(error: unknown): void {
    const words = `The local copy of the schedule cannot be kept in ${this.#options.path}: ${wordsOf(error)}`;
    if (words !== this.#said) this.#options.log.warn({}, words);
    this.#said = words;
  }
}
