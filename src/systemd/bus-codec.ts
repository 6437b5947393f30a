// D-Bus messages to bytes and back. Messages are written by dbus-next, and nothing else is used of it: its
// transport hangs on a lost connection, its proxies lose signals when PID 1 re-executes, and its reading
// costs more than systemd's own part of starting a unit.

import library from 'dbus-next/lib/message.js';
import { BusReader } from './bus-reader.ts';
import { systemdErrors } from './errors.ts';

/** A method call; `body` must match `signature`. */
export interface BusCall {
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly destination?: string | undefined;
  readonly signature?: string;
  readonly body?: readonly unknown[];
  /** Lets the bus start the service that is called, which may take it a while. */
  readonly autoStart?: boolean;
}

/** A signal to everybody; `body` must match `signature`. */
export interface BusSignal {
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature?: string;
  readonly body?: readonly unknown[];
}

/** What a call is answered with. */
export type BusAnswer =
  | { readonly signature: string; readonly body: readonly unknown[] }
  | { readonly errorName: string; readonly message: string };

export interface BusMessage {
  readonly type: 'call' | 'return' | 'error' | 'signal';
  /** By which an answer says what it answers. */
  readonly serial: number;
  /** Whether the caller waits for an answer. */
  readonly wantsAnswer: boolean;
  /** The unique name of who sent it; empty on a private connection. */
  readonly sender: string;
  /** Of the body. */
  readonly signature: string;
  /** The serial of the call that this answers; 0 for calls and signals. */
  readonly replySerial: number;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly errorName: string;
  /** Decoded when asked for: most signals of a private connection are dropped by their header. */
  readonly body: () => readonly unknown[];
}

const headerBytes = 16;
/** The specification's limit for a message. */
const maxMessageBytes = 128 * 1024 * 1024;
const littleEndian = 'l'.charCodeAt(0);
/** PID 1 cannot be activated: while it is away from the bus an error at once is better than 25 s. */
const noAutoStart = 2;
const noReplyExpected = 1;
const types = ['call', 'call', 'return', 'error', 'signal'] as const;
const field = {
  path: 1,
  interface: 2,
  member: 3,
  errorName: 4,
  replySerial: 5,
  sender: 7,
  signature: 8,
} as const;

export function encodeCall(call: BusCall, serial: number): Buffer {
  const [bytes] = library.marshall({
    ...call,
    type: 1,
    flags: call.autoStart === true ? 0 : noAutoStart,
    serial,
  });
  return bytes;
}

/** The answer to a call of that peer. */
export function encodeAnswer(
  { serial: replySerial, sender: destination }: Pick<BusMessage, 'serial' | 'sender'>,
  answer: BusAnswer,
  serial: number,
): Buffer {
  const to = { serial, replySerial, destination, flags: noReplyExpected };
  const [bytes] = library.marshall(
    'errorName' in answer
      ? { ...to, type: 3, errorName: answer.errorName, signature: 's', body: [answer.message] }
      : { ...to, type: 2, signature: answer.signature, body: answer.body },
  );
  return bytes;
}

export function encodeSignal(signal: BusSignal, serial: number): Buffer {
  const [bytes] = library.marshall({ ...signal, type: 4, flags: noReplyExpected, serial });
  return bytes;
}

/** Decodes one whole message. Throws for one that is malformed. */
export function decodeMessage(bytes: Buffer): BusMessage {
  const reader = new BusReader(bytes, bytes[0] === littleEndian);
  const [, type, flags, , , serial, fields] = reader.header();
  const header = new Map<unknown, unknown>();
  for (const entry of Array.isArray(fields) ? fields : []) header.set(entry[0], entry[1]);
  const text = (id: number): string => {
    const value = header.get(id);
    return typeof value === 'string' ? value : '';
  };
  const replySerial = header.get(field.replySerial);
  let values: readonly unknown[] | undefined;
  return {
    type: types[Number(type)] ?? 'call',
    serial: Number(serial),
    wantsAnswer: (Number(flags) & noReplyExpected) === 0,
    sender: text(field.sender),
    signature: text(field.signature),
    replySerial: typeof replySerial === 'number' ? replySerial : 0,
    path: text(field.path),
    interface: text(field.interface),
    member: text(field.member),
    errorName: text(field.errorName),
    body: () => {
      values ??= reader.read(text(field.signature));
      return values;
    },
  };
}

/** Cuts a stream of bytes into messages. */
export class Framer {
  #chunks: Buffer[] = [];
  #length = 0;

  /** The whole messages that this chunk completes. Throws for a length that no message may have. */
  push(chunk: Buffer): readonly Buffer[] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    const messages: Buffer[] = [];
    let wanted = this.#wanted();
    if (this.#length < wanted) return messages;
    let rest = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    while (rest.length >= wanted) {
      this.#chunks = [rest];
      wanted = this.#wanted();
      if (rest.length < wanted) break;
      messages.push(rest.subarray(0, wanted));
      rest = rest.subarray(wanted);
      wanted = headerBytes;
    }
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#length = rest.length;
    return messages;
  }

  /** How long the message at the front is, or the header while that is not there. */
  #wanted(): number {
    const first = this.#chunks[0];
    if (first === undefined || this.#length < headerBytes) return headerBytes;
    const header = first.length >= headerBytes ? first : Buffer.concat(this.#chunks).subarray(0, headerBytes);
    const little = header[0] === littleEndian;
    const number = (at: number) => (little ? header.readUInt32LE(at) : header.readUInt32BE(at));
    const length = headerBytes + Math.ceil(number(12) / 8) * 8 + number(4);
    if (length > maxMessageBytes) {
      throw systemdErrors.error('bad-reply', `A D-Bus message of ${length} bytes was announced.`);
    }
    return length;
  }
}
