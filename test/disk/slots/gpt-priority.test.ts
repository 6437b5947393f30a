// Boot marks in the attributes of partitions: the life of an update, every order of changes that power could cut, and
// both copies of the table of a file and of a loop device.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gptCounts, hasBootMarks } from '../../../src/disk/slots/gpt-counts.ts';
import {
  type BootMarks,
  blessed,
  type MarkChange,
  markedSlot,
  marksOf,
  preferred,
  type SlotMarks,
  settled,
  spent,
  tried,
  withMarks,
} from '../../../src/disk/slots/gpt-priority.ts';
import { locateSlots } from '../../../src/disk/slots/locate.ts';
import { bothSlots } from '../../../src/disk/slots/model.ts';
import { isInstalled, run } from '../../../src/host/index.ts';
import { noLoopDevices } from '../../deploy/install/loop-disk.ts';
import { marksIn, nextByPriority, readGpt, setMarks } from './gptprio.ts';

const skip = !isInstalled('sfdisk') && 'not installed: sfdisk (apt-get install fdisk)';
let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-marks-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const marks = (priority: number, tries: number, good: 0 | 1): BootMarks => ({
  priority,
  tries,
  successful: good === 1,
});
const text = ({ A, B }: SlotMarks) =>
  [A, B].map(({ priority, tries, successful }) => `${priority},${tries},${Number(successful)}`).join(' ');

function after1(now: SlotMarks, changes: readonly MarkChange[]): SlotMarks {
  const next = { ...now };
  for (const change of changes) next[change.slot] = change.marks;
  return next;
}

test('the life of an update: written, tried, blessed, or left', () => {
  let now: SlotMarks = { A: marks(2, 0, 1), B: marks(1, 0, 1) };
  // An old success of the slot that is written over goes first.
  now = after1(now, settled(now, 'A'));
  assert.equal(text(now), '2,0,1 1,0,0');
  assert.deepEqual(settled(now, 'A'), []);
  now = after1(now, tried(now, 'B'));
  assert.equal(text(now), '1,0,1 2,3,0');
  now = after1(now, spent(now, 'B'));
  assert.equal(text(now), '1,0,1 2,2,0');
  const came = after1(now, blessed(now, 'B'));
  assert.equal(text(came), '1,0,1 2,0,1');
  assert.deepEqual(blessed(came, 'B'), []);
  now = after1(now, spent(now, 'B'));
  now = after1(now, spent(now, 'B'));
  assert.equal(text(now), '1,0,1 2,0,0');
  assert.equal(markedSlot(now), 'A');
  assert.deepEqual(spent(now, 'B'), []);
  assert.equal(text(after1(now, settled(now, 'A'))), '2,0,1 1,0,0');
});

test('whatever the marks are, and wherever power cuts a change: what could boot before, or what is asked for', () => {
  const all = [0, 1, 2, 7, 15].flatMap((priority) =>
    [0, 1, 3, 15].flatMap((tries) => [marks(priority, tries, 0), marks(priority, tries, 1)]),
  );
  let seen = 0;
  for (const A of all) {
    for (const B of all) {
      const start: SlotMarks = { A, B };
      const before = markedSlot(start);
      for (const slot of bothSlots) {
        for (const decide of [settled, tried, preferred, blessed]) {
          let now = start;
          for (const change of decide(start, slot)) {
            now = after1(now, [change]);
            const boots = markedSlot(now);
            assert.ok(
              // Who lets a slot be tried runs the other one.
              boots !== undefined && (boots === slot || bootable(start)[boots] || decide === tried),
              `${decide.name} ${slot} of ${text(start)}: ${text(now)} boots ${boots}, before ${before}`,
            );
            seen += 1;
          }
          assert.equal(markedSlot(now), slot, `${decide.name} ${slot} of ${text(start)}: ${text(now)}`);
          assert.deepEqual(decide(now, slot), [], 'once done it is done');
        }
      }
    }
  }
  assert.ok(seen > 10_000, String(seen));
});

/** Which slots have a mark that lets them boot at all. */
function bootable({ A, B }: SlotMarks) {
  const is = ({ priority, tries, successful }: BootMarks) => priority > 0 && (successful || tries > 0);
  return { A: is(A), B: is(B) };
}

