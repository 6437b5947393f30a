// Times the store against a real etcd and on a disk: `node bench/store.ts [count]`; JSON on standard output.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, prefixRange, type Store } from '../src/store/index.ts';
import { startEtcd } from '../test/store/etcd-process.ts';

const count = Number(process.argv[2] ?? 500);

const quantile = (sorted: readonly number[], part: number): number =>
  Math.round((sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN) * 100) / 100;

async function timed(times: number, work: (index: number) => Promise<unknown>): Promise<number[]> {
  const took: number[] = [];
  for (let index = 0; index < times; index++) {
    const began = performance.now();
    await work(index);
    took.push(performance.now() - began);
  }
  return took.sort((one, two) => one - two);
}

async function measure(store: Store): Promise<object> {
  const opened = performance.now();
  await store.get('/first');
  const firstMs = quantile([performance.now() - opened], 0);
  const put = (key: string) => store.transact([], [{ kind: 'put', key, value: 'x'.repeat(200) }]);
  await timed(50, (index) => put(`/warm/${index}`));
  const puts = await timed(count, (index) => put(`/put/${index}`));
  const gets = await timed(count, (index) => store.get(`/put/${index}`));
  const abort = new AbortController();
  const events = store.watch(prefixRange('/watched/'), { signal: abort.signal })[Symbol.asyncIterator]();
  await events.next();
  // Until the stream is up; a put before that would time its making.
  await put('/watched/warm');
  await events.next();
  const watched = await timed(count, async (index) => {
    const seen = events.next();
    await Promise.all([put(`/watched/${index}`), seen]);
  });
  abort.abort();
  const began = performance.now();
  await Promise.all(Array.from({ length: 2000 }, (_, index) => put(`/many/${index}`)));
  return {
    firstMs,
    putP50Ms: quantile(puts, 0.5),
    putP95Ms: quantile(puts, 0.95),
    getP50Ms: quantile(gets, 0.5),
    putToWatchP50Ms: quantile(watched, 0.5),
    puts2000AtOnceMs: Math.round(performance.now() - began),
    rssMiB: Math.round(process.memoryUsage.rss() / 2 ** 20),
  };
}

const rssBeforeMiB = Math.round(process.memoryUsage.rss() / 2 ** 20);
const results: Record<string, object> = {};
{
  await using cluster = await startEtcd();
  await using store = await openStore({ kind: 'etcd', endpoints: cluster.endpoints, deadlineMs: 60_000 });
  results.etcd = await measure(store);
}
const directory = await mkdtemp(join(tmpdir(), 'keelson-bench-'));
try {
  await using store = await openStore({ kind: 'embedded', path: join(directory, 'store.db') });
  results.embedded = await measure(store);
} finally {
  await rm(directory, { recursive: true });
}
process.stdout.write(
  `${JSON.stringify({ count, node: process.version, rssBeforeMiB, ...results }, null, 2)}\n`,
);
