// A process that closes its store with everything still under way. What is to be closed comes as arguments:
// the configuration of the store as JSON, and how its server stops answering (a pid to stop), if it does.

import { setTimeout as sleep } from 'node:timers/promises';
import {
  campaign,
  openStore,
  prefixRange,
  type StoreConfig,
  type WatchEvent,
} from '../../src/store/index.ts';
import { standStill } from './standstill.ts';

const config: StoreConfig = JSON.parse(process.argv[2] ?? '');
const serverPid = Number(process.argv[3] ?? 0);
const signal = new AbortController().signal;
const ends: Record<string, string> = {};
const note = (what: string, work: Promise<unknown>) => {
  ends[what] = 'open';
  work.then(
    () => {
      ends[what] = 'fulfilled';
    },
    (error: unknown) => {
      ends[what] = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    },
  );
};
const readAll = async (events: AsyncIterable<WatchEvent>) => {
  for await (const _ of events);
};

const store = await openStore(config);
const put = (key: string) => store.transact([], [{ kind: 'put', key, value: '' }]);
const lease = await store.grantLease({ ttlMs: 60_000 });
// One that nobody reads any more, one that waits for the first change, one that is only asked for now.
const left = store.watch(prefixRange('/left/'), { signal })[Symbol.asyncIterator]();
await left.next();
const change = left.next();
await sleep(200);
await put('/left/a');
await change;
note('watch', readAll(store.watch(prefixRange('/read/'), { signal })));
const leadership = await campaign({ store, key: '/leader', value: 'me', lease, signal });
note('leadership', leadership.lost);
const other = await store.grantLease({ ttlMs: 60_000 });
note('campaign', campaign({ store, key: '/leader', value: 'other', lease: other, signal }));
await sleep(200);
if (serverPid > 0) await standStill(serverPid);
note('call', put('/late'));
note('grant', store.grantLease({ ttlMs: 60_000 }));
note('new watch', readAll(store.watch(prefixRange('/new/'), { signal })));
if (serverPid > 0) await sleep(300);
await store[Symbol.asyncDispose]();
process.stdout.write('closed\n');
process.once('exit', () => process.stdout.write(`${JSON.stringify(ends)}\n`));
