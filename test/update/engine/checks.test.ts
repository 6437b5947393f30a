// When the engine asks, and what becomes of it while updates are off.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flag, httpStatus, noUpdate, World } from '../world.ts';

test('the first check comes within 2 to 12 minutes, the next ones every 40 to 50', async (context) => {
  const world = await World.make(context);
  await world.start();
  await world.minutes(600);
  const [first = 0, ...others] = world.checkedAt;
  assert.ok(first >= 2 && first <= 12, String(first));
  assert.ok(others.length >= 11 && others.length <= 15, String(others.length));
  for (const [index, at] of others.entries()) {
    const gap = at - (index === 0 ? first : (others[index - 1] ?? 0));
    assert.ok(gap >= 40 && gap <= 51, String(gap));
  }
});

test('the first check has no version to tell of, the later ones an empty one', async (context) => {
  const world = await World.make(context);
  await world.start();
  await world.minutes(70);
  assert.deepEqual(world.said.slice(0, 2), ['check + 3/2 previous=0.0.0.0', 'check + 3/2 previous=']);
  assert.equal(world.requests[0]?.installSource, 'scheduler');
  assert.equal(world.requests[0]?.apps[0]?.machineId, 'abce671d61774703ac7be60715220bfe');
  assert.equal(world.requests[0]?.apps[0]?.bootId, '{boot-1}');
  assert.equal(world.requests[0]?.apps[0]?.alephVersion, '1.0.0');
});

test('a check by a person says so', async (context) => {
  const world = await World.make(context);
  await world.start();
  await world.attempt();
  assert.equal(world.requests[0]?.installSource, 'ondemandupdate');
  assert.deepEqual(world.course, ['CHECKING_FOR_UPDATE', 'IDLE']);
});

for (const status of [500, 503]) {
  test(`HTTP ${status} makes it come more seldom, up to four hours, and ends with a good answer`, async (context) => {
    const world = await World.make(context);
    world.answer = () => httpStatus(status);
    await world.start();
    await world.minutes(30 * 60);
    const gaps = world.checkedAt.slice(1).map((at, index) => at - (world.checkedAt[index] ?? 0));
    assert.ok((gaps[0] ?? 0) <= 51, String(gaps));
    assert.ok(world.checkedAt.length < 16, String(world.checkedAt.length));
    assert.ok(
      gaps.every((gap) => gap <= 361),
      String(gaps),
    );
    assert.ok(world.said.includes(`event 3/0/${2000 + status + flag}`));
    assert.match(world.engine.detail().reason, new RegExp(`HTTP status ${status}`));
    const { lastCheckedS } = world.engine.status();
    assert.equal(lastCheckedS, 0);
    world.answer = () => noUpdate();
    await world.minutes(400);
    const before = world.checkedAt.length;
    await world.minutes(120);
    assert.ok(world.checkedAt.length - before >= 2);
    assert.equal(world.engine.detail().reason, '');
  });
}

test('a PollInterval is kept to for one wait', async (context) => {
  const world = await World.make(context);
  world.answer = () => noUpdate({ pollInterval: 14_400 });
  await world.start();
  await world.attempt();
  const [first = 0] = world.checkedAt;
  world.answer = () => noUpdate();
  await world.minutes(24 * 60);
  const [, second = 0, third = 0] = world.checkedAt;
  assert.ok(second - first >= 119 && second - first <= 361, String(second - first));
  assert.ok(third - second >= 39 && third - second <= 51, String(third - second));
});

test('updates that are off are off until the file says something else, without a restart', async (context) => {
  const world = await World.make(context);
  world.config = 'SERVER=disabled\n';
  await world.start();
  assert.match(world.engine.detail().reason, /off: SERVER=disabled/);
  await world.minutes(300);
  assert.deepEqual(world.said, []);
  await world.attempt();
  assert.deepEqual(world.course, ['CHECKING_FOR_UPDATE', 'REPORTING_ERROR_EVENT', 'IDLE']);
  assert.match(world.engine.detail().reason, /off: SERVER=disabled/);
  world.config = 'SERVER=https://updates.example/v1/update/\n';
  await world.engine.reload();
  assert.equal(world.engine.detail().reason, '');
  await world.minutes(51);
  assert.equal(world.checkedAt.length, 1);
});

test('an image that wants no checks by itself gets none, but for a person', async (context) => {
  const world = await World.make(context);
  world.noUpdate = true;
  await world.start();
  await world.minutes(600);
  assert.deepEqual(world.said, []);
  assert.equal(world.engine.detail().nextCheckS, 0);
  await world.attempt();
  assert.equal(world.checkedAt.length, 1);
  await world.minutes(600);
  assert.equal(world.checkedAt.length, 1);
});
