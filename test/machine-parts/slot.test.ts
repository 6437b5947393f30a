// What `keelson slot` prints, and what `keelson kexec` calls kexec(8) with.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SlotInfo, SlotStatus } from '../../src/disk/index.ts';
import { kexecArguments } from '../../src/machine/ctl/kexec.ts';
import { slotTable, statusText } from '../../src/machine/ctl/slot-show.ts';
import { nextLine } from '../../src/machine/ctl/slot-write.ts';

const info = (changes: Partial<SlotInfo>): SlotInfo => ({
  slot: 'A',
  state: 'empty',
  running: false,
  next: false,
  version: undefined,
  rootHash: undefined,
  triesLeft: undefined,
  triesDone: 0,
  problem: undefined,
  ...changes,
});
const status: SlotStatus = {
  loader: 'grub',
  running: 'A',
  next: 'B',
  slots: [
    info({ state: 'good', running: true, version: '1.0', rootHash: '0123456789abcdef'.repeat(4) }),
    info({ slot: 'B', state: 'trial', next: true, version: '1.1', rootHash: 'f'.repeat(64), triesLeft: 3 }),
  ],
  failed: [{ version: '0.9', rootHash: 'e'.repeat(64) }],
  problems: ['Something is odd.'],
};

test('both slots as a table', () => {
  assert.deepEqual(
    slotTable(status.slots)
      .split('\n')
      .map((line) => line.split(/\t+/)),
    [
      ['SLOT', 'VERSION', 'STATE', 'TRIES', 'NOW', 'ROOT HASH'],
      ['A', '1.0', 'good', '-', 'runs', '0123456789abcdef'],
      ['B', '1.1', 'trial', '3', 'boots next', 'ffffffffffffffff'],
      [''],
    ],
  );
  assert.match(slotTable([info({})]), /^A\t+-\t+empty\t+-\t+-\t+-$/m);
});

test('below it a line for each thing that is not as it should be', () => {
  const lines = statusText(status).trimEnd().split('\n').slice(3);
  assert.deepEqual(lines, ['Did not come up here: 0.9.', 'warning: Something is odd.']);
  const trial = {
    ...status,
    slots: [info({ state: 'trial', running: true, version: '2' })],
    failed: [],
    problems: [],
  };
  assert.match(statusText(trial), /Version 2 is on trial: `keelson slot bless` keeps it/);
  const none = { ...status, running: undefined, next: undefined, slots: [], failed: [], problems: [] };
  assert.match(statusText(none), /runs neither of its slots\.\nNo slot boots next\.\n$/);
});

test('a kernel that comes by kexec is told so, and once', () => {
  const kernel = {
    linux: '/x/vmlinuz',
    initrd: '/x/initrd',
    cmdline: 'usrhash=ab keelson.trial keelson.kexec quiet',
  };
  const same = ['-s', '-l', '/x/vmlinuz', '--initrd=/x/initrd'];
  assert.deepEqual(kexecArguments(kernel, false), [...same, '--command-line=usrhash=ab quiet keelson.kexec']);
  const byGrub = 'usrhash=cd keelson.esp=1234-ab keelson.trial\n';
  assert.deepEqual(kexecArguments(kernel, false, byGrub), [
    ...same,
    '--command-line=usrhash=ab quiet keelson.esp=1234-ab keelson.kexec',
  ]);
  assert.deepEqual(kexecArguments(kernel, true), [
    ...same,
    '--command-line=usrhash=ab quiet keelson.kexec keelson.trial',
  ]);
});

test('after a write nobody is told to reboot a host for a machine in a folder', () => {
  assert.match(nextLine('B', true), /next boot: systemctl reboot\n$/);
  assert.equal(
    nextLine('B', true, '/srv/m'),
    'It is tried at the next start: keelson slot take --folder /srv/m\n',
  );
  assert.match(nextLine('B', false, '/srv/m'), /keelson slot activate B --folder \/srv\/m\n$/);
});
