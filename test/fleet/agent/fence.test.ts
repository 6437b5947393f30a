// What WhenCutOff=stop guarantees, and what it cannot: a machine, a store and an engine, each with a clock that
// runs at its own rate, and every delay as bad as it may be.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeFence } from '../../../src/fleet/agent/fence.ts';

const ttlMs = 8_000;
const stopWithinMs = 8_000;

test('open while the lease is sure, then stop, then kill', () => {
  const at = (nowMs: number) => judgeFence({ nowMs, safeUntilMs: 10_000, stopWithinMs }).verdict;
  assert.deepEqual([0, 10_000, 11_199, 11_200, 15_599, 15_600].map(at), [
    'open',
    'open',
    'open',
    'stop',
    'stop',
    'kill',
  ]);
});

interface World {
  /** How fast each clock runs against true time. */
  readonly rates: { readonly machine: number; readonly store: number; readonly engine: number };
  /** From the sending of the last keep-alive that was confirmed to its count in the store, in true time. */
  readonly wayMs: number;
  /** From the end of the lease to the engine's decision. */
  readonly decisionMs: number;
  /** How long SIGKILL takes. */
  readonly killMs: number;
  /** The machine's fleetd does not run between these times since that keep-alive was sent. */
  readonly frozen?: readonly [fromMs: number, toMs: number];
}

/** In true time since the last keep-alive was sent: when the unit is dead here, and when it starts elsewhere. */
function play({ rates, wayMs, decisionMs, killMs, frozen }: World): { deadMs: number; startMs: number } {
  // Our clock reads 0 when the keep-alive is sent.
  const safeUntilMs = ttlMs;
  let nowMs = 0;
  for (;;) {
    const { verdict, againAtMs } = judgeFence({ nowMs, safeUntilMs, stopWithinMs });
    // A unit that ignores SIGTERM.
    if (verdict === 'kill' || againAtMs === undefined) break;
    const awake = againAtMs / rates.machine;
    const isFrozen = frozen !== undefined && awake >= frozen[0] && awake < frozen[1];
    nowMs = isFrozen ? frozen[1] * rates.machine : againAtMs;
  }
  const deadMs = nowMs / rates.machine + killMs;
  const leaseEndMs = wayMs + ttlMs / rates.store;
  return { deadMs, startMs: leaseEndMs + decisionMs + stopWithinMs / rates.engine };
}

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test('it never runs twice while clocks agree within a tenth and SIGKILL takes a tenth of the time', () => {
  const next = random(1);
  const rate = () => 0.95 + next() * 0.1;
  for (let round = 0; round < 20_000; round++) {
    const world: World = {
      rates: { machine: rate(), store: rate(), engine: rate() },
      wayMs: next() * 5_000,
      decisionMs: next() * 1_000,
      killMs: next() * 0.1 * stopWithinMs,
    };
    const { deadMs, startMs } = play(world);
    assert.ok(deadMs < startMs, JSON.stringify({ world, deadMs, startMs }));
  }
});

test('a daemon that is frozen for a short time still makes it; one that is frozen for long does not', () => {
  const rates = { machine: 1, store: 1, engine: 1 };
  const world = { rates, wayMs: 0, decisionMs: 0, killMs: 100 };
  const short = play({ ...world, frozen: [9_000, 15_000] });
  assert.ok(short.deadMs < short.startMs);
  // Nobody else can stop the unit: only one who resets the machine, which is what fencing by hardware is.
  const long = play({ ...world, frozen: [9_000, 60_000] });
  assert.ok(long.deadMs > long.startMs);
});
