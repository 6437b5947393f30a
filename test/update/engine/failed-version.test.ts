// Versions that came back, or failed otherwise: remembered, told, not taken again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cameBack, flag, offerAnswer, slotsOf, World } from '../world.ts';

test('a version that comes back is reported, remembered, told why, and not installed again', async (context) => {
  const world = await World.make(context);
  world.answer = () => offerAnswer();
  await world.start();
  await world.attempt();
  await world.reboot('1.0.0', cameBack);
  assert.deepEqual(world.said, ['event 3/0/44']);
  const { reason, lastCode, failedVersions } = world.engine.detail();
  assert.match(reason, /came back in 1\.0\.0 after 3 tries: 2\.0\.0 did not pass/);
  assert.equal(lastCode, 44);
  assert.equal(failedVersions[0]?.version, '2.0.0');
  assert.equal(await world.marks().get(), undefined);
  await world.minutes(120);
  assert.equal(world.jobs.length, 1);
  assert.ok(world.said.includes(`event 3/9/${35 + flag}`));
  assert.match(world.engine.detail().reason, /2\.0\.0 is offered, which failed here: The machine came back/);
  // It is remembered over restarts and reboots, and another version is taken.
  await world.reboot('1.0.0', cameBack);
  await world.attempt();
  assert.equal(world.jobs.length, 1);
  world.answer = () => offerAnswer({ version: '2.0.1' });
  await world.attempt();
  assert.equal(world.jobs.length, 2);
});

test('told so, it installs a version that failed, and gives it a new chance', async (context) => {
  const world = await World.make(context);
  await world.records().addFailed({ version: '2.0.0', reason: 'It broke.', sinceS: 1 });
  world.answer = () => offerAnswer();
  await world.start();
  await world.attempt();
  assert.equal(world.jobs.length, 0);
  await world.attempt(true);
  assert.equal(world.jobs.length, 1);
  assert.equal(world.jobs[0]?.force, true);
  assert.deepEqual(world.engine.detail().failedVersions, []);
});

test('a failed version can be forgotten', async (context) => {
  const world = await World.make(context);
  await world.records().addFailed({ version: '2.0.0', reason: 'It broke.', sinceS: 1 });
  world.answer = () => offerAnswer();
  await world.start();
  assert.equal(await world.engine.forget('3.0.0'), false);
  assert.equal(await world.engine.forget('2.0.0'), true);
  await world.attempt();
  assert.equal(world.jobs.length, 1);
});

test('what the slots remember as failed counts as well', async (context) => {
  const world = await World.make(context);
  world.slots = { ...slotsOf({ version: '1.0.0' }), failed: [{ version: '2.0.0', rootHash: 'x' }] };
  world.answer = () => offerAnswer();
  await world.start();
  await world.attempt();
  assert.equal(world.jobs.length, 0);
  assert.match(world.engine.detail().reason, /used up its tries/);
  // Somebody lets it in: the slots are told so, too.
  assert.equal(await world.engine.forget('2.0.0'), true);
  await world.attempt();
  assert.deepEqual(
    world.jobs.map(({ again, force }) => [again, force]),
    [[true, false]],
  );
});

test('a machine without slots says so', async (context) => {
  const world = await World.make(context);
  world.slots = undefined;
  world.answer = () => offerAnswer();
  await world.start();
  await world.attempt();
  assert.match(world.engine.detail().reason, /runs from no slot/);
  assert.equal(world.engine.detail().runningSlot, 'none');
});
