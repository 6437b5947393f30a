// A service on the system bus: one name, one object, its methods, properties and signals. Introspection and the
// standard interfaces of D-Bus come with it.

import { CodedError } from '../host/index.ts';
import { type Bus, type BusAddress, BusError } from './bus.ts';
import type { BusAnswer, BusMessage } from './bus-codec.ts';
import { introspection } from './bus-introspection.ts';
import { BusLink } from './bus-link.ts';
import { systemdErrors } from './errors.ts';

export interface BusMethod {
  /** Signatures of what goes in and comes out. */
  readonly in: string;
  readonly out: string;
  /** Names of the values, in their order, for who introspects. */
  readonly inNames?: readonly string[];
  readonly outNames?: readonly string[];
  /** What it throws becomes an error as answer, with its sentence. */
  run(args: readonly unknown[]): readonly unknown[] | Promise<readonly unknown[]>;
}

export interface BusProperty {
  readonly signature: string;
  read(): unknown;
}

/** An interface of the object; nothing of it can be written. */
export interface BusObject {
  readonly methods?: Readonly<Record<string, BusMethod>>;
  readonly properties?: Readonly<Record<string, BusProperty>>;
  /** Signatures of its signals. */
  readonly signals?: Readonly<Record<string, string>>;
}

export interface BusServiceOptions {
  readonly name: string;
  readonly path: string;
  /** By the name of the interface. */
  readonly interfaces: Readonly<Record<string, BusObject>>;
  /** A call that ended in an error nobody foresaw. */
  readonly onInternalError: (member: string, error: unknown) => void;
  /** The connection was lost and is back, with the name. */
  readonly onReconnected?: () => void;
  /** For the handshake, at each try. Default 10,000. */
  readonly deadlineMs?: number;
}

export interface BusService extends AsyncDisposable {
  /** Sends a signal of one of the interfaces; without a connection it is lost. */
  emit(interfaceName: string, member: string, body: readonly unknown[]): void;
}

const busDriver = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
} as const;
/** Nobody takes it from us, and we wait in no line for it. */
const doNotQueue = 4;
const becameOwner = 1;
const releaseMs = 2_000;
const error = (name: string, message: string): BusAnswer => ({
  errorName: `org.freedesktop.DBus.Error.${name}`,
  message,
});

/** Connects to the bus at that address and takes the name. */
export async function openBusService(address: BusAddress, options: BusServiceOptions): Promise<BusService> {
  const deadlineMs = options.deadlineMs ?? 10_000;
  const link = await BusLink.open({
    ...{ address, deadlineMs, onSignal: () => {} },
    onCall: (call, bus) => void answerCall(call, bus, options),
    onReconnected: options.onReconnected ?? (() => {}),
    prepare: (bus) => takeName(bus, options.name, deadlineMs),
  });
  return {
    emit(interfaceName, member, body) {
      const signature = options.interfaces[interfaceName]?.signals?.[member];
      if (signature === undefined) throw new Error(`${interfaceName} has no signal ${member}.`);
      link.emit({ path: options.path, interface: interfaceName, member, signature, body });
    },
    [Symbol.asyncDispose]: async () => {
      // Given back, not only lost: who asks for the name next has it at once.
      const release = { ...busDriver, member: 'ReleaseName', signature: 's', body: [options.name] };
      await link.call(release, releaseMs).catch(() => {});
      await link[Symbol.asyncDispose]();
    },
  };
}

async function takeName(bus: Bus, name: string, deadlineMs: number): Promise<void> {
  const request = { ...busDriver, member: 'RequestName', signature: 'su', body: [name, doNotQueue] };
  let answer: readonly unknown[];
  try {
    answer = await bus.call(request, deadlineMs);
  } catch (cause) {
    if (!(cause instanceof BusError)) throw cause;
    throw systemdErrors.error('refused', `The bus does not give us the name ${name}: ${cause.message}`, {
      cause,
      hint: 'Is its policy in /usr/share/dbus-1/system.d? Only root may have it.',
    });
  }
  if (answer[0] === becameOwner) return;
  throw systemdErrors.error('refused', `The name ${name} is taken: another one of us runs.`, {
    hint: `busctl status ${name} tells which process it is.`,
  });
}

async function answerCall(call: BusMessage, bus: Bus, options: BusServiceOptions): Promise<void> {
  let answer: BusAnswer;
  try {
    answer = await answerOf(call, options);
  } catch (cause) {
    if (cause instanceof CodedError) {
      answer = { errorName: `${options.name}.Error.${busName(cause.code)}`, message: cause.message };
    } else {
      options.onInternalError(call.member, cause);
      answer = error('Failed', `${call.member} failed; the journal of the service says more.`);
    }
  }
  try {
    bus.answer(call, answer);
  } catch (cause) {
    options.onInternalError(call.member, cause);
    bus.answer(call, error('Failed', `The answer of ${call.member} could not be written.`));
  }
}

/** A code of ours as a part of a name on the bus: `update.not-found` → `UpdateNotFound`. */
function busName(code: string): string {
  return code.replace(/(?:^|[^A-Za-z0-9]+)([A-Za-z0-9]?)/g, (_, letter: string) => letter.toUpperCase());
}

async function answerOf(call: BusMessage, options: BusServiceOptions): Promise<BusAnswer> {
  const { interfaces, path } = options;
  if (call.interface === 'org.freedesktop.DBus.Peer' && call.member === 'Ping') {
    return { signature: '', body: [] };
  }
  if (call.interface === 'org.freedesktop.DBus.Introspectable' && call.member === 'Introspect') {
    return { signature: 's', body: [introspection(call.path, path, interfaces)] };
  }
  if (call.path !== path) return error('UnknownObject', `There is no object ${call.path} here.`);
  if (call.interface === 'org.freedesktop.DBus.Properties') return properties(call, interfaces);
  // A call may leave out the interface: the first that has the method is meant.
  const found = Object.entries(interfaces).find(
    ([name, { methods }]) => (call.interface === '' || call.interface === name) && methods?.[call.member],
  );
  const method = found?.[1].methods?.[call.member];
  if (method === undefined) {
    return error('UnknownMethod', `There is no method ${call.member} of interface ${call.interface}.`);
  }
  if (call.signature !== method.in) {
    return error('InvalidArgs', `${call.member} takes (${method.in}), it was given (${call.signature}).`);
  }
  return { signature: method.out, body: await method.run(call.body()) };
}

function properties(call: BusMessage, interfaces: BusServiceOptions['interfaces']): BusAnswer {
  const wanted = { Get: 'ss', GetAll: 's', Set: 'ssv' }[call.member];
  if (wanted === undefined) return error('UnknownMethod', `There is no method ${call.member}.`);
  if (call.signature !== wanted) return error('InvalidArgs', `${call.member} takes (${wanted}).`);
  const [of, name] = call.body().map(String);
  const known = Object.hasOwn(interfaces, of ?? '') ? (interfaces[of ?? '']?.properties ?? {}) : {};
  if (call.member === 'GetAll') {
    const entries = Object.entries(known).map(([key, one]) => [key, [one.signature, one.read()]]);
    return { signature: 'a{sv}', body: [entries] };
  }
  const property = Object.hasOwn(known, name ?? '') ? known[name ?? ''] : undefined;
  if (property === undefined) return error('UnknownProperty', `${of} has no property ${name}.`);
  if (call.member === 'Set') return error('PropertyReadOnly', `${name} cannot be set.`);
  return { signature: 'v', body: [[property.signature, property.read()]] };
}
