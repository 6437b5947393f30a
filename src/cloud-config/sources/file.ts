// --from-file: a file on this machine. No metadata.

import { existsSync } from 'node:fs';
import { readBounded } from './read.ts';
import { noMetadata, type Source } from './source.ts';

/** The source of that file. */
export function fileSource(path: string): Source {
  return {
    type: 'local-file',
    location: path,
    mayAppear: false,
    available: async () => existsSync(path),
    userData: async () => (await readBounded(path)) ?? new Uint8Array(),
    metadata: async () => noMetadata,
  };
}
