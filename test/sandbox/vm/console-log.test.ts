// The console's file: runs apart, and text without what only a terminal wants.

import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  beginRun,
  lastLines,
  lastRun,
  plainText,
  readFrom,
  sizeOf,
} from '../../../src/sandbox/vm/console-log.ts';

test('terminal sequences, carriage returns and NULs go; text stays', () => {
  const seen = '\x1b[2J\x1b[01;01H\x1b[0;32m  OK  \x1b[0m] Started \x1b]0;title\x07x\r\n\0\x1bcüé';
  assert.equal(plainText(seen), '  OK  ] Started x\nüé');
});

test('each run stands alone', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'keelson-console-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'console.log');
  assert.equal(await sizeOf(path), 0);
  assert.equal(await readFrom(path, 0), '');
  await beginRun(path);
  await appendFile(path, 'first\n');
  await beginRun(path);
  await appendFile(path, 'second ');
  const mark = await sizeOf(path);
  await appendFile(path, 'third\n');
  assert.equal(lastRun(await readFrom(path, 0)), 'second third\n');
  assert.equal(await readFrom(path, mark), 'third\n');
  assert.equal(await readFrom(path, mark + 1000), '');
});

test('the last lines are those that say something', () => {
  assert.equal(lastLines('a\n\nb\n \nc\n\n', 2), 'b\nc');
});
