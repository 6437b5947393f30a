// Reads the server's answers: what they must hold, and the one form of its errors.

import { CodedError } from '../../host/index.ts';
import type { HttpAnswer } from '../../http/index.ts';
import { httpErrors } from '../../http/index.ts';
import { fleetErrors } from '../errors.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The body of a successful answer. Throws the server's error, in fleet's words, for any other. */
export function successful(answer: HttpAnswer): Fields {
  if (answer.status < 200 || answer.status > 299) throw serverError(answer);
  return fields(answer.body) ?? {};
}

/** The error of an answer: `googleapi: Error 400: …`, as scripts know it. */
export function serverError(answer: HttpAnswer): Error {
  const error = fields(fields(answer.body)?.error);
  const message = typeof error?.message === 'string' ? error.message : '';
  const text =
    message === '' ? `googleapi: got HTTP response code ${answer.status}` : apiError(answer.status, message);
  return new CodedError('fleet.refused', { exit: 1, http: answer.status }, text);
}

/** How fleetctl has always shown an error of the API. */
export function apiError(code: number, message: string): string {
  return `googleapi: Error ${code}: ${message}`;
}

/**
 * A list in the body; a missing one is empty, as the API leaves empty lists out. What makes an entry is
 * the server's own model, which it shares with us: only the key that each entry is known by is checked.
 */
export function listOf<Entry>(body: Fields, list: string, key: string & keyof Entry): readonly Entry[] {
  const value = body[list] ?? [];
  const isEntry = (entry: unknown): entry is Entry => typeof fields(entry)?.[key] === 'string';
  if (Array.isArray(value) && value.every(isEntry)) return value;
  throw httpErrors.error('malformed', `The API answered without a proper list of ${list}.`, {
    hint: 'Is that really fleetd at --endpoint?',
  });
}

export function fields(value: unknown): Fields | undefined {
  return isFields(value) ? value : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** For what only servers of version two can do. */
export function unsupported(): Error {
  return fleetErrors.error('unsupported', 'fleetd there does not know this; it is older than this fleetctl.');
}
