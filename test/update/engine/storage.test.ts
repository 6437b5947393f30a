// The engine's memory damaged, unreadable, full, or not to be written: the check goes on, and nothing is downloaded
// that a restart could not know of.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { cameBack, noUpdate, offerAnswer, World } from '../world.ts';

const prefNames = [
  ...['previous-version', 'aleph-version', 'payload-attempt-number', 'current-response-signature'],
  ...['current-url-index', 'current-url-failure-count', 'backoff-expiry-time', 'full-response'],
  ...['update-check-response-hash', 'resumed-update-failures'],
];
const recordNames = ['pending-update.json', 'failed-versions.json'];
const everyFile = [...prefNames.map((name) => `prefs/${name}`), ...recordNames];

/** The update is offered, taken and installed, whatever lies where the engine's memory is. */
async function installs(world: World): Promise<void> {
  world.answer = () => offerAnswer();
  await world.start();
  await world.attempt();
  assert.equal(world.jobs.length, 1, world.logged.join('\n'));
  assert.equal(world.course.at(-1), 'UPDATED_NEED_REBOOT', world.logged.join('\n'));
}

const junk: readonly (readonly [string, string | Buffer])[] = [
  ['rubbish', '\u0000{"version": 7}\n<>'],
  ['nothing', ''],
  ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00, 0x80])],
  ['megabytes', 'x'.repeat(5 * 1024 * 1024)],
];
for (const [name, content] of junk) {
  test(`${name} in every file of the memory does not keep an update away`, async (context) => {
    const world = await World.make(context);
    await mkdir(join(world.folder, 'prefs'));
    for (const path of everyFile) await writeFile(join(world.folder, path), content);
    await installs(world);
  });
}

test('records of another form, and numbers that are none, do not count', async (context) => {
  const world = await World.make(context);
  await mkdir(join(world.folder, 'prefs'));
  for (const name of prefNames) await writeFile(join(world.folder, 'prefs', name), '-99999999999999999999');
  await writeFile(join(world.folder, 'pending-update.json'), '[]');
  await writeFile(join(world.folder, 'failed-versions.json'), '[null, {"version": 2}]');
  await installs(world);
});

test('a memory that cannot be read is told, and the check goes on', async (context) => {
  const world = await World.make(context);
  // What is a folder can be read as a file by nobody, root included.
  for (const path of everyFile) await mkdir(join(world.folder, path), { recursive: true });
  await world.start();
  await world.attempt();
  assert.ok(world.said[0]?.startsWith('check'));
  assert.ok(world.logged.some((line) => line.includes('previous-version cannot be read (EISDIR)')));
  world.answer = () => offerAnswer();
  await world.attempt();
  assert.equal(world.jobs.length, 0);
  assert.match(world.engine.detail().reason, /Nothing was downloaded: it could not be noted/);
  for (const path of everyFile) await rm(join(world.folder, path), { recursive: true });
  await world.minutes(51);
  assert.equal(world.course.at(-1), 'UPDATED_NEED_REBOOT');
});

test('a memory that cannot be written lets checks go on, and nothing be downloaded', async (context) => {
  const world = await World.make(context);
  const aside = `${world.folder}-aside`;
  await rename(world.folder, aside);
  await writeFile(world.folder, 'no folder');
  world.answer = () => offerAnswer();
  await world.start();
  await world.attempt();
  assert.equal(world.jobs.length, 0);
  assert.equal(world.engine.detail().lastCode, 14);
  assert.match(world.engine.detail().reason, /Nothing was downloaded: .*(ENOTDIR|EEXIST)/);
  world.answer = () => noUpdate();
  await world.minutes(51);
  assert.equal(world.engine.detail().reason, '');
  await rm(world.folder);
  await rename(aside, world.folder);
  world.answer = () => offerAnswer();
  await world.attempt();
  assert.equal(world.course.at(-1), 'UPDATED_NEED_REBOOT');
});

test('a version that came back is known although it cannot be written down', async (context) => {
  const world = await World.make(context);
  await world.records().setPending({ version: '2.0.0', from: '1.0.0', bootId: 'boot-0', armed: true });
  await mkdir(join(world.folder, 'failed-versions.json'));
  world.slots = cameBack;
  world.answer = () => offerAnswer();
  await world.start();
  await world.attempt();
  assert.equal(world.jobs.length, 0);
  assert.equal(world.engine.detail().failedVersions[0]?.version, '2.0.0');
  // The next start finds out again, and then writes it down.
  await rm(join(world.folder, 'failed-versions.json'), { recursive: true });
  await world.start();
  assert.equal((await world.records().failed())[0]?.version, '2.0.0');
  assert.equal(await world.records().pending(), undefined);
});

const skipMount = process.getuid?.() === 0 ? false : 'only root can mount a file system';

test('a full disk lets checks go on, and an update be had once there is room', {
  skip: skipMount,
}, async (context) => {
  const world = await World.make(context);
  using _full = fullDisk(world.folder);
  world.answer = () => offerAnswer();
  await world.start();
  await world.attempt();
  assert.equal(world.jobs.length, 0);
  assert.match(world.engine.detail().reason, /Nothing was downloaded: .*(ENOSPC|no space)/i);
  const checks = world.checkedAt.length;
  await world.minutes(102);
  assert.ok(world.checkedAt.length >= checks + 2);
  assert.equal(world.jobs.length, 0);
  await rm(join(world.folder, 'filler'));
  await world.minutes(51);
  assert.equal(world.course.at(-1), 'UPDATED_NEED_REBOOT');
  await world.stop();
});

/** A file system of 64 KiB on that folder, with no room left, until disposal. */
function fullDisk(folder: string): Disposable {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'keelson-test', folder]);
  const unmount = () => void execFileSync('umount', ['--lazy', folder]);
  // Also when the test's process is ended before.
  process.once('exit', unmount);
  try {
    execFileSync('dd', ['if=/dev/zero', `of=${join(folder, 'filler')}`, 'bs=4k', 'status=none'], {
      stdio: 'ignore',
    });
  } catch {
    // It ends with an error once it is full.
  }
  return {
    [Symbol.dispose]() {
      process.off('exit', unmount);
      unmount();
    },
  };
}
