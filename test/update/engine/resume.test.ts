// Downloads that go on with what an attempt before has left: told to the server, and given up when that keeps failing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attemptOf, mostResumedFailures } from '../../../src/update/resume.ts';
import { Failure, flag, offerAnswer, World } from '../world.ts';

const resumedFlag = 1 << 30;
const free = () => offerAnswer({ disablePayloadBackoff: true, maxFailureCountPerUrl: 1000 });

async function brokenWorld(...context: Parameters<typeof World.make>): Promise<World> {
  const world = await World.make(...context);
  world.answer = free;
  world.apply = async ({ onProgress }) => {
    onProgress(0.1);
    throw new Failure(9);
  };
  await world.start();
  return world;
}

test('what is decided of an attempt', () => {
  assert.deepEqual(attemptOf(false, 0), { resumed: false, fromScratch: false });
  assert.deepEqual(attemptOf(true, 0), { resumed: true, fromScratch: false });
  assert.deepEqual(attemptOf(true, 9), { resumed: true, fromScratch: false });
  assert.deepEqual(attemptOf(true, 10), { resumed: false, fromScratch: true });
  assert.deepEqual(attemptOf(false, 10), { resumed: false, fromScratch: false });
});

test('the code of a download that went on has bit 30, also after a restart', async (context) => {
  const world = await brokenWorld(context);
  await world.attempt();
  assert.equal(world.said.at(-1), `event 3/0/${9 + flag}`);
  await world.attempt();
  assert.equal(world.said.at(-1), `event 3/0/${9 + flag + resumedFlag}`);
  await world.start();
  await world.attempt();
  assert.equal(world.said.at(-1), `event 3/0/${9 + flag + resumedFlag}`);
  assert.equal(await (await world.prefs()).getNumber('resumed-update-failures'), 2);
});

test('a code that is not of a download never has it', async (context) => {
  const world = await brokenWorld(context);
  await world.attempt();
  world.answer = () => ({ status: 404, body: Buffer.alloc(0) });
  await world.attempt();
  assert.equal(world.said.at(-1), `event 3/0/${2404 + flag}`);
});

test('an attempt of which nothing came is none to go on with', async (context) => {
  const world = await brokenWorld(context);
  world.apply = async () => {
    throw new Failure(9);
  };
  for (let round = 0; round < 3; round++) await world.attempt();
  assert.equal(world.said.at(-1), `event 3/0/${9 + flag}`);
});

test('another answer is begun from its own beginning', async (context) => {
  const world = await brokenWorld(context);
  await world.attempt();
  await world.attempt();
  world.answer = () => offerAnswer({ version: '3.0.0', disablePayloadBackoff: true });
  await world.attempt();
  assert.equal(world.said.at(-1), `event 3/0/${9 + flag}`);
  assert.equal(await (await world.prefs()).getNumber('resumed-update-failures'), 0);
});

test('after ten downloads that went on and failed, what is there does not count', async (context) => {
  const world = await brokenWorld(context);
  for (let round = 0; round <= mostResumedFailures; round++) await world.attempt();
  assert.ok(world.jobs.every(({ fromScratch }) => fromScratch === false));
  await world.attempt();
  assert.equal(world.jobs.at(-1)?.fromScratch, true);
  assert.equal(world.said.at(-1), `event 3/0/${9 + flag}`);
  await world.attempt();
  assert.equal(world.jobs.at(-1)?.fromScratch, false);
  assert.equal(world.said.at(-1), `event 3/0/${9 + flag + resumedFlag}`);
});

test('an update that came whole leaves nothing to go on with', async (context) => {
  const world = await brokenWorld(context);
  await world.attempt();
  world.apply = async ({ onDownloaded }) => await onDownloaded();
  await world.attempt();
  assert.equal(world.course.at(-1), 'UPDATED_NEED_REBOOT');
  const prefs = await world.prefs();
  assert.equal(await prefs.get('update-check-response-hash'), '');
  assert.match((await prefs.get('full-response')) ?? '', /<manifest version="2\.0\.0">/);
});
