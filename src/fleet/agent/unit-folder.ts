// The agent's files: one a unit in the units directory, and beside it what the agent did with the unit, so
// that a daemon that comes back knows what it must not do again.

import { join } from 'node:path';
import { errnoOf } from '../../host/index.ts';
import type { Files } from '../files.ts';
import { isQuadlet } from '../quadlet.ts';
import { asFields } from '../registry/records.ts';
import { contentHash, renderWithDropIns } from '../unit-content.ts';
import { checkUnitName } from '../unit-rules.ts';
import { DropInFiles } from './drop-in-files.ts';
import type { Held } from './plan.ts';
import { QuadletFiles } from './quadlet-files.ts';

/** A unit file that is there, and what is noted of it. */
export interface FoundUnit {
  readonly hash: string;
  readonly note: Held | undefined;
  /** The file, and its drop-ins after it. */
  readonly content: string;
}

export class UnitFolder {
  readonly #files: Files;
  readonly #units: string;
  readonly #notes: string;

  readonly dropIns: DropInFiles;
  readonly quadlets: QuadletFiles;

  /**
   * `units` holds unit files alone, `notes` the agent's own memory, `dropIns` folders of drop-ins as systemd
   * looks for them, `quadlets` the files that podman makes services of; all go with the boot.
   */
  constructor(files: Files, units: string, notes: string, dropIns: string, quadlets: string) {
    this.#files = files;
    this.dropIns = new DropInFiles(files, dropIns);
    this.quadlets = new QuadletFiles(files, quadlets);
    this.#units = units;
    this.#notes = notes;
  }

  path(name: string): string {
    return join(this.#units, name);
  }

  /** Units with a file here, each with the hash of what was written and the note about it. */
  async list(): Promise<ReadonlyMap<string, FoundUnit>> {
    const found = new Map<string, FoundUnit>();
    for (const name of await this.#names()) {
      const content = await this.#files.readIfExists(this.path(name));
      if (content === undefined) continue;
      const note = readNote(await this.#files.readIfExists(this.#note(name)));
      const dropIns = await (isQuadlet(name) ? this.quadlets.dropIns(name) : this.dropIns.list(name));
      const texts = [content, ...dropIns.map(({ text }) => text)];
      found.set(name, {
        hash: contentHash(renderWithDropIns(content, dropIns)),
        note,
        content: texts.join('\n'),
      });
    }
    return found;
  }

  /** `name` has passed `checkUnitName`: it is a file name and nothing else. */
  write(name: string, content: string): void {
    try {
      this.#files.replaceVolatile(this.path(name), content);
    } catch (cause) {
      if (errnoOf(cause) === undefined || !(cause instanceof Error)) throw cause;
      // Node's words name a temporary file, another one at each try.
      const [reason] = cause.message.split(', ');
      throw new Error(`its file cannot be written in ${this.#units} (${reason})`, { cause });
    }
  }

  remember(name: string, held: Held): void {
    this.#files.replaceVolatile(this.#note(name), JSON.stringify(held));
  }

  remove(name: string): void {
    this.#files.remove(this.path(name));
    this.forget(name);
  }

  /** Removes the note about a unit alone. */
  forget(name: string): void {
    this.#files.remove(this.#note(name));
  }

  async #names(): Promise<string[]> {
    const names = await this.#files.list(this.#units);
    return names.filter((name) => checkUnitName(name) === undefined);
  }

  #note(name: string): string {
    return join(this.#notes, `${name}.json`);
  }
}

function readNote(text: string | undefined): Held | undefined {
  if (text === undefined) return undefined;
  try {
    const { hash, reached, revision, restart, jobResult, problem, finished } =
      asFields(JSON.parse(text)) ?? {};
    if (typeof hash !== 'string' || typeof revision !== 'number') return undefined;
    return {
      hash,
      revision,
      reached: reached === 'launched' ? 'launched' : 'loaded',
      ...(typeof restart === 'string' ? { restart } : {}),
      ...(typeof jobResult === 'string' ? { jobResult } : {}),
      ...(typeof problem === 'string' ? { problem } : {}),
      ...(finished === true ? { finished } : {}),
    };
  } catch {
    return undefined;
  }
}
