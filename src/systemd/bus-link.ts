// A connection to systemd that comes back: it reconnects with growing pauses, and calls made meanwhile
// wait for it up to their own deadline.

import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../host/index.ts';
import { Bus, type BusAddress } from './bus.ts';
import type { BusCall, BusMessage, BusSignal } from './bus-codec.ts';
import { systemdErrors } from './errors.ts';

export interface BusLinkOptions {
  readonly address: BusAddress;
  /** For each handshake. */
  readonly deadlineMs: number;
  readonly onSignal: (signal: BusMessage) => void;
  /** A call by somebody else, with the connection to answer it on. */
  readonly onCall?: (call: BusMessage, bus: Bus) => void;
  /** Runs on each new connection before other calls may use it: subscribe, add matches. */
  readonly prepare: (bus: Bus) => Promise<void>;
  /** Told after each connection but the first, when calls may use it again. */
  readonly onReconnected: () => void;
}

const backoff = { firstMs: 50, maxMs: 5_000 };

export class BusLink implements AsyncDisposable {
  readonly #options: BusLinkOptions;
  readonly #stop = new AbortController();
  #bus: Bus | undefined;
  #ready = Promise.withResolvers<Bus>();
  #loop: Promise<void> = Promise.resolve();

  /** Connects once; throws `systemd.unavailable` when that fails. From then on it reconnects. */
  static async open(options: BusLinkOptions): Promise<BusLink> {
    const link = new BusLink(options);
    const first = await link.#connect();
    link.#loop = link.#keep(first);
    return link;
  }

  private constructor(options: BusLinkOptions) {
    this.#options = options;
    this.#ready.promise.catch(() => {});
  }

  /** Whether it was disposed of; else it comes back. */
  get closed(): boolean {
    return this.#stop.signal.aborted;
  }

  /** As `Bus.call`; waits for a connection first when there is none. */
  async call(call: BusCall, deadlineMs: number): Promise<readonly unknown[]> {
    const started = performance.now();
    const bus = await this.#connected(call.member, deadlineMs);
    return bus.call(call, deadlineMs - (performance.now() - started));
  }

  /** Sends a signal; without a connection it is lost, as it is for everybody who listens. */
  emit(signal: BusSignal): void {
    this.#bus?.emit(signal);
  }

  async addMatch(rule: string, deadlineMs: number): Promise<void> {
    await (await this.#connected('AddMatch', deadlineMs)).addMatch(rule, deadlineMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#ready.reject(systemdErrors.error('disconnected', 'The connection to systemd was closed.'));
    this.#bus?.[Symbol.dispose]();
    await this.#loop;
  }

  async #connected(what: string, deadlineMs: number): Promise<Bus> {
    if (this.#bus !== undefined) return this.#bus;
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      reject(
        systemdErrors.error(
          'deadline',
          `${what} could not be asked within ${deadlineMs / 1000} s: there is no connection to systemd.`,
        ),
      );
    }, deadlineMs);
    try {
      return await Promise.race([this.#ready.promise, promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #connect(): Promise<Bus> {
    const { address, onSignal, onCall, deadlineMs } = this.#options;
    const bus: Bus = await Bus.open(address, {
      ...{ onSignal, deadlineMs },
      ...(onCall === undefined ? {} : { onCall: (call) => onCall(call, bus) }),
    });
    try {
      await this.#options.prepare(bus);
    } catch (error) {
      bus[Symbol.dispose]();
      throw error;
    }
    if (this.#stop.signal.aborted) bus[Symbol.dispose]();
    this.#bus = bus;
    this.#ready.resolve(bus);
    return bus;
  }

  async #keep(first: Bus): Promise<void> {
    let bus = first;
    while (!this.#stop.signal.aborted) {
      await bus.closed;
      this.#bus = undefined;
      if (this.#stop.signal.aborted) return;
      this.#ready = Promise.withResolvers<Bus>();
      this.#ready.promise.catch(() => {});
      const again = await this.#reconnect();
      if (again === undefined) return;
      bus = again;
      this.#options.onReconnected();
    }
  }

  async #reconnect(): Promise<Bus | undefined> {
    for (let attempt = 0; !this.#stop.signal.aborted; attempt += 1) {
      try {
        await sleep(backoffMs(attempt, backoff), undefined, { signal: this.#stop.signal });
        return await this.#connect();
      } catch {
        // The next try says it again; callers learn it from their deadline.
      }
    }
    return undefined;
  }
}
