// The units of WhenCutOff=stop on this machine: when they may run here, and how they are ended when they must not.

import { type Clock, pause } from '../../host/index.ts';
import type { Store } from '../../store/index.ts';
import type { Log } from '../log.ts';
import type { Assignment } from '../model.ts';
import type { Keys } from '../registry/keys.ts';
import { Fence } from './fence.ts';
import { type SystemdCalls, wordsOf } from './systemd-calls.ts';
import { Again, Postponed } from './turns.ts';

export interface SingletonsOptions {
  readonly store: Store;
  readonly keys: Keys;
  readonly machineID: string;
  readonly systemd: SystemdCalls;
  readonly clock: Clock;
  /** Until when the store is sure to keep this machine's lease. */
  readonly safeUntilMs: () => number;
  /** Such units that are here. */
  readonly names: () => Iterable<string>;
  /** How long others wait for this machine before they start that unit. */
  readonly stopWithinMs: (name: string) => number;
  /** The unit must not run here now, or may again. */
  readonly onChange: (name: string) => void;
  readonly background: (work: Promise<void>) => void;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const sigkill = 9;

export class Singletons {
  readonly #options: SingletonsOptions;
  readonly #fence: Fence;

  constructor(options: SingletonsOptions) {
    this.#options = options;
    const { names, stopWithinMs } = options;
    this.#fence = new Fence({
      ...options,
      units: function* () {
        for (const name of names()) yield [name, stopWithinMs(name)] as const;
      },
      onChange: (name) => this.#changed(name),
      kill: (name) => options.background(this.#kill(name)),
    });
  }

  /** Whether the unit must not run here now. */
  isClosed(name: string): boolean {
    return this.#fence.isClosed(name);
  }

  /** There are other such units, or the lease is another. */
  look(): void {
    this.#fence.look();
  }

  /**
   * Before such a unit is started: throws unless the store still gives it to us, and we are present. Then nobody
   * else has it until our lease has run out and this machine has had its time.
   */
  async confirm({ unit: name, revision }: Assignment): Promise<void> {
    const { store, keys, machineID, safeUntilMs, clock } = this.#options;
    const entry = await store.get(keys.schedule(machineID, name)).catch((cause: unknown) => {
      throw new Again(wordsOf(cause), { cause });
    });
    if (entry?.modRevision !== revision) throw new Again(`${name} is no longer given to this machine.`);
    if (safeUntilMs() <= clock.now()) throw new Postponed(`${name} waits for the store (WhenCutOff=stop).`);
  }

  /** Stops them all, and kills what is up after that time. */
  async stopAll(limitMs: number): Promise<void> {
    const { clock, systemd, names } = this.#options;
    const all = [...names()];
    if (all.length === 0) return;
    const stops = Promise.allSettled(all.map((name) => systemd.stop(name)));
    await Promise.race([stops, pause(clock, limitMs)]);
    await Promise.allSettled(all.map((name) => this.#kill(name)));
  }

  #changed(name: string): void {
    const { log, onChange } = this.#options;
    const words = this.#fence.isClosed(name)
      ? `${name} is stopped: the store does not answer, and another machine may have it soon (WhenCutOff=stop).`
      : `The store answers again: ${name} may run here.`;
    log.warn({ unit: name }, words);
    onChange(name);
  }

  /** What has not stopped in time may run elsewhere soon. */
  async #kill(name: string): Promise<void> {
    const { systemd, log } = this.#options;
    const { activeState } = await systemd.row(name);
    if (activeState === 'inactive' || activeState === 'failed') return;
    log.error({ unit: name }, `${name} did not stop in time and is killed (WhenCutOff=stop).`);
    await systemd.manager.killUnit(name, 'all', sigkill);
  }
}
