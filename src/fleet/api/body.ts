// What a client sent, as JSON.

import { fleetErrors } from '../errors.ts';

/** Parses a body. Throws `fleet.invalid`. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw fleetErrors.error('invalid', `unable to decode body: ${reason}`);
  }
}
