// One connection that speaks D-Bus: to the system bus, or to PID 1 alone over its private socket.
//
// INVARIANTS
// - Every call ends: with its answer, at its deadline, or when the connection ends.
// - At most 64 calls await an answer: dbus-daemon refuses more than 128 a connection.
// - Signals are handed on in the order in which they came relative to answers, outside the socket's events.

import type { Socket } from 'node:net';
import {
  type BusAnswer,
  type BusCall,
  type BusMessage,
  type BusSignal,
  decodeMessage,
  encodeAnswer,
  encodeCall,
  encodeSignal,
  Framer,
} from './bus-codec.ts';
import { openTransport } from './bus-transport.ts';
import { systemdErrors } from './errors.ts';
import { Limiter } from './limiter.ts';

/** An answer that is an error, as it came over the bus. */
export class BusError extends Error {
  readonly errorName: string;

  constructor(errorName: string, message: string) {
    super(message);
    this.name = 'BusError';
    this.errorName = errorName;
  }
}

export interface BusAddress {
  readonly kind: 'private' | 'system';
  readonly path: string;
}

export interface BusOptions {
  readonly onSignal: (signal: BusMessage) => void;
  /** For who offers something; without it every call is answered with “unknown method”. */
  readonly onCall?: (call: BusMessage) => void;
  /** For the handshake. Default 10,000. */
  readonly deadlineMs?: number;
}

interface PendingCall {
  readonly settle: (message: BusMessage | Error) => void;
}

const maxPendingCalls = 64;

export class Bus implements Disposable {
  readonly kind: BusAddress['kind'];
  /** Fulfils, with the reason, when the connection has ended. */
  readonly closed: Promise<Error>;
  readonly #socket: Socket;
  readonly #framer = new Framer();
  readonly #pending = new Map<number, PendingCall>();
  readonly #limiter = new Limiter(maxPendingCalls);
  readonly #onSignal: (signal: BusMessage) => void;
  readonly #onCall: ((call: BusMessage) => void) | undefined;
  readonly #end: (reason: Error) => void;
  readonly #received: BusMessage[] = [];
  #waitsForTurn = false;
  #endReason: Error | undefined;
  #serial = 0;

  /** Connects, and on a bus says Hello. Throws `systemd.unavailable`. */
  static async open(address: BusAddress, options: BusOptions): Promise<Bus> {
    const deadlineMs = options.deadlineMs ?? 10_000;
    const { socket, rest } = await openTransport(address.path, deadlineMs);
    const bus = new Bus(address.kind, socket, rest, options);
    if (address.kind === 'system') {
      try {
        await bus.call({ ...busDriver, member: 'Hello' }, deadlineMs);
      } catch (cause) {
        bus[Symbol.dispose]();
        throw systemdErrors.error('unavailable', `The bus at ${address.path} does not greet us.`, { cause });
      }
    }
    return bus;
  }

