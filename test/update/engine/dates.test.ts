// A date that is set years forth and back: the wait for the next check is not of the date, and nothing that was
// written down with one keeps updates away for longer than it could have been meant.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure, noUpdate, offerAnswer, startMs, World } from '../world.ts';

const day = 86_400_000;
const year = 365 * day;

for (const [name, shiftMs] of [
  ['twenty years forth', 20 * year],
  ['thirty years back', -30 * year],
  ['to 1970', -startMs],
] as const) {
  test(`a date that is set ${name} does not move the next checks`, async (context) => {
    const world = await World.make(context);
    await world.start();
    await world.minutes(60);
    const before = world.checkedAt.length;
    world.dateShiftMs = shiftMs;
    const nowS = (startMs + world.clock.now() + shiftMs) / 1000;
    const { nextCheckS } = world.engine.detail();
    assert.ok(nextCheckS >= nowS - 1 && nextCheckS <= nowS + 3001, String(nextCheckS - nowS));
    await world.minutes(24 * 60);
    const gaps = world.checkedAt.slice(before).map((at, i) => at - (world.checkedAt[before + i - 1] ?? 0));
    assert.ok(gaps.length >= 28 && gaps.every((gap) => gap <= 51), String(gaps));
    assert.ok(world.engine.status().lastCheckedS >= 0);
  });

  test(`a wait after failed downloads ends although the date was set ${name}`, async (context) => {
    const world = await World.make(context);
    world.dateShiftMs = shiftMs;
    world.answer = () => offerAnswer();
    world.apply = async () => {
      throw new Failure(10);
    };
    await world.start();
    await world.attempt();
    assert.equal(world.engine.detail().lastCode, 10);
    await world.attempt();
    assert.equal(world.engine.detail().lastCode, 40);
    world.dateShiftMs = 0;
    await world.minutes(31 * 60);
    assert.ok(world.jobs.length >= 2, world.engine.detail().reason);
  });
}

test('a wait for ever, of a date that was wrong, is dropped by the next answer', async (context) => {
  const world = await World.make(context);
  world.answer = () => offerAnswer();
  world.apply = async () => {
    throw new Failure(10);
  };
  world.dateShiftMs = 40 * year;
  await world.start();
  await world.attempt();
  world.dateShiftMs = 0;
  world.apply = async ({ onDownloaded }) => await onDownloaded();
  await world.attempt();
  assert.equal(world.course.at(-1), 'UPDATED_NEED_REBOOT');
  world.answer = () => noUpdate();
});
