// locksmithctl windows, cancel and completion, which ask nobody but this machine.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { test } from 'node:test';
import { run } from '../../../src/host/index.ts';
import { readHold, writeState } from '../../../src/locksmith/run-files.ts';
import { locksmithctl } from './process.ts';

test('the next windows are listed, over the change of clocks', async () => {
  const words = [
    'windows',
    '--start',
    'Sun 02:30',
    '--length',
    '1h',
    '--zone',
    'Europe/Berlin',
    '--count',
    '2',
  ];
  const { stdout, stderr, status } = await locksmithctl([...words, '--from', '2026-03-28T12:00:00Z']);
  assert.equal(stderr, '');
  assert.equal(status, 0);
  assert.match(stdout, /^Opens in 13h30m0s \(Europe\/Berlin\)\.\n/);
  assert.match(stdout, /^2026-03-29T03:30:00\+02:00\s+2026-03-29T04:30:00\+02:00\s+1h0m0s$/m);
  assert.match(stdout, /^2026-04-05T02:30:00\+02:00/m);
});

test('the same as JSON, inside of one', async () => {
  const words = ['windows', '--start=14:00', '--length=1h', '--zone=UTC', '--count=2', '--json'];
  const { stdout } = await locksmithctl([...words, '--from=2026-11-22T14:30:00Z']);
  const { inside, toStartMs, current, next, zone } = JSON.parse(stdout);
  assert.deepEqual([inside, toStartMs, zone], [true, -1_800_000, 'UTC']);
  assert.equal(current.start, '2026-11-22T14:00:00Z');
  assert.equal(next[0].startUtc, '2026-11-23T14:00:00.000Z');
});

test('several windows, events and exceptions are tried out', async () => {
  const words = ['windows', '--zone=Europe/Berlin', '--from=2026-12-17T12:00:00Z', '--count=2', '--json'];
  const { stdout } = await locksmithctl([
    ...[...words, '--windows', 'Mon..Fri *-*-* 02:00 1h', '--except', '12-20..01-05'],
  ]);
  assert.deepEqual(
    JSON.parse(stdout).next.map(({ start }: { start: string }) => start),
    ['2026-12-18T02:00:00+01:00', '2027-01-06T02:00:00+01:00'],
  );
  const bad = await locksmithctl([...words, '--windows', 'Mon..Fry 02:00 1h']);
  assert.equal(bad.status, 1);
  assert.match(bad.stderr, /--windows, line 1, column 1: "Mon\.\.Fry" is no day of the week/);
});

test('a text that cannot be read is shown with its place', async () => {
  const bad = await locksmithctl(['windows', '--start', 'Thurs 14:00', '--length', '1h', '--zone', 'UTC']);
  assert.equal(bad.status, 1);
  assert.match(
    bad.stderr,
    /--start, line 1, column 1: invalid day of week "Thurs"; expected one of Sun, Mon/,
  );
  assert.match(bad.stderr, /\n {2}Thurs 14:00\n {2}\^\n/);
  const long = await locksmithctl(['windows', '--start', '14:00', '--length', '24h']);
  assert.match(long.stderr, /--length, line 1, column 1: duration cannot exceed period/);
  const trailing = ['windows', '--start', '14:00pm', '--length', '1h', '--zone', 'UTC'];
  const lenient = await locksmithctl(trailing);
  assert.equal(lenient.status, 0);
  assert.equal(lenient.stderr, '--start, column 6: "pm" is passed over.\n');
  const strict = await locksmithctl([...trailing, '--strict']);
  assert.equal(strict.status, 1);
  for (const words of [
    ['--zone', 'Middle/Earth'],
    ['--start', '14:00'],
    ['--count', '0'],
    ['--from', 'now'],
  ]) {
    assert.equal((await locksmithctl(['windows', ...words])).status, 2, words.join(' '));
  }
});

test('without words, those of the daemon; and a reboot is held back and let go', async () => {
  const directory = await mkdtemp('/tmp/keelson-locksmith-');
  try {
    const env = { LOCKSMITH_RUN_DIRECTORY: directory };
    const windows = {
      REBOOT_WINDOW_START: 'Thu 04:00',
      REBOOT_WINDOW_LENGTH: '1h',
      LOCKSMITHD_REBOOT_ZONE: 'UTC',
    };
    const since = '2026-11-22T14:00:00.000Z';
    writeState({ phase: 'idle', strategy: 'reboot', since, windows }, directory);
    const { stdout } = await locksmithctl(['windows', '--from', since, '--json', '--count', '1'], env);
    assert.equal(JSON.parse(stdout).next[0].start, '2026-11-26T04:00:00Z');
    const held = await locksmithctl(['cancel', '--for', '4h', '--reason', 'a demonstration'], env);
    assert.equal(held.status, 0);
    assert.equal(readHold(Date.now(), directory)?.reason, 'a demonstration');
    assert.equal(readHold(Date.now() + 5 * 3_600_000, directory), undefined);
    const why = await locksmithctl(['why'], env);
    assert.match(why.stdout, /^This machine does not have to reboot \(strategy reboot\)\.\n/);
    assert.match(why.stdout, /holds reboots back since .* until .*: a demonstration; /);
    assert.equal((await locksmithctl(['cancel', '--undo'], env)).stdout, 'Reboots go on.\n');
    assert.equal((await locksmithctl(['cancel', '--undo'], env)).stdout, 'No reboot was held back.\n');
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

test('completion is printed for the shells, and bash understands its own', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { stdout, status } = await locksmithctl(['completion', shell]);
    assert.equal(status, 0);
    assert.match(stdout, /send-need-reboot/);
    if (shell === 'bash') await run(shell, ['-n'], { input: stdout });
  }
  assert.equal((await locksmithctl(['completion', 'tcsh'])).status, 2);
});
