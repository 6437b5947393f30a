// The etcd store while members of the cluster die, hang, restart and compact.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore, prefixRange, type Store, storeErrors } from '../../src/store/index.ts';
import { put } from './conformance.ts';
import { type EtcdCluster, type Member, startEtcd } from './etcd-process.ts';
import { standStill } from './standstill.ts';
import { Watching } from './watching.ts';

async function post(member: Member, path: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(new URL(path, member.endpoint), {
    method: 'POST',
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(5000),
  });
  const answer: unknown = await response.json();
  assert.ok(response.ok && typeof answer === 'object' && answer !== null, JSON.stringify(answer));
  return { ...answer };
}

/** Waits until `member` follows, or is, a leader other than the member of this ID. */
async function untilLedByAnother(member: Member, id: unknown): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const { leader } = await post(member, '/v3/maintenance/status', {}).catch(() => ({ leader: '0' }));
    if (typeof leader === 'string' && leader !== '0' && leader !== id) return;
    await sleep(100);
  }
  throw new Error(`${member.name} has found no new leader`);
}

async function memberId(member: Member): Promise<unknown> {
  const { header } = await post(member, '/v3/maintenance/status', {});
  return typeof header === 'object' && header !== null && 'member_id' in header
    ? header.member_id
    : undefined;
}

async function leaderOf(cluster: EtcdCluster): Promise<Member> {
  for (let tries = 0; tries < 100; tries++) {
    for (const member of cluster.members) {
      // One that is slow to answer is asked again.
      const { leader, header } = await post(member, '/v3/maintenance/status', {}).catch(() => ({
        leader: undefined,
        header: undefined,
      }));
      if (
        typeof header === 'object' &&
        header !== null &&
        'member_id' in header &&
        header.member_id === leader
      )
        return member;
    }
    await sleep(100);
  }
  throw new Error('the cluster has no leader');
}

/** Counts a key up, guarded, until told to stop; what was acknowledged, and the slowest answer. */
class Counter {
  readonly acknowledged: number[] = [];
  slowestMs = 0;
  unavailable = 0;
  #stopped = false;
  readonly #done: Promise<void>;

  constructor(store: Store, key: string) {
    this.#done = this.#run(store, key);
    this.#done.catch(() => {});
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  async #run(store: Store, key: string): Promise<void> {
    let next = 1;
    let modRevision = 0;
    while (!this.#stopped) {
      const began = performance.now();
      try {
        const result = await store.transact([{ key, modRevision }], [put(key, String(next))]);
        assert.ok(result.committed, `nobody else writes ${key}, but ${next} was refused`);
        this.acknowledged.push(next);
        modRevision = result.revision;
        next++;
      } catch (error) {
        if (!storeErrors.is(error, 'unavailable')) throw error;
        this.unavailable++;
        const now = await store.get(key).catch(() => undefined);
        if (now !== undefined) {
          assert.ok(now.value === String(next) || now.value === String(next - 1), `${now.value} at ${next}`);
          next = Number(now.value) + 1;
          modRevision = now.modRevision;
        }
      }
      this.slowestMs = Math.max(this.slowestMs, performance.now() - began);
      await sleep(20);
    }
  }
}

/** Every number once, in order. */
function assertStory(watching: Watching, key: string): void {
  const told = watching.changes.flatMap((change) =>
    change.kind === 'put' && change.keyValue.key === key ? [Number(change.keyValue.value)] : [],
  );
  assert.deepEqual(
    told,
    told.map((_, index) => (told[0] ?? 0) + index),
  );
}

