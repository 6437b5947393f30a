// Lists of words in a definition: kernel modules, words of the command line.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { memoryCommandLine, slotCommandLine } from '../../../src/deploy/image/command-line.ts';
import { commandLineWord, driverName, parseWords } from '../../../src/deploy/image/word-list.ts';
import { homeDirectory } from '../../../src/host/index.ts';

const read = (name: string) => readFileSync(join(homeDirectory(), 'image', name), 'utf8');

test('the lists that are shipped', () => {
  assert.ok(parseWords(read('initrd-drivers'), 'd', driverName).includes('dm-verity'));
  assert.deepEqual(parseWords(read('command-line'), 'c', commandLineWord), [
    'console=tty0',
    'console=ttyS0,115200',
  ]);
});

test('comments begin at a blank; a word may hold the sign', () => {
  const words = parseWords('# all\nquiet # not much\n\n  x=a#b\n', 'c', commandLineWord);
  assert.deepEqual(words, ['quiet', 'x=a#b']);
});

test('a mistake is named with file, line and column', () => {
  assert.throws(
    () => parseWords('ok\n quiet splash\n', 'c', commandLineWord),
    /c:2:8: “splash” belongs on a line/,
  );
  assert.throws(
    () => parseWords("ok\n  it's\n", 'c', commandLineWord),
    /c:2:3: “it's” cannot be a word of a kernel/,
  );
  assert.throws(
    () => parseWords('../../x', 'd', driverName),
    /d:1:1: “\.\.\/\.\.\/x” cannot be the name of a kernel/,
  );
});

test('the command line of a slot names its hash and no slot; the one of memory names no disk', () => {
  const line = slotCommandLine('ab'.repeat(32), ['quiet']);
  assert.match(line, /^usrhash=(ab){32} /);
  assert.match(line, / root=\/dev\/keelson\/root .* quiet$/);
  assert.doesNotMatch(line, /USR-[AB]/);
  assert.doesNotMatch(memoryCommandLine([]), /root=|usrhash=/);
});
