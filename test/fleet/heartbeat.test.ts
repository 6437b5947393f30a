import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchHeartbeat } from '../../src/fleet/heartbeat.ts';
import type { Clock } from '../../src/host/index.ts';
import type { Lease } from '../../src/store/index.ts';

test('a heartbeat that stops is said once, and once more when it stops again', async () => {
  let nowMs = 0;
  let safeMs = 1000;
  const timers: (readonly [number, () => void])[] = [];
  const clock: Clock = {
    now: () => nowMs,
    after(ms, callback) {
      const timer = [nowMs + ms, callback] as const;
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), timers.includes(timer) ? 1 : 0);
    },
  };
  const pass = async (ms: number) => {
    const end = nowMs + ms;
    for (;;) {
      const next = timers.toSorted((a, b) => a[0] - b[0])[0];
      if (next === undefined || next[0] > end) break;
      timers.splice(timers.indexOf(next), 1);
      nowMs = next[0];
      next[1]();
      await new Promise((resolve) => setImmediate(resolve));
    }
    nowMs = end;
  };
  const lease: Lease = {
    ...{ id: '1', ttlMs: 1000, lost: new Promise(() => {}) },
    ...{ safeUntilMs: () => safeMs, abandon: () => {}, revoke: async () => {} },
  };
  const said: string[] = [];
  const log = {
    ...{ debug: () => {}, info: () => {}, warn: () => {} },
    error: (_: object, message: string) => void said.push(message),
  };
  const stop = new AbortController();
  const watching = watchHeartbeat(lease, clock, log, stop.signal);
  for (let beat = 0; beat < 20; beat++) {
    await pass(300);
    safeMs = nowMs + 1000;
  }
  assert.equal(said.length, 0);
  await pass(10_000);
  assert.equal(said.length, 1);
  assert.match(said[0] ?? '', /^Server monitor triggered: Monitor timed out before successful heartbeat/);
  safeMs = nowMs + 1000;
  await pass(1500);
  assert.equal(said.length, 2);
  stop.abort();
  await watching;
  assert.equal(timers.length, 0);
});
