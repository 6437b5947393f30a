// The embedded store on a disk does what every store must do.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type Store } from '../../src/store/index.ts';
import { conformance } from './conformance.ts';

let store: Store;
let directory: string;

conformance('embedded', {
  async open() {
    directory = await mkdtemp(join(tmpdir(), 'keelson-store-'));
    store = await openStore({ kind: 'embedded', path: join(directory, 'store.db') });
    return { store, other: store };
  },
  async close() {
    await store[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  },
});
