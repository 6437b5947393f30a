// The drop-ins of our units where systemd reads them: beside those of others, which are never touched. Each of
// ours says in its first line whose it is.

import { join } from 'node:path';
import { errnoOf } from '../../host/index.ts';
import { sortDropIns } from '../drop-ins.ts';
import type { Files } from '../files.ts';
import type { DropInFile } from './contents.ts';

export class DropInFiles {
  readonly #files: Files;
  readonly #root: string;

  /** `root` is the folder of unit files of this boot, `/run/systemd/system` by default. */
  constructor(files: Files, root: string) {
    this.#files = files;
    this.#root = root;
  }

  /** What is there of ours for that unit, in the order of the names. */
  async list(unit: string): Promise<readonly DropInFile[]> {
    const found: DropInFile[] = [];
    for (const name of await this.#files.list(this.#folder(unit))) {
      const content = await this.#files.readIfExists(join(this.#folder(unit), name));
      const mark = markOf(unit);
      if (content?.startsWith(mark) === true) found.push({ name, text: content.slice(mark.length) });
    }
    return sortDropIns(found);
  }

  /**
   * Makes these the only drop-ins of ours. A file of somebody else of one of the names stays as it is: its
   * path is returned, and nothing is written.
   */
  async replace(unit: string, dropIns: readonly DropInFile[]): Promise<string | undefined> {
    const ours = new Set((await this.list(unit)).map(({ name }) => name));
    const folder = this.#folder(unit);
    for (const { name } of dropIns) {
      const path = join(folder, name);
      if (!ours.has(name) && (await this.#files.readIfExists(path)) !== undefined) return path;
    }
    for (const name of ours) {
      if (!dropIns.some((dropIn) => dropIn.name === name)) this.#files.remove(join(folder, name));
    }
    for (const { name, text } of dropIns) this.#write(join(folder, name), markOf(unit) + text);
    return undefined;
  }

  /** Removes ours, and the folder when nothing else is in it; says whether there was anything. */
  async remove(unit: string): Promise<boolean> {
    const ours = await this.list(unit);
    for (const { name } of ours) this.#files.remove(join(this.#folder(unit), name));
    if (ours.length > 0) this.#files.removeEmpty(this.#folder(unit));
    return ours.length > 0;
  }

  #write(path: string, text: string): void {
    try {
      this.#files.replaceVolatile(path, text);
    } catch (cause) {
      if (errnoOf(cause) === undefined || !(cause instanceof Error)) throw cause;
      const [reason] = cause.message.split(', ');
      throw new Error(`its drop-in ${path} cannot be written (${reason})`, { cause });
    }
  }

  #folder(unit: string): string {
    return join(this.#root, `${unit}.d`);
  }
}

function markOf(unit: string): string {
  return `# Part of ${unit} in the cluster, written by fleetd.\n`;
}
