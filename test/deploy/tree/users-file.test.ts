// Users whose numbers never change.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseUsers } from '../../../src/deploy/tree/users-file.ts';

const parse = (text: string) => parseUsers(text, 'image/users');

test('a user has a group of its own unless another is named', () => {
  const { ids } = parse(
    '# numbers\ng input 204\nu sshd 211:65534 "OpenSSH" /run/sshd\nu etcd 212 "etcd" /var/lib/etcd\n',
  );
  assert.deepEqual(ids, [
    { kind: 'group', name: 'input', id: 204 },
    { kind: 'user', name: 'sshd', id: 211 },
    { kind: 'user', name: 'etcd', id: 212 },
    { kind: 'group', name: 'etcd', id: 212 },
  ]);
});

test('a line without a number and a number given twice are refused where they are', () => {
  assert.throws(() => parse('u etcd -\n'), { code: 'deploy.definition', message: /^image\/users:1:1: / });
  assert.throws(() => parse('g a1 204\n u b1 204\n'), {
    code: 'deploy.definition',
    message: /^image\/users:2:2: the group b1 \(204\) clashes with a1 \(204\)/,
  });
  assert.throws(() => parse('m core sudo\n'), { code: 'deploy.definition' });
});
