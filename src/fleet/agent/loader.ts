// What is done to files and systemd to bring a unit here, and to take it away.

import { errnoOf } from '../../host/index.ts';
import type { Log } from '../log.ts';
import { isQuadlet } from '../quadlet.ts';
import type { Content } from './contents.ts';
import { mayPass, type SystemdCalls, wordsOf } from './systemd-calls.ts';
import type { TimerStamps } from './timer-stamps.ts';
import { Again } from './turns.ts';
import type { UnitFolder } from './unit-folder.ts';

export interface LoaderOptions {
  readonly systemd: SystemdCalls;
  readonly folder: UnitFolder;
  readonly stamps: TimerStamps;
  readonly log: Log;
}

export class Loader {
  readonly #options: LoaderOptions;

  constructor(options: LoaderOptions) {
    this.#options = options;
  }

  /**
   * Has systemd hold the unit with that content; returns why it does not, as a sentence. `isNew`: systemd had
   * never loaded a unit of that name.
   */
  async load(name: string, content: Content, isNew: boolean): Promise<string | undefined> {
    const { systemd, folder } = this.#options;
    await this.#prepareTimer(name, content);
    folder.write(name, content.text);
    if (isQuadlet(name)) return this.#loadQuadlet(name, content);
    const foreign = await folder.dropIns.replace(name, content.dropIns);
    if (foreign !== undefined) {
      const what = `${foreign} is somebody else's, and the unit has a drop-in of that name`;
      return `${what}: remove the file, or give the drop-in another name.`;
    }
    try {
      const path = folder.path(name);
      await systemd.link(path);
      if (content.install) await systemd.enable(path);
    } catch (error) {
      if (mayPass(error)) throw error;
      return `systemd does not take the unit file of ${name}: ${wordsOf(error)}`;
    }
    // A unit that systemd has never loaded is read from its file when it is first needed.
    if (!isNew || content.install || content.dropIns.length > 0) await systemd.reload();
    return undefined;
  }

  /** Leaves nothing of the unit: not running, no link, no file, no failed state. */
  async unload(name: string): Promise<void> {
    const { systemd, folder, stamps } = this.#options;
    await systemd.stop(name);
    await stamps.settle(name);
    if (!isQuadlet(name)) await systemd.disable(name);
    await systemd.resetFailed(name);
    folder.remove(name);
    if (isQuadlet(name)) await folder.quadlets.remove(name);
    else await folder.dropIns.remove(name);
    // Something else may still name it, and so keep what systemd read from the file in its memory.
    const row = await systemd.row(name);
    if (row.loadState !== 'not-found') await systemd.reload();
  }

  /** A timer that was elsewhere before goes on from there. */
  async #prepareTimer(name: string, content: Content): Promise<void> {
    if (!name.endsWith('.timer')) return;
    const { stamps, log } = this.#options;
    try {
      await stamps.prepare(name, content.options);
    } catch (error) {
      if (errnoOf(error) === undefined) throw new Again(wordsOf(error), { cause: error });
      const words = `When ${name} elapsed last cannot be told to systemd: ${wordsOf(error)}`;
      log.warn({ unit: name }, words);
    }
  }

  /** Has podman make a service of a quadlet; returns why it does not, as a sentence. */
  async #loadQuadlet(name: string, content: Content): Promise<string | undefined> {
    const { systemd, folder } = this.#options;
    const foreign = await folder.quadlets.write(name, content.text, content.dropIns);
    if (foreign !== undefined)
      return `${foreign} is somebody else's: remove the file, or give the unit another name.`;
    await systemd.reload();
    const { loadState } = await systemd.row(name);
    if (loadState !== 'not-found') return undefined;
    return `podman's generator does not take ${name}: ${await folder.quadlets.refusal(name)}.`;
  }
}