test('other attributes of a partition stay', () => {
  const attributes = 'RequiredPartition LegacyBIOSBootable GUID:49,52,53,56,60,63';
  assert.deepEqual(marksOf(attributes), marks(2, 3, 1));
  const without = withMarks(attributes, marks(0, 0, 0));
  assert.equal(without, 'RequiredPartition LegacyBIOSBootable GUID:60,63');
  assert.equal(
    withMarks(without, marks(15, 15, 1))
      .split(' ')
      .at(-1),
    'GUID:48,49,50,51,52,53,54,55,56,60,63',
  );
  assert.equal(withMarks('', marks(0, 0, 0)), '');
  assert.deepEqual(marksOf(withMarks('', marks(9, 6, 0))), marks(9, 6, 0));
});

async function image(name: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, '');
  await truncate(path, 8 * 1024 * 1024);
  const lines = ['USR-A', 'USR-A-VERITY', 'USR-B', 'USR-B-VERITY'].map((label) => `size=1MiB, name=${label}`);
  await run('sfdisk', ['--quiet', path], {
    input: `label: gpt\n${lines.join('\n')}\nsize=1MiB, name=ROOT, attrs="GUID:59"\n`,
  });
  return path;
}

async function inBothCopies(disk: string, expected: string): Promise<void> {
  const { primary, backup } = await readGpt(disk);
  for (const copy of [primary, backup]) {
    assert.equal(text({ A: marksIn(copy, 1), B: marksIn(copy, 3) }), expected);
  }
}

test('marks of a disk in a file are in both copies of its table, and a damaged copy is made anew', {
  skip,
}, async () => {
  const disk = await image('disk');
  assert.equal(await hasBootMarks(disk), false);
  await setMarks(disk, 1, marks(2, 0, 1));
  assert.equal(await hasBootMarks(disk), true);
  const counts = gptCounts(disk);
  await counts.tryNext('B');
  await inBothCopies(disk, '1,0,1 2,3,0');
  assert.equal(await nextByPriority(disk, [1, 3]), 3);
  assert.deepEqual((await counts.read()).counts, {
    A: { left: undefined, done: 0 },
    B: { left: 2, done: 1 },
  });
  // The other attributes, places and names are as they were.
  const { stdout } = await run('sfdisk', ['--dump', disk]);
  assert.match(stdout, /name="ROOT", attrs="GUID:59"/);

  for (const offset of [512, 8 * 1024 * 1024 - 512]) {
    await using file = await open(disk, 'r+');
    await file.write(Buffer.alloc(100), 0, 100, offset);
    await file.sync();
    assert.equal((await counts.read()).next, 'B', `a copy at ${offset} is damaged`);
    await counts.spend('B');
    await inBothCopies(disk, offset === 512 ? '1,0,1 2,1,0' : '1,0,1 2,0,0');
  }
  assert.equal((await counts.read()).next, 'A');
});

test('a disk with marks goes by them, unless its boot partition says otherwise', { skip }, async () => {
  const disk = await image('located');
  const root = join(folder, 'root');
  const esp = join(folder, 'esp');
  await mkdir(join(root, 'proc'), { recursive: true });
  await writeFile(join(root, 'proc/cmdline'), 'quiet\n');
  await mkdir(esp);
  const kind = async () => (await locateSlots({ root, disk, esp })).loader.kind;
  await assert.rejects(kind(), /grubenv is missing/);
  await setMarks(disk, 1, marks(1, 0, 1));
  assert.equal(await kind(), 'gpt-priority');
  await mkdir(join(esp, 'keelson/grub'), { recursive: true });
  await writeFile(join(esp, 'keelson/grub/grubenv'), '');
  assert.equal(await kind(), 'grub');
});

test('marks of a loop device, while its partitions are in use', {
  skip: skip || (await noLoopDevices()),
}, async () => {
  const file = await image('loop');
  const disk = (await run('losetup', ['--find', '--show', '--partscan', file])).stdout.trim();
  try {
    await run('partx', ['--add', disk], { accept: 'any' });
    await using _used = await open(`${disk}p1`, 'r');
    const counts = gptCounts(disk);
    await counts.bless('A');
    await counts.tryNext('B');
    await run('blockdev', ['--flushbufs', disk]);
    await inBothCopies(file, '1,0,1 2,3,0');
  } finally {
    await run('partx', ['--delete', disk], { accept: 'any' });
    await run('losetup', ['--detach', disk]);
  }
});
