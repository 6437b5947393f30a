// The course of an update over virtual time: offered, installed, booted, blessed.

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { updateErrors } from '../../../src/update/errors.ts';
import { blessed, flag, noUpdate, offerAnswer, onTrial, World } from '../world.ts';

test('an update from offer to reboot to blessing', async (context) => {
  const world = await World.make(context);
  world.config += 'COREOS_RELEASE_VERSION=1.0.0\n';
  world.answer = () => offerAnswer();
  await world.start();
  await world.attempt();
  assert.deepEqual(world.course, [
    ...['CHECKING_FOR_UPDATE', 'UPDATE_AVAILABLE', 'DOWNLOADING', 'VERIFYING', 'FINALIZING'],
    'UPDATED_NEED_REBOOT',
  ]);
  assert.deepEqual(world.said, ['check + 3/2 previous=0.0.0.0', 'event 13/1', 'event 14/1', 'event 3/1']);
  assert.equal(await (await world.prefs()).get('previous-version'), '1.0.0');
  assert.equal(await world.marks().get(), '2.0.0');
  assert.deepEqual((await readdir(world.folder)).sort(), [
    ...['completed', 'pending-update.json', 'prefs', 'reboot-required'],
  ]);
  // From now on it only says that it is alive.
  world.said.length = 0;
  await world.minutes(120);
  assert.ok(world.said.length >= 2 && world.said.every((line) => line === 'ping'), world.said.join());

  world.config = world.config.replace('1.0.0', '2.0.0');
  await world.reboot('2.0.0', onTrial);
  await world.minutes(1);
  assert.deepEqual(world.said, []);
  assert.equal(world.engine.detail().runningSlot, 'on-trial');
  // A check before the blessing says nothing of how the reboot went, and takes nothing.
  world.answer = () => offerAnswer({ version: '3.0.0' });
  await world.minutes(12);
  assert.deepEqual(world.said, ['check', `event 3/9/${36 + flag}`]);
  assert.match(world.engine.detail().reason, /2\.0\.0, which runs, is still on trial/);
  assert.equal(world.jobs.length, 1);

  world.answer = () => noUpdate();
  world.said.length = 0;
  world.slots = blessed;
  await world.minutes(1);
  assert.deepEqual(world.said, ['event 3/2 previous=1.0.0']);
  assert.equal(await world.records().pending(), undefined);
  await world.minutes(60);
  assert.equal(world.said[1], 'check + 3/2 previous=');
});

test('a blessing that nobody hears of is told with the next check', async (context) => {
  const world = await World.make(context);
  world.answer = () => offerAnswer();
  await world.start();
  await world.attempt();
  world.reachable = false;
  await world.reboot('2.0.0', blessed);
  await world.minutes(1);
  assert.deepEqual(world.said, ['event 3/2 previous=1.0.0']);
  world.reachable = true;
  world.answer = () => noUpdate();
  await world.minutes(60);
  assert.equal(world.said[1], 'check + 3/2 previous=1.0.0');
  assert.equal(world.said[2], 'check + 3/2 previous=');
});

test('a second wish while one is under way changes nothing', async (context) => {
  const world = await World.make(context);
  world.answer = () => offerAnswer();
  const release = Promise.withResolvers<void>();
  world.apply = async (job) => {
    job.onProgress(0.25);
    await release.promise;
    await job.onDownloaded();
  };
  await world.start();
  await world.attempt();
  await world.attempt();
  await assert.rejects(world.engine.reset(), (error) => updateErrors.is(error, 'busy'));
  assert.equal(world.engine.status().progress, 0.25);
  release.resolve();
  await world.minutes(1);
  assert.equal(world.jobs.length, 1);
  assert.equal(world.checkedAt.length, 1);
  assert.equal(world.course.at(-1), 'UPDATED_NEED_REBOOT');
});

test('stopped right after an update was installed, it first tells the server', async (context) => {
  const world = await World.make(context);
  world.answer = () => offerAnswer();
  const slow = Promise.withResolvers<void>();
  world.apply = async ({ onDownloaded }) => {
    world.hold = slow.promise;
    await onDownloaded();
  };
  await world.start();
  await world.attempt();
  assert.equal(world.course.at(-1), 'UPDATED_NEED_REBOOT');
  assert.ok(!world.said.includes('event 3/1'));
  const stopped = world.stop();
  slow.resolve();
  await stopped;
  assert.equal(world.said.at(-1), 'event 3/1');
});

test('reset forgets the update that waits; the next check offers it again', async (context) => {
  const world = await World.make(context);
  world.answer = () => offerAnswer({ disablePayloadBackoff: true });
  await world.start();
  await world.engine.reset();
  await world.attempt();
  await world.engine.reset();
  assert.equal(world.engine.status().operation, 'UPDATE_STATUS_IDLE');
  assert.equal(world.engine.status().newVersion, '0.0.0');
  assert.equal(await world.marks().get(), undefined);
  assert.equal(await world.records().pending(), undefined);
  await world.attempt();
  assert.equal(world.jobs.length, 2);
});

test('a lower version goes to the payload as one, which alone can see what is signed', async (context) => {
  const world = await World.make(context);
  world.answer = () => offerAnswer({ version: '0.9.0' });
  await world.start();
  await world.attempt();
  assert.equal(world.jobs[0]?.downgrade, true);
  assert.equal(world.jobs[0]?.runningVersion, '1.0.0');
});

test('progress is told by the hundredth', async (context) => {
  const world = await World.make(context);
  world.answer = () => offerAnswer();
  world.apply = async (job) => {
    for (let step = 0; step <= 10_000; step++) job.onProgress(step / 10_000);
    await job.onDownloaded();
  };
  await world.start();
  await world.attempt();
  const told = world.statuses.filter(({ operation }) => operation === 'UPDATE_STATUS_DOWNLOADING');
  assert.ok(told.length >= 99 && told.length <= 103, String(told.length));
});

test('what the limit, the slots and the password are goes to the payload', async (context) => {
  const world = await World.make(context);
  world.config += 'DOWNLOAD_LIMIT=1M\nSLOT_FOLDER=/var/slots\nDOWNLOAD_USER=me\nDOWNLOAD_PASSWORD="p w"\n';
  world.answer = () => offerAnswer();
  await world.start();
  await world.attempt();
  const [job] = world.jobs;
  assert.deepEqual(
    [job?.bytesPerSecond, job?.slotFolder, job?.user, job?.password],
    [1_048_576, '/var/slots', 'me', 'p w'],
  );
});
