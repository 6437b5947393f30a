// Mirrors that fail, and the waits that follow, over virtual time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure, flag, offerAnswer, World } from '../world.ts';

test('a mirror that gives rubbish is followed by the next one at once', async (context) => {
  const world = await World.make(context);
  world.answer = () => offerAnswer({ codebases: ['https://one.example/', 'https://two.example/'] });
  const good = world.apply;
  world.apply = async (job) => {
    if (job.codebase.includes('one')) throw new Failure(10);
    await good(job);
  };
  await world.start();
  await world.attempt();
  assert.deepEqual(
    world.jobs.map(({ codebase }) => codebase),
    ['https://one.example/', 'https://two.example/'],
  );
  assert.equal(world.course.at(-1), 'UPDATED_NEED_REBOOT');
});

test('when every mirror gives rubbish it waits a day, then two', async (context) => {
  const world = await World.make(context);
  world.answer = () => offerAnswer({ codebases: ['https://one.example/', 'https://two.example/'] });
  world.apply = async () => {
    throw new Failure(18, 'The signature is not of a key that is trusted here.');
  };
  await world.start();
  await world.attempt();
  assert.equal(world.jobs.length, 2);
  assert.equal(world.said.at(-1), `event 3/0/${18 + flag}`);
  assert.match(world.engine.detail().reason, /signature/);
  await world.attempt();
  assert.equal(world.jobs.length, 2);
  assert.equal(world.said.at(-1), `event 3/9/${40 + flag}`);
  assert.match(world.engine.detail().reason, /waits \d+ h/);
  await world.minutes(17 * 60);
  assert.equal(world.jobs.length, 2);
  await world.minutes(15 * 60);
  assert.equal(world.jobs.length, 4);
  await world.minutes(41 * 60);
  assert.equal(world.jobs.length, 4);
});

test('a restart does not shorten that wait, telling it to go on does', async (context) => {
  const world = await World.make(context);
  world.answer = () => offerAnswer();
  world.apply = async () => {
    throw new Failure(10);
  };
  await world.start();
  await world.attempt();
  await world.start();
  await world.attempt();
  assert.equal(world.jobs.length, 1);
  await world.attempt(true);
  assert.equal(world.jobs.length, 2);
});

test('a connection that breaks is tried again at the next checks, and leads on after the tenth', async (context) => {
  const world = await World.make(context);
  world.answer = () => offerAnswer({ codebases: ['https://one.example/', 'https://two.example/'] });
  world.apply = async ({ codebase }) => {
    throw new Failure(codebase.includes('one') ? 9 : 2404);
  };
  await world.start();
  for (let round = 1; round <= 9; round++) {
    await world.attempt();
    assert.equal(await (await world.prefs()).getNumber('current-url-failure-count'), round);
  }
  assert.ok(world.jobs.every(({ codebase }) => codebase.includes('one')));
  await world.attempt();
  assert.equal(world.jobs.at(-1)?.codebase, 'https://two.example/');
  assert.equal(await (await world.prefs()).getNumber('current-url-index'), 1);
});

test('bytes that come forgive the failures before', async (context) => {
  const world = await World.make(context);
  world.answer = () => offerAnswer();
  world.apply = async () => {
    throw new Failure(9);
  };
  await world.start();
  await world.attempt();
  await world.attempt();
  assert.equal(await (await world.prefs()).getNumber('current-url-failure-count'), 2);
  world.apply = async ({ onProgress }) => {
    onProgress(0.1);
    throw new Failure(9);
  };
  await world.attempt();
  assert.equal(await (await world.prefs()).getNumber('current-url-failure-count'), 1);
});
