// The etcd store does, with a real etcd, what every store must do.

import { openStore, type Store } from '../../src/store/index.ts';
import { conformance } from './conformance.ts';
import { type EtcdCluster, startEtcd } from './etcd-process.ts';

let cluster: EtcdCluster;
let stores: readonly Store[] = [];

conformance('etcd', {
  async open() {
    cluster = await startEtcd();
    // 2,000 transactions at once share the deadline; a busy machine needs more of it than the default.
    const config = { kind: 'etcd', endpoints: cluster.endpoints, deadlineMs: 30_000 } as const;
    const [store, other] = [await openStore(config), await openStore(config)];
    stores = [store, other];
    return { store, other };
  },
  async close() {
    await Promise.all(stores.map((store) => store[Symbol.asyncDispose]()));
    await cluster[Symbol.asyncDispose]();
  },
});
