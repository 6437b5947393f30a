// A folder of slots for a machine that somebody else starts: made with its first release, updated and judged from
// outside, where the kernel that runs is of neither slot.

import assert from 'node:assert/strict';
import { mkdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  diskErrors,
  initPlainFolder,
  locateSlots,
  type SlotManager,
  slotManager,
  takeSlot,
  takeTry,
} from '../../../src/disk/index.ts';
import { stubPath } from '../stub.ts';
import { listing } from './listing.ts';
import { architecture, makeRelease } from './release.ts';
import { scratch } from './scratch.ts';

const stub = await stubPath();
const skip = stub === undefined && 'systemd’s EFI stub is not installed (apt-get install systemd-boot-efi)';
let work = '';
const release = (version: string) => join(work, `release-${version}`);

before(async () => {
  work = await scratch('keelson-folder-');
  if (stub === undefined) return;
  for (const version of ['2', '3', '4']) await makeRelease(stub, release(version), version);
  // The host: its kernel is Debian's.
  await mkdir(join(work, 'host/proc'), { recursive: true });
  await writeFile(join(work, 'host/proc/cmdline'), 'root=/dev/vda1 quiet\n');
});
after(() => rm(work, { recursive: true, force: true }));

/** The slots as the host sees them. */
async function manager(folder: string, cmdline?: string): Promise<SlotManager> {
  const host = await locateSlots({ folder, root: join(work, 'host') });
  const { lockFile: _, ...rest } = host;
  return slotManager(cmdline === undefined ? rest : { ...rest, cmdline });
}

const words = async (folder: string) => {
  const { slots, running, next } = await (await manager(folder)).status();
  return [...slots.map(({ version, state }) => `${version ?? ''} ${state}`), running, next];
};

test('a folder from its first release on: started, updated, judged and gone back from outside', {
  skip,
}, async () => {
  const folder = join(work, 'machine');
  const steps: string[] = [];
  const { version } = await initPlainFolder(folder, release('2'), {
    architecture,
    onStep: (text) => steps.push(text),
  });
  assert.equal(version, '2');
  assert.ok(steps.length >= 4, steps.join());
  assert.deepEqual(await words(folder), ['2 good', ' empty', 'A', 'A']);
  assert.equal(await readlink(join(folder, 'current')), 'A');
  assert.equal(await takeTry(folder), 'A');

  const slots = await manager(folder);
  assert.deepEqual(await slots.write(release('3')), { slot: 'B', next: true });
  assert.deepEqual(await words(folder), ['2 good', '3 trial', 'A', 'B']);
  assert.equal(await takeTry(folder), 'B');
  assert.deepEqual(await words(folder), ['2 good', '3 trial', 'B', 'B']);
  await assert.rejects(slots.write(release('4')), /Slot B, which runs, is still on trial/);
  assert.equal(await slots.bless(), true);
  assert.equal(await takeTry(folder), 'B');

  // The next one does not come up: the machine is started until it is back.
  await slots.write(release('4'));
  const started: string[] = [];
  for (let start = 0; start < 4; start += 1) started.push(await takeTry(folder));
  assert.deepEqual(started, ['A', 'A', 'A', 'B']);
  assert.deepEqual(await words(folder), ['4 failed', '3 good', 'B', 'B']);
  assert.equal(await slots.bless(), false);
  await assert.rejects(slots.write(release('4')), /Version 4 was tried on this machine/);
  // What failed there is no other machine's business.
  const text = await readFile(join(folder, 'failed-versions.json'), 'utf8');
  assert.equal(JSON.parse(text).failed[0].version, '4');
});

test('inside the machine its own command line tells which slot runs', { skip }, async () => {
  const folder = join(work, 'inside');
  await initPlainFolder(folder, release('2'), { architecture });
  await (await manager(folder)).write(release('3'));
  const { slots } = await (await manager(folder)).status();
  const inside = await manager(folder, `usrhash=${slots[1]?.rootHash} quiet`);
  assert.equal((await inside.status()).running, 'B');
});

test('a folder that was begun is begun again; one that has slots is left alone', { skip }, async () => {
  const folder = join(work, 'begun');
  const interrupted = initPlainFolder(folder, release('2'), {
    architecture,
    onProgress: (done, total) => {
      if (done === total) throw new Error('power');
    },
  });
  await assert.rejects(interrupted, /power/);
  await assert.rejects((await manager(folder)).write(release('3')), (error) => diskErrors.is(error));
  await initPlainFolder(folder, release('3'), { architecture });
  assert.deepEqual(await words(folder), ['3 good', ' empty', 'A', 'A']);
  const before = await listing(folder);
  await assert.rejects(initPlainFolder(folder, release('2'), { architecture }), (error) => {
    assert.ok(diskErrors.is(error, 'refused'));
    assert.match(error.message, /has slots already/);
    return true;
  });
  await assert.rejects(
    initPlainFolder(join(work, 'other'), release('2'), { architecture: 's390x' }),
    /Release 2 is for .*, this machine is s390x/,
  );
  assert.deepEqual(await listing(folder), before);
});

test('a slot on trial that is damaged spends its tries; the good one then is started, whole', {
  skip,
}, async () => {
  const folder = join(work, 'damaged');
  await initPlainFolder(folder, release('2'), { architecture });
  await (await manager(folder)).write(release('3'));
  const said: string[] = [];
  const take = () => takeSlot(folder, { check: true, onDamaged: (sentence) => said.push(sentence) });
  const first = await take();
  assert.equal(first.slot, 'B');
  assert.match(first.cmdline, /^usrhash=[0-9a-f]{64} quiet keelson\.trial$/);

  const image = join(folder, 'B/usr');
  const bytes = await readFile(image);
  bytes[5000] = (bytes[5000] ?? 0) ^ 1;
  await writeFile(image, bytes);
  const second = await take();
  assert.deepEqual([second.slot, second.usr], ['A', join(folder, 'A/usr')]);
  assert.match(second.cmdline, /^usrhash=[0-9a-f]{64} quiet$/);
  assert.equal(said.length, 2);
  assert.match(
    said[0] ?? '',
    /^Slot B is not started, and has spent a try: .*B\/usr does not match its hash tree/,
  );
  assert.deepEqual(await words(folder), ['2 good', '3 failed', 'A', 'A']);

  // Nothing is left to go on to.
  await writeFile(join(folder, 'A/root-hash'), `${'0'.repeat(64)}\n`);
  await assert.rejects(take(), (error) => diskErrors.is(error, 'damaged'));
});
