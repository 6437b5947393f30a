// Calls of other programs on the system bus, and their signals.

import type { BusAddress } from './bus.ts';
import type { BusCall, BusMessage, BusSignal } from './bus-codec.ts';
import { callError } from './bus-errors.ts';
import { BusLink } from './bus-link.ts';

export interface BusClientOptions {
  /** Signals that are wanted, as match rules: `type='signal',interface='com.coreos.update1.Manager'`. */
  readonly matches?: readonly string[];
  readonly onSignal?: (signal: BusMessage) => void;
  /** Told after a lost connection is back: what was signalled meanwhile is lost. */
  readonly onReconnected?: () => void;
  /** For the handshake, at each try. Default 10,000. */
  readonly deadlineMs?: number;
}

export interface BusClient extends AsyncDisposable {
  /**
   * Calls a method; the body of its answer. `what` says what is tried, for the error: “tell its status”.
   * Throws `systemd.unavailable` when nobody has that name, `systemd.access-denied`, `systemd.refused`, `systemd.deadline`.
   */
  call(who: string, what: string, call: BusCall, deadlineMs?: number): Promise<readonly unknown[]>;
  /** Sends a signal to everybody who asked for it; fulfils when the bus has taken it. */
  emit(signal: BusSignal): Promise<void>;
}

const busDriver = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
} as const;

/** Connects to the bus at that address. */
export async function openBusClient(address: BusAddress, options: BusClientOptions): Promise<BusClient> {
  const deadlineMs = options.deadlineMs ?? 10_000;
  const link = await BusLink.open({
    ...{ address, deadlineMs },
    onSignal: options.onSignal ?? (() => {}),
    onReconnected: options.onReconnected ?? (() => {}),
    prepare: async (bus) => {
      for (const rule of options.matches ?? []) await bus.addMatch(rule, deadlineMs);
    },
  });
  return {
    async call(who, what, call, callDeadlineMs = 25_000) {
      try {
        return await link.call(call, callDeadlineMs);
      } catch (error) {
        throw callError(what, error, who);
      }
    },
    async emit(signal) {
      link.emit(signal);
      // What is answered after it shows that it has arrived: a process may end right after this.
      await link.call({ ...busDriver, member: 'GetId' }, deadlineMs);
    },
    [Symbol.asyncDispose]: () => link[Symbol.asyncDispose](),
  };
}
