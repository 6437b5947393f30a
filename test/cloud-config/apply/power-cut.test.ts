// What a run leaves that lost power in the middle, and the next run makes good.

import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { applyPlan } from '../../../src/cloud-config/index.ts';
import { homeDirectory, run } from '../../../src/host/index.ts';
import { key, planOf } from '../planning.ts';
import { type Scratch, scratch } from './scratch.ts';

const body = `users: [{name: bob, ssh_authorized_keys: ["${key}"]}]`;

async function apply(on: Scratch, text: string): Promise<string[]> {
  const results = await applyPlan((await planOf(text)).operations, on.machine());
  return results.map(({ operation, outcome }) => `${outcome.result} ${operation.kind}`);
}

test('an account without its home gets one, and its keys', async () => {
  await using machine = await scratch();
  await mkdir(join(machine.root, 'etc/skel'));
  await writeFile(join(machine.root, 'etc/skel/.profile'), '# mine\n');
  await apply(machine, body);
  const home = join(machine.root, 'home/bob');
  const before = await stat(home);
  await rm(home, { recursive: true });
  assert.ok((await apply(machine, body)).includes('done ensure-user'));
  const after = await stat(home);
  assert.deepEqual([after.uid, after.gid, after.mode], [before.uid, before.gid, before.mode]);
  assert.equal(await readFile(join(home, '.profile'), 'utf8'), '# mine\n');
  assert.equal((await stat(join(home, '.profile'))).uid, before.uid);
  assert.ok((await readFile(join(home, '.ssh/authorized_keys'), 'utf8')).includes(key));
  assert.deepEqual((await readdir(join(machine.root, 'home'))).sort(), ['bob']);

  // Made, and not given to him yet.
  await rm(home, { recursive: true });
  await mkdir(home);
  await apply(machine, body);
  assert.equal((await stat(home)).uid, before.uid);
  assert.ok((await apply(machine, body)).every((line) => line.startsWith('unchanged')));
});

test('a home that somebody else chose, or one that is not wanted, is not made', async () => {
  await using machine = await scratch();
  await apply(machine, 'users: [{name: bob, homedir: /home/other}, {name: eve, no_create_home: true}]');
  await rm(join(machine.root, 'home/other'), { recursive: true });
  await apply(machine, 'users: [{name: bob}, {name: eve, no_create_home: true}]');
  assert.deepEqual(await readdir(join(machine.root, 'home')), []);
  // A link stays what it is.
  await symlink('/nowhere', join(machine.root, 'home/bob'));
  await apply(machine, 'users: [{name: bob, homedir: /home/bob}]');
  assert.deepEqual((await readdir(join(machine.root, 'home'))).sort(), ['bob']);
});

test('temporary files of a run before are removed, others are not', async () => {
  await using machine = await scratch();
  const { root } = machine;
  const left = ['etc/.coreos-cloudinit-1', 'etc/x/.coreos-cloudinit-2', 'home/.coreos-cloudinit-3/file'];
  const others = ['etc/x/.keelson-1', 'etc/y/.coreos-cloudinit-4'];
  for (const path of [...left, ...others]) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), '');
  }
  const config = join(root, 'config.yml');
  await writeFile(config, '#cloud-config\nwrite_files: [{path: /etc/x/file, content: x}]\n');
  const command = join(homeDirectory(), 'src/coreos-cloudinit.ts');
  await run(process.execPath, [command, `--root=${root}`, `--from-file=${config}`]);
  assert.deepEqual(
    (await readdir(root, { recursive: true })).filter((path) => path.includes('.coreos-cloudinit-')),
    ['etc/y/.coreos-cloudinit-4'],
  );
  assert.deepEqual((await readdir(join(root, 'etc/x'))).sort(), ['.keelson-1', 'file']);
});