describe('the etcd store on three members', { timeout: 280_000 }, () => {
  let cluster: EtcdCluster;
  let store: Store;
  let count = 0;
  const prefix = () => `/test/${++count}/`;
  before(async () => {
    cluster = await startEtcd({ size: 3 });
    store = await openStore({ kind: 'etcd', endpoints: cluster.endpoints });
  });
  after(async () => {
    await store[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
  });

  /** Writes, watches and holds a lease while the trouble goes on. */
  async function enduring(trouble: (leader: Member) => Promise<void>): Promise<Counter> {
    const at = prefix();
    const key = `${at}count`;
    const leader = await leaderOf(cluster);
    // The leader first: what it does not answer, others must.
    const endpoints = [leader.endpoint, ...cluster.endpoints.filter((each) => each !== leader.endpoint)];
    await using client = await openStore({ kind: 'etcd', endpoints });
    // Long enough for an election on a busy host, and shorter than the trouble that it has to be renewed in.
    const lease = await client.grantLease({ ttlMs: 15_000 });
    let lost = '';
    void lease.lost.then(({ reason }) => {
      lost = reason;
    });
    await client.transact([], [put(`${at}lease`, '', lease.id)]);
    await using watching = new Watching(client, prefixRange(at));
    await watching.untilSnapshot();
    const counter = new Counter(client, key);
    try {
      await sleep(500);
      await trouble(leader);
      await sleep(500);
    } finally {
      await counter.stop();
    }
    const last = counter.acknowledged.at(-1) ?? 0;
    assert.ok(last > 10, `only ${last} writes`);
    assert.equal((await client.get(key))?.value, String(last));
    await watching.untilValue(key, String(last), 45_000);
    assertStory(watching, key);
    assert.equal(watching.events.filter(({ kind }) => kind === 'snapshot').length, 1);
    assert.equal(lost, '');
    assert.equal(watching.state.get(`${at}lease`)?.lease, lease.id);
    assert.ok(lease.safeUntilMs() > performance.now());
    await lease.revoke();
    return counter;
  }

  test('the leader is killed: writing, watching and the lease go on', async () => {
    const counter = await enduring(async (leader) => {
      await leader.stop();
      await sleep(4000);
      await leader.start();
    });
    assert.ok(counter.slowestMs < 30_000, `${counter.slowestMs} ms`);
  });

  test('the leader hangs for 20 s (SIGSTOP): other members are asked, nothing is done twice', async () => {
    const counter = await enduring(async (leader) => {
      await standStill(leader.pid ?? 0);
      try {
        await sleep(20_000);
      } finally {
        leader.kill('SIGCONT');
      }
    });
    // Nobody waited for it to come back.
    assert.ok(counter.slowestMs < 15_000, `${counter.slowestMs} ms`);
  });

  test('an unguarded write that hangs is not repeated, and says that it may have been done', async () => {
    const [first, ...others] = cluster.members;
    assert.ok(first !== undefined);
    const endpoints = [first, ...others].map(({ endpoint }) => endpoint);
    await using client = await openStore({ kind: 'etcd', endpoints, deadlineMs: 6000 });
    const key = `${prefix()}a`;
    await store.transact([{ key, modRevision: 0 }], [put(key, '1')]);
    // The test before let a member hang: only once all follow one leader is the answer the first one's to give.
    for (const member of cluster.members) await untilLedByAnother(member, undefined);
    assert.equal((await client.get(key))?.value, '1');
    await standStill(first.pid ?? 0);
    try {
      const began = performance.now();
      await assert.rejects(client.transact([], [put(key, '2')]), /may or may not/);
      assert.ok(performance.now() - began < 30_000);
      // The next call already goes elsewhere.
      assert.equal((await client.get(key))?.value, '1');
    } finally {
      first.kill('SIGCONT');
    }
  });

  test('no quorum: the watch says so, and says when it is back', async () => {
    const at = prefix();
    const [first, second, third] = cluster.members;
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    await using client = await openStore({ kind: 'etcd', endpoints: [first.endpoint], deadlineMs: 3000 });
    await using watching = new Watching(client, prefixRange(at));
    await watching.untilSnapshot();
    const connection = (connected: boolean) => (each: Watching) =>
      each.events.findLast(({ kind }) => kind === 'connection')?.kind === 'connection' &&
      each.events.some((event) => event.kind === 'connection' && event.connected === connected);
    await Promise.all([second.stop(), third.stop()]);
    try {
      await watching.until(connection(false), 'news of the lost quorum', 30_000);
      await assert.rejects(client.get(`${at}a`), (error) => storeErrors.is(error, 'unavailable'));
    } finally {
      await Promise.all([second.start(), third.start()]);
    }
    await watching.until(connection(true), 'news of the quorum', 30_000);
    await store.transact([], [put(`${at}a`, 'back')]);
    await watching.untilValue(`${at}a`, 'back');
  });

  test('compaction while a watch is cut off: a snapshot instead of a gap', async () => {
    const at = prefix();
    const [first, second] = cluster.members;
    assert.ok(first !== undefined && second !== undefined);
    await using alone = await openStore({ kind: 'etcd', endpoints: [first.endpoint] });
    await using elsewhere = await openStore({ kind: 'etcd', endpoints: [second.endpoint] });
    const { revision: early } = await elsewhere.transact([], [put(`${at}a`, '1'), put(`${at}b`, '1')]);
    await using watching = new Watching(alone, prefixRange(at));
    await watching.untilValue(`${at}a`, '1');
    const firstId = await memberId(first);
    await first.stop();
    // What is proposed to a leader that has just died is lost, and an unguarded write is not repeated.
    await untilLedByAnother(second, firstId);
    await elsewhere.transact([], [{ kind: 'delete', key: `${at}b` }]);
    const { revision } = await elsewhere.transact([], [put(`${at}a`, '2')]);
    await post(second, '/v3/kv/compaction', { revision: String(revision), physical: true });
    await first.start();
    await watching.untilValue(`${at}a`, '2', 30_000);
    assert.equal(watching.state.has(`${at}b`), false);
    assert.deepEqual(
      watching.events
        .filter(({ kind }) => kind === 'snapshot')
        .map((event) => event.kind === 'snapshot' && event.revision >= early),
      [true, true],
    );
    await using late = new Watching(elsewhere, prefixRange(at), early);
    await late.untilSnapshot();
    assert.equal(late.state.get(`${at}a`)?.value, '2');
  });

  test('the whole cluster is restarted: the watch resumes, the lease and its key live on', async () => {
    const at = prefix();
    const lease = await store.grantLease({ ttlMs: 5000 });
    await store.transact([], [put(`${at}lease`, '', lease.id)]);
    await using watching = new Watching(store, prefixRange(at));
    await watching.untilSnapshot();
    await Promise.all(cluster.members.map((member) => member.stop()));
    await watching.until(({ events }) => events.at(-1)?.kind === 'connection', 'news of the loss');
    await sleep(6000);
    assert.ok(lease.safeUntilMs() < performance.now());
    await Promise.all(cluster.members.map((member) => member.start()));
    await watching.until(
      ({ events }) => events.some((event) => event.kind === 'connection' && event.connected),
      'news of the return',
      40_000,
    );
    await store.transact([], [put(`${at}a`, 'after')]);
    await watching.untilValue(`${at}a`, 'after');
    await sleep(2000);
    assert.equal(watching.state.get(`${at}lease`)?.lease, lease.id);
    assert.ok(lease.safeUntilMs() > performance.now());
    assert.equal(watching.events.filter(({ kind }) => kind === 'snapshot').length, 1);
    await lease.revoke();
  });
});
