// A name as a path of the API carries it.

import { fleetErrors } from '../errors.ts';

/** Decodes one segment of a path. Throws `fleet.invalid`. */
export function decodeName(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw fleetErrors.error('invalid', `The path is not valid percent-encoding: ${encoded}.`);
  }
}
