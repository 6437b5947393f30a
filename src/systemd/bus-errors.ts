// What went wrong on the bus, as an error of this room.

import { CodedError } from '../host/index.ts';
import { BusError } from './bus.ts';
import { systemdErrors } from './errors.ts';

const codes: Readonly<Record<string, keyof typeof systemdErrors.codes>> = {
  'org.freedesktop.systemd1.NoSuchUnit': 'no-such-unit',
  'org.freedesktop.DBus.Error.FileNotFound': 'no-such-unit',
  'org.freedesktop.DBus.Error.AccessDenied': 'access-denied',
  'org.freedesktop.DBus.Error.AuthFailed': 'access-denied',
  'org.freedesktop.DBus.Error.InteractiveAuthorizationRequired': 'access-denied',
  'org.freedesktop.DBus.Error.NoReply': 'disconnected',
  'org.freedesktop.DBus.Error.Disconnected': 'disconnected',
  'org.freedesktop.DBus.Error.ServiceUnknown': 'unavailable',
  'org.freedesktop.DBus.Error.NameHasNoOwner': 'unavailable',
};

/** Whether the call never reached systemd, which is away from the bus for a moment; safe to repeat. */
export function isAway(error: unknown): boolean {
  return error instanceof BusError && codes[error.errorName] === 'unavailable';
}

/** The error for the user; `what` says what was tried, as in "start web.service". */
export function callError(what: string, error: unknown, who = 'systemd'): Error {
  if (error instanceof BusError) {
    const words = error.message === '' ? error.errorName : error.message.replace(/\.?$/, '.');
    return systemdErrors.error(codes[error.errorName] ?? 'refused', `${who} did not ${what}: ${words}`, {
      cause: error,
    });
  }
  if (error instanceof CodedError) {
    const code = (['deadline', 'disconnected', 'unavailable', 'bad-reply'] as const).find((known) =>
      systemdErrors.is(error, known),
    );
    if (code === undefined) return error;
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    return systemdErrors.error(code, `Cannot ${what}: ${error.message}`, { cause: error, ...hint });
  }
  return error instanceof Error ? error : new Error(String(error));
}
