// The list of packages, and where it is wrong.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePackages } from '../../../src/deploy/tree/packages-file.ts';

const parse = (text: string, architecture = 'amd64') => parsePackages(text, architecture, 'image/packages');

test('names stand under headings; comments, blanks and other architectures do not count', () => {
  const text =
    '# all of it\nless\n\n[kernel]\n  linux-image-cloud-amd64 [amd64] # the small one\nlinux-a [arm64]\n[x]\ng++\n';
  assert.deepEqual(parse(text), [
    { name: 'less', section: '', line: 2 },
    { name: 'linux-image-cloud-amd64', section: 'kernel', line: 5 },
    { name: 'g++', section: 'x', line: 8 },
  ]);
  assert.deepEqual(
    parse('a1 [amd64 arm64]\nb1 [arm64]', 'arm64').map(({ name }) => name),
    ['a1', 'b1'],
  );
});

test('what is no name is refused with its line and column', () => {
  const wrong = {
    'less\n  Nano\n': 'image/packages:2:3',
    'less vim\n': 'image/packages:1:1',
    'x\n': 'image/packages:1:1',
    '[people\n': 'image/packages:1:1',
    '-rf\n': 'image/packages:1:1',
    'a,b\n': 'image/packages:1:1',
    'less=1.0\n': 'image/packages:1:1',
    'less [AMD64]\n': 'image/packages:1:1',
    'less\n#\nless\n': 'image/packages:3:1',
  };
  for (const [text, at] of Object.entries(wrong)) {
    assert.throws(
      () => parse(text),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'deploy.definition');
        assert.ok(error.message.startsWith(`${at}: `), `${JSON.stringify(text)}: ${error.message}`);
        return true;
      },
    );
  }
});
