// Runs that meet what goes wrong with the state itself: they are killed anywhere, the disk is full, two sources
// want different things, somebody changed what we made.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashOf, isSystemSource } from '../../../src/cloud-config/apply/items.ts';
import { keepOriginals } from '../../../src/cloud-config/apply/originals.ts';
import { homeDirectory, readFileIfExists, run } from '../../../src/host/index.ts';
import { key, planOf } from '../planning.ts';
import { type Scratch, scratch } from './scratch.ts';

const command = join(homeDirectory(), 'src/coreos-cloudinit.ts');

async function apply(on: Scratch, body: string, file = '/config.yml') {
  const config = join(on.root, file);
  await mkdir(join(config, '..'), { recursive: true });
  await writeFile(config, `#cloud-config\n${body}`);
  return run(process.execPath, [command, `--root=${on.root}`, `--from-file=${config}`], { accept: 'any' });
}

const read = (on: Scratch, path: string) => readFileIfExists(join(on.root, path));

const paths = Array.from({ length: 60 }, (_, index) => `/etc/many/${index}`);
const many = (tag: string) => `users: [{name: bob, ssh_authorized_keys: ["${key}"]}]
write_files:
${paths.map((path) => `  - {path: ${path}, content: "${tag} of ${path}"}\n`).join('')}`;

