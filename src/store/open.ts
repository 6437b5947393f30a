// Opens the store that a configuration names. Which one it is, nobody else needs to know.

import type { Clock } from '../host/index.ts';
import type { EtcdConfig } from './etcd/config.ts';
import type { Store } from './model.ts';

export type StoreConfig =
  | EtcdConfig
  | { readonly kind: 'embedded'; readonly path: string }
  | { readonly kind: 'memory' };

export interface MemoryOptions {
  /** What leases run out by; the machine's own clock by default. */
  readonly clock?: Clock;
}

/** A store that ends with the process: the embedded one without its file. */
export async function memoryStore(options: MemoryOptions = {}): Promise<Store> {
  const { openEmbeddedStore } = await import('./embedded/store.ts');
  return openEmbeddedStore(':memory:', options);
}

/**
 * Opens the store that `config` names. An embedded one is checked and
 * locked here; etcd is asked by the first call only. Throws `store.unusable`, `.invalid` or `.denied`.
 */
export async function openStore(config: StoreConfig): Promise<Store> {
  if (config.kind === 'memory') return memoryStore();
  if (config.kind === 'etcd') {
    const { connectEtcd } = await import('./etcd/store.ts');
    return connectEtcd(config);
  }
  const { openEmbeddedStore } = await import('./embedded/store.ts');
  return openEmbeddedStore(config.path);
}
