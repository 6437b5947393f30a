import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pause } from '../../src/host/index.ts';
import { StoppableClock } from '../../src/simulator/stoppable-clock.ts';
import { VirtualClock } from '../../src/simulator/virtual-clock.ts';

test('timers fire in order, each at its time, and what they begin is done before time goes on', async () => {
  const clock = new VirtualClock(Math.random);
  const told: string[] = [];
  const at = (ms: number, what: string) =>
    clock.after(ms, () => {
      setImmediate(() => setImmediate(() => told.push(`${what} done at ${clock.now()}`)));
      told.push(`${what} at ${clock.now()}`);
    });
  at(20, 'b');
  at(10, 'a');
  at(20, 'c');
  at(15, 'never')();
  await clock.pass(3_600_000);
  assert.deepEqual(told, ['a at 10', 'a done at 10', 'b at 20', 'c at 20', 'b done at 20', 'c done at 20']);
  assert.equal(clock.now(), 3_600_000);
});

test('it waits until something holds, and no longer than it may', async () => {
  const clock = new VirtualClock(Math.random);
  let held = false;
  clock.after(500, () => {
    held = true;
  });
  assert.equal(await clock.until(() => held, 400), false);
  assert.equal(await clock.until(() => held, 400), true);
  assert.equal(clock.now(), 500);
});

test('a pause ends with its time or its signal', async () => {
  const clock = new VirtualClock(Math.random);
  const stop = new AbortController();
  const ended: string[] = [];
  void pause(clock, 100).then(() => ended.push('time'));
  void pause(clock, 1000, stop.signal).then(() => ended.push('signal'));
  await clock.pass(200);
  stop.abort();
  await clock.pass(1);
  assert.deepEqual(ended, ['time', 'signal']);
});

test('a held clock fires nothing; it goes on where it was, or shows what it missed', async () => {
  const world = new VirtualClock(Math.random);
  for (const [missed, now, fires] of [
    [true, 150, 100],
    [false, 50, 200],
  ] as const) {
    const clock = new StoppableClock(world);
    const began = world.now();
    const offset = clock.now();
    let fired: number | undefined;
    clock.after(100, () => {
      fired = world.now() - began;
    });
    await world.pass(30);
    clock.stop();
    await world.pass(100);
    clock.go(missed);
    await world.pass(20);
    assert.equal(clock.now() - offset, now);
    await world.pass(500);
    assert.equal(fired, missed ? 130 : fires);
  }
});
