// Daemons that are stopped while they join.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store } from '../../../src/store/index.ts';
import { service, TestCluster } from './nodes.ts';

/** A cluster of m1 and m2 in which m2's next registration can be held on its way to the store. */
async function held() {
  let hold: { readonly began: () => void; readonly open: Promise<void> } | undefined;
  const wrap = (store: Store, id: string): Store => ({
    ...{ description: store.description, maxOperations: store.maxOperations },
    get: (key) => store.get(key),
    range: (range) => store.range(range),
    head: (range) => store.head(range),
    remembers: (revision) => store.remembers(revision),
    grantLease: (options) => store.grantLease(options),
    leaseTime: (lease) => store.leaseTime(lease),
    watch: (range, options) => store.watch(range, options),
    async transact(guards, operations) {
      const registers = operations.some(
        (operation) => operation.kind === 'put' && operation.key === cluster.keys.machine('m2'),
      );
      if (id === 'm2' && registers) {
        hold?.began();
        await hold?.open;
      }
      return store.transact(guards, operations);
    },
    [Symbol.asyncDispose]: async () => {},
  });
  const cluster: TestCluster = await TestCluster.start([], wrap);
  cluster.add('m1');
  const node = cluster.add('m2');
  await cluster.until(async () => (await cluster.read()).view.machines.size === 2, 'both are present');
  await cluster.change(service('a.service'), service('b.service'));
  await cluster.until(async () => (await cluster.running()).size === 2, 'both units run');
  await node.services.leave(false);
  await node.kill();
  return {
    cluster,
    node,
    /** Starts m2 and waits until it is about to register itself; returns what lets it. */
    async joins(): Promise<() => void> {
      const began = Promise.withResolvers<void>();
      const open = Promise.withResolvers<void>();
      hold = { began: began.resolve, open: open.promise };
      node.start();
      await began.promise;
      return () => {
        hold = undefined;
        open.resolve();
      };
    },
  };
}

test('a daemon that is stopped while it joins ends', { timeout: 60_000 }, async () => {
  const { cluster, node, joins } = await held();
  await using _ = cluster;
  const open = await joins();
  const ended = node.kill();
  open();
  await ended;
});

test('a daemon that is stopped while it joins is marked away: its units run on', {
  timeout: 60_000,
}, async () => {
  const { cluster, node, joins } = await held();
  await using _ = cluster;
  const before = await cluster.running();
  const open = await joins();
  const left = node.services.leave(false);
  open();
  await left;
  await node.kill();
  const { view } = await cluster.read();
  assert.deepEqual([view.machines.has('m2'), view.away.has('m2')], [false, true]);
  assert.deepEqual(await cluster.running(), before);
});
