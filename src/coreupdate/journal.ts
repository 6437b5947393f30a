// What machines were granted and what they reported, one line of JSON each, in a file that does not grow for ever:
// when it is full it becomes `<file>.1`, and the one before that goes.

import { open, readFile, rename, stat, truncate } from 'node:fs/promises';
import { errnoOf } from '../host/index.ts';
import type { Entry } from './answer.ts';

export interface JournalOptions {
  /** Default 16 MiB; twice as much is kept. */
  readonly maxBytes?: number;
  /** Hears when lines could not be written; they are lost then, and the server goes on. */
  readonly onError: (error: unknown) => void;
}

const defaultMaxBytes = 16 * 1024 * 1024;

export class Journal implements AsyncDisposable {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #onError: (error: unknown) => void;
  #waiting: string[] = [];
  #writing: Promise<void> | undefined;

  constructor(path: string, { maxBytes = defaultMaxBytes, onError }: JournalOptions) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#onError = onError;
  }

  /**
   * What was written before, oldest first. A last line that power or a signal cut off is taken away, so that the
   * next one stands for itself.
   */
  async recall(): Promise<readonly Entry[]> {
    const older = await textOf(`${this.#path}.1`);
    const newer = await textOf(this.#path);
    if (newer !== '' && !newer.endsWith('\n')) {
      await truncate(this.#path, Buffer.byteLength(newer.slice(0, newer.lastIndexOf('\n') + 1)));
    }
    return [older, newer].flatMap(linesOf);
  }

  /** Takes lines; they are on disk a moment later. */
  add(entries: readonly Entry[]): void {
    if (entries.length === 0) return;
    for (const entry of entries) this.#waiting.push(`${JSON.stringify(entry)}\n`);
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
  }

  /** Ends when all lines are on disk. */
  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#waiting.join('');
      this.#waiting = [];
      try {
        const size = (await stat(this.#path).catch(() => undefined))?.size ?? 0;
        if (size > 0 && size + lines.length > this.#maxBytes) await rename(this.#path, `${this.#path}.1`);
        // One call a batch: what is cut off is at most the end of the last.
        await using file = await open(this.#path, 'a', 0o640);
        await file.writeFile(lines);
        await file.datasync();
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return '';
    throw error;
  }
}

function linesOf(text: string): readonly Entry[] {
  return text.split('\n').flatMap((line) => {
    const entry = parsed(line);
    return entry === undefined ? [] : [entry];
  });
}

/** A line of ours; what somebody else wrote into the file is passed over. */
function parsed(line: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const isEntry =
      typeof value === 'object' &&
      value !== null &&
      ['at', 'kind', 'machine', 'app', 'version', 'track', 'text'].every(
        (name) => typeof Reflect.get(value, name) === 'string',
      );
    // Each field is checked above or read as absent.
    return isEntry ? (value as Entry) : undefined;
  } catch {
    return undefined;
  }
}
