// Reads a file of a source, with a bound on its size.

import { readFileSync, statSync } from 'node:fs';
import { errnoOf } from '../../host/index.ts';
import { cloudConfigErrors } from '../errors.ts';

/** User-data beyond this are refused unread. */
export const maxSourceBytes = 64 * 1024 * 1024;

/** The bytes of a file, or undefined when there is none. In one go: to load what waits takes longer than to read. */
export async function readBounded(path: string): Promise<Uint8Array | undefined> {
  try {
    const { size } = statSync(path);
    if (size > maxSourceBytes) {
      throw cloudConfigErrors.error('source', `${path} is larger than ${maxSourceBytes / 1024 / 1024} MiB.`);
    }
    return readFileSync(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    if (errnoOf(error) === undefined) throw error;
    throw cloudConfigErrors.error('source', `${path} cannot be read (${errnoOf(error)}).`, { cause: error });
  }
}
