// What queries of API v2 ask for, read and checked.

import type { HttpRequest } from '../../http/index.ts';
import { fleetErrors } from '../errors.ts';

/** Whether only the plan is wanted. Throws `fleet.invalid`: nothing is done for a word that is not understood. */
export function isDryRun({ query }: HttpRequest): boolean {
  const [value = '0', ...more] = query.getAll('dryRun');
  if (more.length > 0 || !['0', '1', 'false', 'true'].includes(value)) {
    throw fleetErrors.error('invalid', 'dryRun must be 1 or 0');
  }
  return value === '1' || value === 'true';
}

/** The revision to go on after, when one is given. Throws `fleet.invalid`. */
export function readSince({ query }: HttpRequest): number | undefined {
  const [text, ...more] = query.getAll('since');
  if (text === undefined) return undefined;
  if (more.length > 0 || !/^[1-9]\d{0,15}$/.test(text)) {
    throw fleetErrors.error('invalid', 'since must be a revision, a whole number above 0');
  }
  return Number(text);
}
