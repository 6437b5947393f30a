// Run by ../limits.test.ts, to be killed at some moment: grows what is mounted at the first argument, and keeps its
// own files in the second.

import { join } from 'node:path';
import { grow } from '../../../../src/disk/index.ts';

const [mountPoint = '', folder = ''] = process.argv.slice(2);
await grow(
  { mountPoint },
  { keepFolders: [join(folder, 'kept')], lockPath: join(folder, 'lock'), definitions: [] },
);
