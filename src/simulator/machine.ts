// A simulated machine: a whole daemon of fleet with a systemd and files in memory, on one way to the store.

import { type Keys, type Log, type Services, startServices } from '../fleet/index.ts';
import { type Clock, pause } from '../host/index.ts';
import type { Store } from '../store/index.ts';
import { MemoryFiles } from './memory-files.ts';
import { connection, ObservedManager, type UnitObserver } from './observed-manager.ts';
import type { Random } from './random.ts';

/** How a daemon reaches the store, for as long as it lives. */
export interface Way {
  readonly store: Store;
  readonly clock: Clock;
  /** The daemon is gone. */
  end(): void;
}

export interface MachineOptions {
  readonly id: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly keys: Keys;
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly observe: UnitObserver;
  readonly log: Log;
  /** Opens a way to the store for a daemon that starts. */
  readonly connect: () => Way;
}

/** For so long a machine that boots waits for the store. */
const cutOffStartMs = 30_000;
/** How long systemd takes for a job. */
const jobMs = { least: 5, most: 200 };

export class SimulatedMachine {
  readonly id: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly #options: MachineOptions;
  readonly #files = new MemoryFiles();
  #manager: ObservedManager;
  #daemon: { readonly services: Services; readonly way: Way; readonly killed: AbortController } | undefined;
  #isOn = true;
  #boots = 0;

  constructor(options: MachineOptions) {
    this.#options = options;
    this.id = options.id;
    this.metadata = options.metadata;
    this.#manager = this.#newManager();
  }

  /** Units that its systemd runs. */
  get running(): ReadonlySet<string> {
    return this.#manager.running;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  get hasDaemon(): boolean {
    return this.#daemon !== undefined;
  }

  get way(): Way | undefined {
    return this.#daemon?.way;
  }

  get services(): Services | undefined {
    return this.#daemon?.services;
  }

  start(): void {
    if (!this.#isOn || this.#daemon !== undefined) return;
    const { id, metadata, keys, ttlMs, clock, random, log, connect } = this.#options;
    const way = connect();
    const killed = new AbortController();
    const services = startServices({
      store: way.store,
      keys,
      manager: connection(this.#manager, killed.signal),
      self: () => ({ id, primaryIP: '', metadata, version: '1.0.0' }),
      ttlMs,
      unitsDirectory: '/run/fleet/units',
      dropInsDirectory: '/run/systemd/system',
      quadletsDirectory: '/run/containers/systemd',
      notesDirectory: '/run/fleet/agent',
      leaseFile: '/run/fleet/lease',
      memberFile: '/var/lib/fleet/member',
      cutOff: {
        copyFile: '/var/lib/fleet/schedule',
        startAfterMs: cutOffStartMs,
        limitMs: undefined,
        date: () => new Date(clock.now()),
      },
      files: this.#files,
      tokenLimit: 100,
      disableEngine: false,
      newInstance: () => `${id}-${this.#boots}-${random.between(0, 1e9)}`,
      alone: false,
      clock: way.clock,
      log,
    });
    this.#daemon = { services, way, killed };
  }

  /** kill -9: nothing is said to anyone, and its units run on. */
  kill(): void {
    const daemon = this.#daemon;
    if (daemon === undefined) return;
    this.#daemon = undefined;
    daemon.killed.abort();
    daemon.way.end();
    // What it had under way ends by itself, without an effect.
    void daemon.services[Symbol.asyncDispose]();
  }

  /** systemctl stop: it says goodbye, if the store hears it. */
  async stop(): Promise<void> {
    const daemon = this.#daemon;
    if (daemon === undefined) return;
    await daemon.services.leave(false).catch(() => {});
    if (this.#daemon === daemon) this.kill();
  }

  /** The plug is pulled. */
  powerOff(): void {
    this.kill();
    this.#manager.lose();
    this.#isOn = false;
    this.#files.loseVolatile();
  }

  powerOn(): void {
    if (this.#isOn) return;
    this.#isOn = true;
    this.#boots++;
    this.#manager = this.#newManager();
    this.start();
  }

  #newManager(): ObservedManager {
    const { clock, random, observe } = this.#options;
    const manager: ObservedManager = new ObservedManager(
      (unit, active) => {
        if (this.#isOn && manager === this.#manager) observe(unit, active);
      },
      () => pause(clock, random.between(jobMs.least, jobMs.most)),
    );
    return manager;
  }
}
