// grub.cfg and the slots' entries, checked by GRUB's own parser.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { grubConfig, grubSlotConfig } from '../../../src/disk/index.ts';
import { cmdlineOfGrubEntry, grubChoice } from '../../../src/disk/slots/grub-config.ts';
import { run, runErrors } from '../../../src/host/index.ts';

const parser = await run('grub-script-check', ['--version']).then(
  () => true,
  (error) => !runErrors.is(error, 'missing'),
);
const skip = !parser && 'grub-script-check is not installed (apt-get install grub-common)';
let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-grub-'));
});
after(() => rm(folder, { recursive: true, force: true }));

test('GRUB parses both files', { skip }, async () => {
  const path = join(folder, 'grub.cfg');
  for (const text of [
    grubConfig(),
    grubConfig(1),
    grubSlotConfig('B', 'usrhash=ab x=$y;z console=ttyS0,115200'),
  ]) {
    await writeFile(path, text);
    await run('grub-script-check', [path]);
  }
});

test('the count goes down before the slot boots, to nothing', () => {
  const cases = [...grubConfig().matchAll(/= (\d+) \]; then\n\s+set slot="\$try_slot"\n\s+set tries=(\d+)/g)];
  assert.deepEqual(
    cases.map(([, from, to]) => [Number(from), Number(to)]),
    [
      [3, 2],
      [2, 1],
      [1, 0],
    ],
  );
});

test('only a slot that is counted is told that it is on trial', () => {
  const [, ...parts] = grubConfig().split(/(?<=^|\n) *set trial=/);
  assert.deepEqual(
    parts.map((part) => part.split('\n').slice(0, 2)),
    [
      ['keelson.trial', '    boot_slot "$slot"'],
      ['', '    echo "keelson: slot $slot cannot be loaded"'],
    ],
  );
  assert.match(grubSlotConfig('A', 'usrhash=ab'), /^if linux \S+ 'usrhash=ab' \$boot_disk \$trial; then$/m);
});

test('a command line comes back from an entry; one that GRUB cannot quote is refused', () => {
  const cmdline = 'usrhash=ab x=$y "quoted" console=ttyS0,115200';
  assert.equal(cmdlineOfGrubEntry(grubSlotConfig('A', ` ${cmdline}\n`)), cmdline);
  assert.equal(cmdlineOfGrubEntry('linux /somewhere'), undefined);
  assert.throws(() => grubSlotConfig('A', "a='b'"), /cannot be given the word “a='b'”/);
  assert.throws(() => grubSlotConfig('A', 'ümlaut=1'), /cannot be given the word/);
});

test('three tries of a slot, then the good one, for ever', () => {
  let environment = new Map([
    ['good_slot', 'A'],
    ['try_slot', 'B'],
    ['tries', '3'],
  ]);
  const boots = Array.from({ length: 5 }, () => {
    const { slot, tries } = grubChoice(environment);
    environment = new Map([...environment, ['tries', String(tries)]]);
    return slot;
  });
  assert.deepEqual(boots, ['B', 'B', 'B', 'A', 'A']);
  assert.equal(grubChoice(new Map([['good_slot', 'B']])).slot, 'B');
  assert.equal(
    grubChoice(
      new Map([
        ['tries', '9'],
        ['try_slot', 'B'],
        ['good_slot', 'A'],
      ]),
    ).slot,
    'A',
  );
});
