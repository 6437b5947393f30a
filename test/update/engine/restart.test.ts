// The engine started again: after a stop, a kill, a power cut, another's mark.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { offerAnswer, slotsOf, World } from '../world.ts';

test('a daemon that is started again knows that an update waits', async (context) => {
  const world = await World.make(context);
  world.answer = () => offerAnswer();
  await world.start();
  await world.attempt();
  await world.start();
  assert.equal(world.engine.status().operation, 'UPDATE_STATUS_UPDATED_NEED_REBOOT');
  assert.equal(world.engine.status().newVersion, '2.0.0');
});

test('killed between the slot’s last step and the note of it, it finds out', async (context) => {
  const world = await World.make(context);
  await world.records().setPending({ version: '2.0.0', from: '1.0.0', bootId: 'boot-1', armed: false });
  world.slots = slotsOf({ version: '1.0.0' }, { version: '2.0.0', state: 'trial', next: true, triesLeft: 3 });
  await world.start();
  assert.equal(world.engine.status().operation, 'UPDATE_STATUS_UPDATED_NEED_REBOOT');
  assert.equal((await world.records().pending())?.armed, true);
  assert.equal(await (await world.prefs()).get('previous-version'), '1.0.0');
});

test('stopped in the middle of a download, it goes on with the next start', async (context) => {
  const world = await World.make(context);
  world.answer = () => offerAnswer();
  world.apply = async (job) => {
    job.onProgress(0.25);
    await new Promise((_resolve, reject) =>
      job.signal.addEventListener('abort', () => reject(job.signal.reason)),
    );
  };
  await world.start();
  await world.attempt();
  const told = world.said.length;
  await world.stop();
  assert.equal(world.said.length, told, 'a stop is no failure to report');
  assert.equal(await (await world.prefs()).getNumber('current-url-failure-count'), 0);
  world.apply = async ({ onDownloaded }) => await onDownloaded();
  await world.start();
  assert.equal(world.engine.status().operation, 'UPDATE_STATUS_IDLE');
  assert.deepEqual(world.engine.detail().failedVersions, []);
  await world.attempt();
  assert.equal(world.course.at(-1), 'UPDATED_NEED_REBOOT');
});

test('power that failed in the middle of a download makes no failed version', async (context) => {
  const world = await World.make(context);
  await world.records().setPending({ version: '2.0.0', from: '1.0.0', bootId: 'boot-0', armed: false });
  await world.start();
  assert.deepEqual(world.engine.detail().failedVersions, []);
  assert.equal(await world.records().pending(), undefined);
});

test('a mark that somebody else left is believed', async (context) => {
  const world = await World.make(context);
  await world.marks().set('9.9.9');
  await world.start();
  assert.equal(world.engine.status().newVersion, '9.9.9');
  assert.equal(world.engine.status().operation, 'UPDATE_STATUS_UPDATED_NEED_REBOOT');
});