  constructor(
    kind: BusAddress['kind'],
    socket: Socket,
    rest: Buffer,
    { onSignal, onCall }: Pick<BusOptions, 'onSignal' | 'onCall'>,
  ) {
    this.kind = kind;
    this.#socket = socket;
    this.#onSignal = onSignal;
    this.#onCall = onCall;
    const { promise, resolve } = Promise.withResolvers<Error>();
    this.closed = promise;
    this.#end = resolve;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => this.#lose(error.message));
    socket.on('end', () => this.#lose('the other end closed it'));
    socket.on('close', () => this.#lose('it was closed'));
    if (rest.length > 0) this.#receive(rest);
    socket.resume();
  }

  /**
   * Calls a method and returns the body of the answer. Throws a `BusError` for an error as answer,
   * `systemd.deadline` and `systemd.disconnected`. Waiting for room among the calls counts.
   */
  async call(call: BusCall, deadlineMs: number): Promise<readonly unknown[]> {
    const started = performance.now();
    const expired = () =>
      systemdErrors.error('deadline', `${call.member} had no answer within ${deadlineMs / 1000} s.`, {
        hint: 'systemd may be busy or frozen; "systemctl list-jobs" shows what it works on.',
      });
    await this.#limiter.acquire();
    try {
      if (this.#endReason !== undefined) throw this.#endReason;
      const left = deadlineMs - (performance.now() - started);
      if (left <= 0) throw expired();
      const answer = await this.#ask(call, left, expired);
      if (answer.type === 'error') throw new BusError(answer.errorName, String(answer.body()[0] ?? ''));
      return answer.body();
    } finally {
      this.#limiter.release();
    }
  }

  /** Asks the bus for the signals that match; a private connection gets all without asking. */
  async addMatch(rule: string, deadlineMs: number): Promise<void> {
    if (this.kind === 'private') return;
    await this.call({ ...busDriver, member: 'AddMatch', signature: 's', body: [rule] }, deadlineMs);
  }

  /** Answers a call that came to `onCall`. Nothing happens when the connection is gone: so is who called. */
  answer(call: BusMessage, answer: BusAnswer): void {
    if (call.wantsAnswer && this.#endReason === undefined) {
      this.#socket.write(encodeAnswer(call, answer, ++this.#serial));
    }
  }

  /** Sends a signal to everybody who asked for it; lost without a connection. */
  emit(signal: BusSignal): void {
    if (this.#endReason === undefined) this.#socket.write(encodeSignal(signal, ++this.#serial));
  }

  [Symbol.dispose](): void {
    this.#lose('it was closed by this side');
  }

  #ask(call: BusCall, deadlineMs: number, expired: () => Error): Promise<BusMessage> {
    const serial = ++this.#serial;
    // PID 1 alone at the other end has no name to be called by.
    const bytes = encodeCall(this.kind === 'private' ? { ...call, destination: undefined } : call, serial);
    return new Promise((resolve, reject) => {
      const settle = (message: BusMessage | Error) => {
        clearTimeout(timer);
        this.#pending.delete(serial);
        if (message instanceof Error) reject(message);
        else resolve(message);
      };
      const timer = setTimeout(() => settle(expired()), deadlineMs);
      this.#pending.set(serial, { settle });
      this.#socket.write(bytes);
    });
  }

  #receive(chunk: Buffer): void {
    if (this.#endReason !== undefined) return;
    this.#guard(() => {
      for (const bytes of this.#framer.push(chunk)) this.#received.push(decodeMessage(bytes));
      if (!this.#waitsForTurn) this.#drain();
    });
  }

  /**
   * Hands messages on in their order. What awaits an answer goes on only in a later microtask; so a signal
   * after an answer waits for the next turn, else the older answer would be acted upon last.
   */
  #drain(): void {
    let answered = false;
    for (let message = this.#received[0]; message !== undefined; message = this.#received[0]) {
      if (message.type === 'signal' && answered) {
        this.#waitsForTurn = true;
        setImmediate(() => {
          this.#waitsForTurn = false;
          this.#guard(() => this.#drain());
        });
        return;
      }
      this.#received.shift();
      if (message.type === 'signal') this.#onSignal(message);
      else if (message.type === 'call') this.#called(message);
      else answered = this.#answer(message) || answered;
    }
  }

  /** A message that cannot be read leaves nothing to go on with but a new connection. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#lose(`a message could not be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #called(call: BusMessage): void {
    const errorName = 'org.freedesktop.DBus.Error.UnknownMethod';
    if (this.#onCall !== undefined) this.#onCall(call);
    else this.answer(call, { errorName, message: 'Nothing is offered here.' });
  }

  #answer(message: BusMessage): boolean {
    const pending = this.#pending.get(message.replySerial);
    pending?.settle(message);
    return pending !== undefined;
  }

  #lose(reason: string): void {
    if (this.#endReason !== undefined) return;
    this.#endReason = systemdErrors.error('disconnected', `The connection to systemd was lost: ${reason}.`);
    this.#socket.destroy();
    for (const message of this.#received.splice(0)) {
      if (message.type === 'return' || message.type === 'error') this.#answer(message);
    }
    for (const { settle } of [...this.#pending.values()]) settle(this.#endReason);
    this.#end(this.#endReason);
  }
}

const busDriver = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
} as const;
