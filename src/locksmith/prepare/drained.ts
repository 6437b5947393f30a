// That fleet was asked to move this machine's units away for a reboot, written down before it is asked: whatever ends
// us or the machine in between, the units are let in again.

import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readFileIfExists, removeFileIfExists, systemClock, writeFileAtomic } from '../../host/index.ts';
import { drain, undrain, untilBack } from './drain.ts';

export const drainedPath = '/var/lib/locksmith/drained.json';

export interface DrainedOptions {
  readonly machineId: string;
  /** Of the boot that runs. */
  readonly bootId: string;
  /** Undefined: fleet is asked nothing. */
  readonly timeoutMs: number | undefined;
  readonly log: (text: string) => void;
  readonly path?: string;
  readonly socket?: string;
}

export class Drained {
  readonly #options: DrainedOptions;
  readonly #path: string;
  /** The boot in which it was done, if it is to be undone. */
  #since: string | undefined;
  /** Whether a reboot of this daemon needs it now. */
  #isNeeded = false;

  /** `before`: an earlier boot's record says so. */
  static async open(options: DrainedOptions, before = false): Promise<Drained> {
    const text = await readFileIfExists(options.path ?? drainedPath);
    const since = /"bootId":"([^"]*)"/.exec(text ?? '')?.[1];
    return new Drained(options, since ?? (before ? '' : undefined));
  }

  private constructor(options: DrainedOptions, since: string | undefined) {
    this.#options = options;
    this.#path = options.path ?? drainedPath;
    this.#since = since;
  }

  get is(): boolean {
    return this.#since !== undefined;
  }

  /** Whether something is left to undo: of an earlier boot, or of a daemon that ended in the middle of it. */
  get left(): 'of an earlier boot' | 'of this boot' | undefined {
    if (this.#since === undefined || this.#isNeeded) return undefined;
    return this.#since === this.#options.bootId ? 'of this boot' : 'of an earlier boot';
  }

  /** Asks fleet, and waits as `drain` does. */
  async begin(reason: string, signal: AbortSignal): Promise<void> {
    const { machineId, bootId, timeoutMs, log, socket } = this.#options;
    if (timeoutMs === undefined) return;
    const wasOurs = this.is;
    this.#isNeeded = true;
    if (!wasOurs) await this.#mark(bootId);
    const began = await drain({
      ...{ machineId, reason, timeoutMs, signal, log, clock: systemClock, isOurs: wasOurs },
      ...(socket === undefined ? {} : { socket }),
    });
    if (!began && !wasOurs) await this.#unmark();
  }

  /** Lets units come again. Throws `http.*` when fleet cannot be asked. */
  async end(): Promise<void> {
    this.#isNeeded = false;
    if (!this.is) return;
    await undrain(this.#options.machineId, this.#options.socket);
    await this.#unmark();
  }

  /** After `end`: waits until what runs here is up again. False when the time for that was over. */
  async untilBack(signal: AbortSignal): Promise<boolean> {
    const { machineId, timeoutMs, socket } = this.#options;
    if (timeoutMs === undefined) return true;
    const more = socket === undefined ? {} : { socket };
    return await untilBack({ machineId, timeoutMs, signal, clock: systemClock, ...more });
  }

  async #mark(bootId: string): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true });
    await writeFileAtomic(this.#path, `${JSON.stringify({ bootId })}\n`);
    this.#since = bootId;
  }

  async #unmark(): Promise<void> {
    await removeFileIfExists(this.#path);
    this.#since = undefined;
  }
}
