// What left the cloud-config is undone, where we made it and nobody changed it since.

import assert from 'node:assert/strict';
import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { applyNow, dryRun, type Request } from '../../../src/cloud-config/ctl/apply.ts';
import { key, planOf } from '../planning.ts';
import { scratch } from './scratch.ts';

async function begin() {
  const one = await scratch();
  const at = (path: string) => join(one.root, path);
  const request = async (body: string, more: Partial<Request> = {}): Promise<Request> => ({
    operations: (await planOf(body)).operations,
    root: one.root,
    source: 'local-file:/user-data',
    state: '/var/lib/coreos-cloudinit',
    leftOut: [],
    whole: true,
    ...more,
  });
  const apply = async (body: string, more: Partial<Request> = {}) => {
    const report = await applyNow(await request(body, more), true);
    assert.equal(report.failed, false, JSON.stringify(report.json));
    return report;
  };
  const needed = async (body: string) => (await dryRun(await request(body), true)).differs;
  const manifest = async () =>
    JSON.parse(await readFile(at('var/lib/coreos-cloudinit/manifest.json'), 'utf8'));
  return { ...one, [Symbol.asyncDispose]: () => one[Symbol.asyncDispose](), at, apply, needed, manifest };
}

const exists = (path: string) =>
  lstat(path).then(
    () => true,
    () => false,
  );

test('files, drop-ins, masks and folders that were made go; what was there before comes back', async () => {
  await using c = await begin();
  await mkdir(c.at('etc/app'));
  await writeFile(c.at('etc/app/own'), 'theirs\n');
  await chmod(c.at('etc/app/own'), 0o640);
  await symlink('/etc/app/own', c.at('etc/link'));
  await c.apply(`
write_files:
  - {path: /etc/app/own, content: ours, permissions: "0600"}
  - {path: /etc/link, content: a file}
  - {path: /etc/new/deep/er, content: x}
  - {path: /srv/log, content: "line\\n", append: true}
coreos:
  units:
    - {name: gone.service, mask: true}
    - name: docker.service
      drop_ins: [{name: 10-a.conf, content: "[Service]\\nRestart=no\\n"}]
`);
  assert.equal(await readFile(c.at('etc/app/own'), 'utf8'), 'ours');
  assert.ok(await exists(c.at('etc/systemd/system/docker.service.d/10-a.conf')));
  await c.apply('hostname: apple');
  assert.equal(await readFile(c.at('etc/app/own'), 'utf8'), 'theirs\n');
  assert.equal((await stat(c.at('etc/app/own'))).mode & 0o7777, 0o640);
  assert.ok((await lstat(c.at('etc/link'))).isSymbolicLink());
  for (const path of ['etc/new', 'etc/systemd', 'srv']) assert.equal(await exists(c.at(path)), false, path);
  assert.deepEqual(await readdir(c.at('var/lib/coreos-cloudinit/replaced')), []);
  assert.equal(await c.needed('hostname: apple'), false);
});

test('what was changed since stays, and is nobody’s business of ours from then on', async () => {
  await using c = await begin();
  await c.apply('write_files: [{path: /etc/a, content: a}, {path: /etc/b, content: b}]');
  await writeFile(c.at('etc/a'), 'edited');
  const { json } = await c.apply('hostname: apple');
  assert.match(JSON.stringify(json), /it stays: it was changed since it was written/);
  assert.equal(await readFile(c.at('etc/a'), 'utf8'), 'edited');
  assert.equal(await exists(c.at('etc/b')), false);
  assert.equal(await c.needed('hostname: apple'), false);
});

test('a local change that is overwritten is kept, and comes back when the file leaves the config', async () => {
  await using c = await begin();
  await c.apply('write_files: [{path: /etc/a, content: one}]');
  await writeFile(c.at('etc/a'), 'mine');
  await c.apply('write_files: [{path: /etc/a, content: one}]');
  assert.equal(await readFile(c.at('etc/a'), 'utf8'), 'one');
  await c.apply('hostname: apple');
  assert.equal(await readFile(c.at('etc/a'), 'utf8'), 'mine');
});

test('what was so before us is never undone', async () => {
  await using c = await begin();
  await writeFile(c.at('etc/a'), 'same');
  await chmod(c.at('etc/a'), 0o644);
  await c.apply('write_files: [{path: /etc/a, content: same}]');
  await c.apply('hostname: apple');
  assert.equal(await readFile(c.at('etc/a'), 'utf8'), 'same');
});

test('nothing is undone by a run that left something out, nor what another source wants', async () => {
  await using c = await begin();
  const two = 'write_files: [{path: /etc/a, content: a}, {path: /etc/b, content: b}]';
  await c.apply(two);
  await c.apply('hostname: apple', { whole: false, leftOut: ['line 3'] });
  assert.ok((await exists(c.at('etc/a'))) && (await exists(c.at('etc/b'))));
  await c.apply('write_files: [{path: /etc/b, content: b}]', { source: 'ec2:http://x/' });
  await c.apply('hostname: apple');
  assert.equal(await exists(c.at('etc/a')), false);
  assert.equal(await exists(c.at('etc/b')), true);
});

test('a user who leaves the config keeps the files and gets in no more, and may come back', async () => {
  await using c = await begin();
  const bob = `users: [{name: bob, ssh_authorized_keys: ["${key}"]}]`;
  await c.apply(bob);
  assert.ok((await readFile(c.at('home/bob/.ssh/authorized_keys'), 'utf8')).includes(key));
  await writeFile(c.at('home/bob/work'), 'dear');
  await c.apply('hostname: apple');
  const expiry = async () => /^bob:.*$/m.exec(await readFile(c.at('etc/shadow'), 'utf8'))?.[0].split(':')[7];
  assert.equal(await expiry(), '1');
  assert.equal((await readFile(c.at('home/bob/.ssh/authorized_keys'), 'utf8')).includes(key), false);
  assert.equal(await readFile(c.at('home/bob/work'), 'utf8'), 'dear');
  assert.equal(await c.needed('hostname: apple'), false);
  await c.apply(bob);
  assert.equal(await expiry(), '');
  assert.ok((await readFile(c.at('home/bob/.ssh/authorized_keys'), 'utf8')).includes(key));
  assert.equal(await c.needed(bob), false);
});

test('the manifest holds hashes and no contents, and one that cannot be read is put aside', async () => {
  await using c = await begin();
  await c.apply('write_files: [{path: /etc/secret, permissions: "0600", content: hunter2}]');
  const path = c.at('var/lib/coreos-cloudinit/manifest.json');
  const text = await readFile(path, 'utf8');
  assert.equal(text.includes('hunter2'), false);
  assert.equal((await stat(path)).mode & 0o7777, 0o600);
  await writeFile(path, '{"version": 2');
  await c.apply('hostname: apple');
  assert.equal(await readFile(`${path}.unreadable`, 'utf8'), '{"version": 2');
  assert.ok(await exists(c.at('etc/secret')));
});
