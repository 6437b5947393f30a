// The files of a simulated machine. Those below /run are gone after its next boot.

import type { Files } from '../fleet/index.ts';

export class MemoryFiles implements Files {
  readonly #files = new Map<string, string>();

  async readIfExists(path: string): Promise<string | undefined> {
    return this.#files.get(path);
  }

  async list(directory: string): Promise<readonly string[]> {
    const prefix = `${directory}/`;
    const names = [...this.#files.keys()].filter((path) => path.startsWith(prefix));
    return names.map((path) => path.slice(prefix.length)).filter((name) => !name.includes('/'));
  }

  async writeDurably(path: string, content: string): Promise<void> {
    this.#files.set(path, content);
  }

  replaceVolatile(path: string, content: string): void {
    this.#files.set(path, content);
  }

  remove(path: string): void {
    this.#files.delete(path);
  }

  /** There are no directories but those of files. */
  removeEmpty(): void {}

  /** What a boot leaves behind. */
  loseVolatile(): void {
    for (const path of this.#files.keys()) if (path.startsWith('/run/')) this.#files.delete(path);
  }
}
