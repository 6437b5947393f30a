// The store in memory does what every store must do.

import { memoryStore, type Store } from '../../src/store/index.ts';
import { conformance } from './conformance.ts';

let store: Store;

conformance('memory', {
  async open() {
    store = await memoryStore();
    return { store, other: store };
  },
  async close() {
    await store[Symbol.asyncDispose]();
  },
});
