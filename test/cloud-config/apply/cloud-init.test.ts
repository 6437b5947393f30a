// Operations that cloud-init's keys bring, carried out below a scratch root: done once, and then settled.

import assert from 'node:assert/strict';
import { lstat, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { applyPlan, type Operation } from '../../../src/cloud-config/index.ts';
import { run } from '../../../src/host/index.ts';
import { key, planOf } from '../planning.ts';
import { type Scratch, scratch } from './scratch.ts';

async function outcomes(operations: readonly Operation[], on: Scratch): Promise<string[]> {
  const all = await applyPlan(operations, on.machine());
  return all.map(({ operation, outcome }) =>
    outcome.result === 'failed'
      ? `failed ${operation.kind}: ${outcome.error}`
      : `${outcome.result} ${operation.kind}`,
  );
}

async function twice(body: string, on: Scratch): Promise<string[]> {
  const { operations } = await planOf(body);
  const first = await outcomes(operations, on);
  assert.deepEqual(
    (await outcomes(operations, on)).filter((line) => !line.startsWith('unchanged')),
    [],
  );
  return first;
}

const text = (machine: Scratch, path: string) => readFile(join(machine.root, path), 'utf8');

test('what is appended is appended once, and the file keeps its mode and owner', async () => {
  await using machine = await scratch();
  await writeFile(join(machine.root, 'etc/hosts'), 'one\n', { mode: 0o600 });
  await twice('write_files: [{path: /etc/hosts, content: "two\\n", append: true}]', machine);
  assert.equal(await text(machine, 'etc/hosts'), 'one\ntwo\n');
  assert.equal((await stat(join(machine.root, 'etc/hosts'))).mode & 0o7777, 0o600);
  await twice('write_files: [{path: /etc/new, content: "x", append: true, permissions: "0640"}]', machine);
  assert.equal((await stat(join(machine.root, 'etc/new'))).mode & 0o7777, 0o640);
});

test('groups, members, numbers and locks', async () => {
  await using machine = await scratch();
  await twice(
    'groups: [ops: [bob, root]]\nusers: [{name: bob, uid: 1500, groups: ops, passwd: "$6$x", lock_passwd: true}]',
    machine,
  );
  assert.match(await text(machine, 'etc/group'), /^ops:x:\d+:bob,root$/m);
  assert.match(await text(machine, 'etc/passwd'), /^bob:x:1500:/m);
  assert.match(await text(machine, 'etc/shadow'), /^bob:!\$6\$x:/m);
  await twice('users: [{name: bob, passwd: "$6$y"}]', machine);
  assert.match(await text(machine, 'etc/shadow'), /^bob:\$6\$y:/m);
  await twice('users: [{name: bob, lock_passwd: true}]', machine);
  assert.match(await text(machine, 'etc/shadow'), /^bob:!\$6\$y:/m);
  const { operations } = await planOf('users: [{name: bob, uid: 1600}]\ngroups: [ops: [ghost]]\n');
  const failed = (await outcomes(operations, machine)).filter((line) => line.startsWith('failed'));
  assert.equal(failed.length, 2);
  assert.match(failed.join(), /User bob exists with the number 1500; its number is not changed to 1600/);
  assert.match(failed.join(), /There is no user ghost to join group ops/);
});

test('owners: the login group after a colon, and the old form with a dot', async () => {
  await using machine = await scratch();
  await twice(
    'users: [{name: bob, primary_group: adm}, {name: a.b}]\nwrite_files: [{path: /etc/1, owner: "bob:"}, {path: /etc/2, owner: bob.sudo}, {path: /etc/3, owner: a.b}, {path: /etc/4, owner: bob}]',
    machine,
  );
  const passwd = await text(machine, 'etc/passwd');
  const idOf = (name: string) => Number(new RegExp(`^${name}:x:(\\d+):`, 'm').exec(passwd)?.[1]);
  const owners = [1, 2, 3, 4].map(async (file) => {
    const { uid, gid } = await stat(join(machine.root, `etc/${file}`));
    return [uid, gid];
  });
  const bob = idOf('bob');
  assert.deepEqual(await Promise.all(owners), [
    [bob, 4],
    [bob, 27],
    [idOf('a\\.b'), 0],
    [bob, 0],
  ]);
});

test('the time zone is a link; one that is not there is told', async () => {
  await using machine = await scratch();
  await mkdir(join(machine.root, 'usr/share/zoneinfo/Europe'), { recursive: true });
  await writeFile(join(machine.root, 'usr/share/zoneinfo/Europe/Berlin'), '');
  await writeFile(join(machine.root, 'etc/timezone'), 'Etc/UTC\n');
  await twice('timezone: Europe/Berlin', machine);
  assert.equal(await readlink(join(machine.root, 'etc/localtime')), '../usr/share/zoneinfo/Europe/Berlin');
  assert.equal(await text(machine, 'etc/timezone'), 'Europe/Berlin\n');
  const { operations } = await planOf('timezone: Mars/Crater');
  assert.match(String(await outcomes(operations, machine)), /There is no time zone Mars\/Crater/);
});

test('sudo rules are root’s and nobody else can read them', async () => {
  await using machine = await scratch();
  await twice('users: [{name: bob, sudo: "ALL=(ALL) NOPASSWD:ALL"}]', machine);
  const file = await stat(join(machine.root, 'etc/sudoers.d/90-cloud-init-bob'));
  assert.deepEqual([file.mode & 0o7777, file.uid, file.gid], [0o440, 0, 0]);
});

test('keys are fetched as JSON or text into a set of their own; what fails leaves what was there', async () => {
  const other = key.replace('Jnj1', 'Jnj9');
  const answers: Record<string, string> = {
    '/json': JSON.stringify([{ id: 1, key }, { id: 2, key: 'nonsense' }, 5]),
    '/text': `# keys\n${other}\n`,
    '/none': '[]',
  };
  const server = createServer((request, response) => {
    const answer = answers[request.url ?? ''];
    response.writeHead(answer === undefined ? 404 : 200).end(answer);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  try {
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    await using machine = await scratch();
    await outcomes((await planOf('users: [bob]')).operations, machine);
    const from = (path: string): Operation => ({
      kind: 'import-keys',
      user: 'bob',
      set: 'github-x',
      url: `http://127.0.0.1:${port}${path}`,
      why: 'test',
    });
    assert.deepEqual(await outcomes([from('/json')], machine), ['done import-keys']);
    const ssh = 'home/bob/.ssh';
    assert.equal(await text(machine, `${ssh}/authorized_keys.d/github-x`), `${key}\n`);
    assert.deepEqual(await outcomes([from('/json')], machine), ['unchanged import-keys']);
    for (const path of ['/none', '/gone']) {
      assert.match(String(await outcomes([from(path)], machine)), /^failed import-keys/);
    }
    assert.match(await text(machine, `${ssh}/authorized_keys`), new RegExp(key.slice(20, 60)));
    assert.deepEqual(await outcomes([from('/text')], machine), ['done import-keys']);
    assert.equal(
      await text(machine, `${ssh}/authorized_keys`),
      `# auto-generated by update-ssh-keys\n${other}\n`,
    );
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('below another root its links are its own', async () => {
  await using machine = await scratch();
  const outside = join(machine.root, 'outside');
  await mkdir(join(machine.root, 'machine/etc'), { recursive: true });
  const inner = { ...machine.machine(), root: join(machine.root, 'machine') };
  await symlink(outside, join(inner.root, 'absolute'));
  await symlink('../../../..', join(inner.root, 'etc/up'));
  await symlink('loop', join(inner.root, 'loop'));
  const { operations } = await planOf(
    'write_files: [{path: /absolute/a}, {path: /etc/up/b}, {path: /loop/c}, {path: /absolute}]\ncoreos: {units: [{name: x.service, mask: true}]}',
  );
  const results = await applyPlan(operations, inner);
  assert.deepEqual(
    results.slice(0, 3).map(({ outcome }) => outcome.result),
    ['done', 'done', 'failed'],
  );
  assert.equal(await lstat(outside).catch(() => 'nothing'), 'nothing');
  assert.equal(await readFile(join(inner.root, outside, 'a'), 'utf8'), '');
  assert.equal(await readFile(join(inner.root, 'b'), 'utf8'), '');
  // A file takes the place of a link.
  assert.ok((await lstat(join(inner.root, 'absolute'))).isFile());
  assert.deepEqual((await readdir(machine.root)).sort(), ['etc', 'home', 'machine']);
});

test('rules that visudo refuses are not put in place', async (context) => {
  const known = await run('visudo', ['--version'], { accept: 'any' }).catch(() => undefined);
  if (known === undefined) return context.skip('there is no visudo');
  await using machine = await scratch();
  const { operations } = await planOf('users: [{name: bob, sudo: "ALL=(ALL) NOPASSWD:"}]');
  assert.match(String(await outcomes(operations, machine)), /The rules are not right for sudo/);
  assert.deepEqual(await readdir(join(machine.root, 'etc/sudoers.d')).catch(() => []), []);
});
