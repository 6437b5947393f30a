// What an image says about the updates of its machines, as files of its definition.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Definition, OverlaidFile } from '../../../src/deploy/tree/definition.ts';
import { type UpdateDefaults, withUpdateDefaults } from '../../../src/deploy/tree/update-files.ts';

const definitionWith = (...files: OverlaidFile[]): Definition => ({
  ...{ folder: '/definition', architecture: 'amd64', packages: [], sources: '', dpkgOptions: '' },
  users: { text: '', ids: [] },
  files,
});

const text = (path: string, content: string): OverlaidFile => ({
  path,
  mode: 0o644,
  content: Buffer.from(content),
});

function filesOf(updates: UpdateDefaults, ...before: OverlaidFile[]): Record<string, string> {
  const { files } = withUpdateDefaults(definitionWith(...before), updates);
  return Object.fromEntries(files.map(({ path, content }) => [path, String(content)]));
}

test('server, group and keys become files of /usr', () => {
  const server = 'http://192.0.2.1:8000/v1/update/';
  const keys = [
    { path: '/keys/release-2027.pem', pem: 'one' },
    { path: 'backup', pem: 'two' },
  ];
  assert.deepEqual(filesOf({ server, group: 'edge', keys }, text('etc/issue', 'hello')), {
    'etc/issue': 'hello',
    'usr/share/coreos/update.conf': `GROUP=edge\nSERVER=${server}\n`,
    'usr/share/keelson/update-keys/backup.pem': 'two',
    'usr/share/keelson/update-keys/release-2027.pem': 'one',
  });
});

test('nothing said, nothing changed', () => {
  const before = definitionWith(text('usr/share/coreos/update.conf', 'GROUP=stable\n'));
  assert.deepEqual(withUpdateDefaults(before, {}), before);
});

test('other lines of the definition’s own update.conf stay', () => {
  const own = text(
    'usr/share/coreos/update.conf',
    '# ours\nGROUP=beta\nexport SERVER=x\nREBOOT_STRATEGY=off\n',
  );
  assert.deepEqual(filesOf({ server: 'https://updates.example.net/' }, own), {
    'usr/share/coreos/update.conf':
      '# ours\nGROUP=beta\nREBOOT_STRATEGY=off\nSERVER=https://updates.example.net/\n',
  });
});

test('what no update.conf can say is refused', () => {
  const servers = [
    'disabled',
    'ftp://192.0.2.1/',
    'http://192.0.2.1/\nGROUP=x',
    'http://192.0.2.1/ x',
    'http://x/$(y)',
  ];
  for (const server of servers) assert.throws(() => filesOf({ server }), { code: 'deploy.invalid' }, server);
  for (const group of ['', 'a b', 'a\nb', '$x']) {
    assert.throws(() => filesOf({ group }), { code: 'deploy.invalid' }, group);
  }
});

test('two keys cannot have one name, and no name leads elsewhere', () => {
  const key = (path: string) => ({ path, pem: '' });
  assert.throws(() => filesOf({ keys: [key('a/x.pem'), key('b/x')] }), {
    code: 'deploy.invalid',
    message: 'a/x.pem and b/x would both be usr/share/keelson/update-keys/x.pem.',
  });
  for (const path of ['..', '.pem', 'a b.pem']) {
    assert.throws(() => filesOf({ keys: [key(path)] }), { code: 'deploy.invalid' }, path);
  }
});