test('killed anywhere, the next run makes it whole, and all of it can be undone', {
  timeout: 240_000,
}, async () => {
  await using machine = await scratch();
  const config = join(machine.root, 'config.yml');
  let seed = 11;
  let interrupted = 0;
  for (let round = 0; round < 8; round++) {
    const tag = `round ${round}`;
    await writeFile(config, `#cloud-config\n${many(tag)}`);
    const child = spawn(process.execPath, [command, `--root=${machine.root}`, `--from-file=${config}`], {
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    // Not before it has begun to write, then after a while that the seed says.
    const runs = join(machine.root, 'var/lib/coreos-cloudinit/runs');
    const begun = async () => {
      for (const name of await readdir(runs).catch(() => [])) {
        // An old record may go in this moment.
        const text = name.endsWith('.json') ? await readFileIfExists(join(runs, name)) : undefined;
        if (text !== undefined && !text.includes('"ended"')) return true;
      }
      return child.exitCode !== null;
    };
    while (!(await begun())) await sleep(5);
    seed = (seed * 16_807) % 2_147_483_647;
    await sleep(seed % 120);
    child.kill('SIGKILL');
    const [, signal] = await ended;
    if (signal === 'SIGKILL') interrupted += 1;
    for (const path of paths) {
      const text = await read(machine, path);
      assert.ok(text === undefined || /^round \d of \/etc\/many\/\d+$/.test(text), `${path}: ${text}`);
    }
    if (round % 2 === 1) continue;
    const next = await apply(machine, many(tag));
    assert.equal(next.status, 0, next.stderr);
    assert.doesNotMatch(next.stderr, /had been changed/);
    for (const path of paths) assert.equal(await read(machine, path), `${tag} of ${path}`);
    assert.ok((await read(machine, 'home/bob/.ssh/authorized_keys'))?.includes(key));
  }
  assert.ok(interrupted > 0, 'every kill came too late');
  const gone = await apply(machine, '');
  assert.equal(gone.status, 0, gone.stderr);
  assert.equal(await stat(join(machine.root, 'etc/many')).catch(() => 'gone'), 'gone', gone.stderr);
  const left = (await readdir(machine.root, { recursive: true })).filter((path) =>
    path.includes('.coreos-cloudinit-'),
  );
  assert.deepEqual(left, []);
});

test('a full disk: what lives in memory is applied all the same, and the run says what it could not do', async () => {
  await using machine = await scratch();
  const body = `write_files:
  - {path: /run/app/here, content: fine}
  - {path: /etc/small, content: x}
  - {path: /etc/large, content: "${'x'.repeat(100_000)}"}
`;
  await writeFile(join(machine.root, 'config.yml'), `#cloud-config\n${body}`);
  await mkdir(join(machine.root, 'run'));
  await mkdir(join(machine.root, 'var'));
  // The disk is one that has no room left; it goes with the namespace.
  const script = `set -e
mount -t tmpfs -o size=256k tmpfs "$1/var"
mount -t tmpfs -o size=256k tmpfs "$1/etc"
printf 'root:x:0:0::/root:/bin/sh\\ncore:x:0:0::/home/core:/bin/sh\\n' >"$1/etc/passwd"
printf 'root:x:0:\\n' >"$1/etc/group"
dd if=/dev/zero of="$1/etc/fill" bs=4k 2>/dev/null || :
dd if=/dev/zero of="$1/var/fill" bs=4k 2>/dev/null || :
status=0
"$2" "$3" "--root=$1" "--from-file=$1/config.yml" || status=$?
find "$1/etc" "$1/var" -name '.coreos-cloudinit-*'
exit $status`;
  const args = ['--mount', 'sh', '-c', script, 'sh', machine.root, process.execPath, command];
  const { status, stdout, stderr } = await run('unshare', args, { accept: 'any' });
  assert.equal(status, 1, stderr);
  assert.match(stderr, /What is applied cannot be recorded/);
  assert.match(stderr, /\/etc\/large cannot be written: the disk is full/);
  assert.equal(stdout, '');
  assert.equal(await read(machine, 'run/app/here'), 'fine');
});

test("the system's word yields to the user's, and counts again when that is withdrawn", async () => {
  await using machine = await scratch();
  const oem = 'write_files: [{path: /etc/x/a, content: oem}, {path: /etc/x/b, content: both}]\n';
  const user = 'write_files: [{path: /etc/x/a, content: user}, {path: /etc/x/b, content: both}]\n';
  // Named as it is on a machine; the test's own root stands before it.
  assert.equal(isSystemSource('local-file:/usr/share/oem/cloud-config.yml'), true);
  assert.equal(isSystemSource('cloud-drive:/media/configdrive'), false);
  await apply(machine, oem, '/oem.yml');
  await apply(machine, user);
  const again = await apply(machine, oem, '/oem.yml');
  assert.doesNotMatch(again.stderr, /had been changed/);
  await apply(machine, user);
  await apply(machine, '');
  assert.equal(await read(machine, 'etc/x/b'), 'both');
  await apply(machine, '', '/oem.yml');
  assert.equal(await stat(join(machine.root, 'etc/x')).catch(() => 'gone'), 'gone');
});

test('a set of keys that somebody changed stays', async () => {
  await using machine = await scratch();
  await apply(machine, `ssh_authorized_keys: ["${key}"]\n`);
  const set = join(machine.root, 'home/core/.ssh/authorized_keys.d/coreos-cloudinit');
  await writeFile(set, `${key} changed\n`);
  const { stderr } = await apply(machine, 'hostname: n1\n');
  assert.match(stderr, /it stays: the set was changed/);
  assert.equal(await readFile(set, 'utf8'), `${key} changed\n`);
});

test('what the user wrote is left alone by the system, and only that', async () => {
  await using machine = await scratch();
  await mkdir(join(machine.root, 'etc/x'));
  for (const name of ['user', 'local']) await writeFile(join(machine.root, 'etc/x', name), name);
  const { operations } = await planOf(
    'write_files: [{path: /etc/x/user, content: oem}, {path: /etc/x/local, content: oem}, {path: /etc/x/new}]\n',
  );
  const items = ['user', 'local'].map((name) => {
    return { kind: 'file', name: `/etc/x/${name}`, sha256: hashOf('user'), ours: true } as const;
  });
  const yields = async (superior: boolean) => {
    const { yielding } = await keepOriginals(
      operations,
      [],
      { items, superior },
      machine.machine(),
      '/copies',
    );
    return [...yielding].map((operation) => ('path' in operation ? operation.path : ''));
  };
  assert.deepEqual(await yields(true), ['/etc/x/user']);
  assert.deepEqual(await yields(false), []);
});
