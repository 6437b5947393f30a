// The quadlets of this machine where podman's generator reads them, and what it says of them.

import { join } from 'node:path';
import { run } from '../../host/index.ts';
import type { Files } from '../files.ts';
import type { DropInFile } from './contents.ts';
import { DropInFiles } from './drop-in-files.ts';

const generator = '/usr/libexec/podman/quadlet';
const generatorMs = 20_000;

export class QuadletFiles {
  readonly #files: Files;
  readonly #root: string;
  readonly #dropIns: DropInFiles;

  /** `root` is `/run/containers/systemd` by default. */
  constructor(files: Files, root: string) {
    this.#files = files;
    this.#root = root;
    this.#dropIns = new DropInFiles(files, root);
  }

  /** Writes a quadlet with its drop-ins; returns the path of somebody else's file that is in the way. */
  async write(name: string, text: string, dropIns: readonly DropInFile[]): Promise<string | undefined> {
    const path = join(this.#root, name);
    const there = await this.#files.readIfExists(path);
    if (there?.startsWith(markOf(name)) === false) return path;
    const foreign = await this.#dropIns.replace(name, dropIns);
    if (foreign === undefined) this.#files.replaceVolatile(path, markOf(name) + text);
    return foreign;
  }

  dropIns(name: string): Promise<readonly DropInFile[]> {
    return this.#dropIns.list(name);
  }

  async remove(name: string): Promise<void> {
    const path = join(this.#root, name);
    if ((await this.#files.readIfExists(path))?.startsWith(markOf(name)) === true) this.#files.remove(path);
    await this.#dropIns.remove(name);
  }

  /** Why the generator made no service of a quadlet, in its own words where it says any. */
  async refusal(name: string): Promise<string> {
    try {
      const { stderr } = await run(generator, ['-dryrun'], {
        accept: 'any',
        deadlineMs: generatorMs,
        env: { QUADLET_UNIT_DIRS: this.#root, PATH: '/usr/bin:/bin' },
      });
      const line = stderr
        .split('\n')
        .find((text) => text.includes(`"${name}"`) || text.includes(`/${name}:`));
      if (line !== undefined) return line.replace(/^[\w-]+\[\d+\]: /, '').replaceAll(`${this.#root}/`, '');
    } catch {
      // Where the generator cannot be asked, its absence from systemd says enough.
    }
    return 'it made no service of it; /usr/libexec/podman/quadlet -dryrun says more';
  }
}

function markOf(name: string): string {
  return `# ${name} of the cluster, written by fleetd.\n`;
}
