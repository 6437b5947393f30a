// Opens the store that a configuration names. Which one it is, nobody else needs to know.

import type { Clock } from './clock.ts';
import type { Store } from './model.ts';

export type StoreConfig = { readonly kind: 'embedded'; readonly path: string } | { readonly kind: 'memory' };

export interface MemoryOptions {
  /** What leases run out by; the machine's own clock by default. */
  readonly clock?: Clock;
}

/** A store that ends with the process: the embedded one without its file. */
export async function memoryStore(options: MemoryOptions = {}): Promise<Store> {
  const { openEmbeddedStore } = await import('./embedded/store.ts');
  return openEmbeddedStore(':memory:', options);
}

/** Opens the store that `config` names. Throws `store.unusable` when an embedded one cannot be used. */
export async function openStore(config: StoreConfig): Promise<Store> {
  if (config.kind === 'memory') return memoryStore();
  const { openEmbeddedStore } = await import('./embedded/store.ts');
  return openEmbeddedStore(config.path);
}
