// The command and the network: which data it converts, when, and that the second run finds all in place.

import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { homeDirectory, run } from '../../../src/host/index.ts';
import { version1 } from './converting.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cloud-config-'));
  await chmod(folder, 0o755);
});
after(() => rm(folder, { recursive: true, force: true }));

const command = (...args: string[]) =>
  run(process.execPath, [join(homeDirectory(), 'src/coreos-cloudinit.ts'), ...args], { accept: 'any' });

/** A seed with this network-config, and a machine below `root` to apply it to. */
async function seed(network: string): Promise<{ readonly seed: string; readonly root: string }> {
  const place = await mkdtemp(join(folder, 'seed-'));
  const root = join(place, 'root');
  await mkdir(join(root, 'etc'), { recursive: true });
  await writeFile(
    join(root, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\ncore:x:500:500::/home/core:/bin/sh\n',
  );
  await writeFile(join(root, 'etc/group'), 'root:x:0:\ncore:x:500:\n');
  await writeFile(join(place, 'user-data'), '');
  await writeFile(join(place, 'meta-data'), 'instance-id: i-1\n');
  await writeFile(join(place, 'network-config'), network);
  return { seed: place, root };
}

test('a form that is not known: status 2, said on standard output', async () => {
  const { status, stdout, stderr } = await command('-convert-netconf', 'redhat', '--from-file=/x');
  assert.equal(status, 2);
  assert.match(
    stdout,
    /^Invalid option to --convert-netconf: 'redhat'. Supported options: 'debian, packet, vmware, /,
  );
  assert.equal(stderr, '');
  assert.equal((await command('--convert-netconf=none')).status, 2);
});

test('a seed brings its network; a second run finds it in place; with none it is left alone', async () => {
  const place = await seed(version1);
  const args = [`--from-nocloud=${place.seed}`, `--root=${place.root}`];
  const none = await command(...args, '--convert-netconf=none', '--dry-run');
  assert.doesNotMatch(none.stdout, /systemd\/network/);
  const first = await command(...args);
  assert.equal(first.status, 0, first.stderr);
  assert.match(
    first.stderr,
    /done: write \/run\/systemd\/network\/00-eth0\.network \(network data of network-config of /,
  );
  const network = join(place.root, 'run/systemd/network');
  assert.equal((await readdir(network)).length, 12);
  assert.match(await readFile(join(network, '00-eth0.network'), 'utf8'), /^\[Match\]\nMACAddress=96:/);
  const second = await command(...args);
  assert.doesNotMatch(second.stderr, /done: /);
});

test('data of another form than was said are not guessed at', async () => {
  const place = await seed(version1);
  const { status, stderr } = await command(
    `--from-nocloud=${place.seed}`,
    `--root=${place.root}`,
    '--convert-netconf=debian',
    '--ignore-failure',
    '--dry-run',
  );
  assert.equal(status, 1);
  assert.match(stderr, /the network data have the form cloud-init-v1, not debian/);
  assert.match(stderr, /Give --convert-netconf=cloud-init, or auto\./);
});

test('a network that cannot be read costs nobody the rest', async () => {
  const place = await seed('version: 2\nethernets: [\n');
  await writeFile(join(place.seed, 'meta-data'), 'instance-id: i-1\nlocal-hostname: seeded\n');
  const { status, stdout, stderr } = await command(
    `--from-nocloud=${place.seed}`,
    `--root=${place.root}`,
    '--dry-run',
  );
  assert.equal(status, 1);
  assert.match(stderr, /network-config of \S+ is not YAML/);
  assert.match(stdout, /set the hostname to seeded/);
});
