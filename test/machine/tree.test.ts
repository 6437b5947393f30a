// The tree of a machine: made twice it is the same, and packed it boots as it is in systemd-nspawn.
// KEELSON_TREE_TWICE=1 has Debian's part built twice as well, which takes some minutes.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, realpath, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  compareListings,
  listTree,
  provideRootTree,
  provideUsrTree,
  readDefinition,
  type UsrTree,
  writeTarball,
} from '../../src/deploy/index.ts';
import { cacheDirectory, hashFile, run } from '../../src/host/index.ts';
import { buildPackage } from '../../src/machine/index.ts';
import {
  cgroupFolders,
  hierarchies,
  killCgroup,
  makeCgroup,
  removeCgroup,
} from '../../src/sandbox/cgroup.ts';
import { bundle, checkout, temporaryFolder } from './booted.ts';

const twice = process.env.KEELSON_TREE_TWICE === '1';
let work = '';
const trees: UsrTree[] = [];
const tarballs: string[] = [];

before(async () => {
  work = await temporaryFolder();
  await bundle();
  const keelson = await buildPackage({ home: checkout });
  const definition = await readDefinition();
  const debian = (await provideRootTree({ cache: cacheDirectory(), definition })).layers.at(-1) ?? '';
  for (const name of ['one', 'two']) {
    const cache = join(work, name);
    await mkdir(cache);
    if (!twice) await symlink(await realpath(debian), join(cache, basename(debian).replace(/-[^-]*$/, '')));
    trees.push(await provideUsrTree({ cache, definition, keelson, version: '1.2.0' }));
    // What one of them leaves behind is not read by the other.
    await utimes(cache, 1, 1);
  }
  for (const [index, tree] of trees.entries()) {
    tarballs.push(await writeTarball(tree, { output: join(work, `${index}.tar.zst`), level: 1 }));
  }
});

after(() => rm(work, { recursive: true, force: true }));

test('two trees of one definition are the same, file by file, and so are their archives', async () => {
  const [one, two] = trees;
  assert.ok(one && two);
  assert.notEqual(one.folder, two.folder);
  assert.equal(one.key, two.key);
  assert.deepEqual(compareListings(await listTree(one.folder), await listTree(two.folder)), []);
  const [first, second] = await Promise.all(tarballs.map((path) => hashFile(path)));
  assert.equal(first, second);
});

test('the tree has its kernel, its users and its packages in /usr, and nothing of one machine', async () => {
  const [tree] = trees;
  assert.ok(tree);
  const read = (path: string) => readFile(join(tree.folder, path), 'utf8');
  const listing = await listTree(tree.folder);
  for (const path of [
    `lib/modules/${tree.kernel}/vmlinuz`,
    'lib/keelson/bin/node',
    'lib/sysimage/dpkg/status',
    'share/factory/etc/ssh/sshd_config',
    'lib/systemd/system/ssh-host-key.service',
  ]) {
    assert.ok(listing.has(path), path);
  }
  const own = [...listing.keys()].filter((path) =>
    /^share\/factory\/etc\/(machine-id|hostname|fstab|ssh\/ssh_host_.*|.*-)$|\/__pycache__$|^share\/man\/man/.test(
      path,
    ),
  );
  assert.deepEqual(own, []);
  assert.match(await read('lib/os-release'), /^IMAGE_VERSION=1\.2\.0$/m);
  assert.match(await read('lib/sysusers.d/image.conf'), /^u etcd 212:212 /m);
  assert.match(await read('lib/tmpfiles.d/image.conf'), /^d \/var\/mail 2775 root mail -$/m);
});

// It does not end before the boot has.
const probe = `[Service]
Type=simple
StandardOutput=append:/report
ExecStart=sh -c 'systemctl is-system-running --wait; systemctl --failed --plain --no-legend; \\
  dpkg -l keelson | tail -n 1; stat -c "%%n %%U %%a" /var/lib/etcd /root /home/core /etc/ssh/ssh_host_ed25519_key; \\
  systemctl is-enabled ssh fleet.service nftables apt-daily.timer; getent hosts localhost; echo end'
ExecStopPost=systemctl poweroff --no-block
`;

// nspawn keeps its locks in a folder of the host's; the unified hierarchy is what every distribution has today.
const boot = `mkdir -p /run/systemd/nspawn
mount -t tmpfs -o mode=0755 tmpfs /run/systemd/nspawn || exit 1
root=$1; shift
for folder; do echo 0 >"$folder/cgroup.procs" || exit 1; done
exec systemd-nspawn --boot --register=no --keep-unit --console=pipe --private-network --directory="$root"`;

test('the archive boots as it is', { timeout: 600_000 }, async () => {
  const root = join(work, 'root');
  await mkdir(root);
  const [archive = ''] = tarballs;
  await run('tar', ['--numeric-owner', '--xattrs', '--xattrs-include=*', '-xpf', archive, '-C', root], {
    deadlineMs: 300_000,
  });
  await writeFile(join(root, 'etc/systemd/system/probe.service'), probe);
  await mkdir(join(root, 'etc/systemd/system/multi-user.target.d'));
  await writeFile(
    join(root, 'etc/systemd/system/multi-user.target.d/probe.conf'),
    '[Unit]\nWants=probe.service\n',
  );
  const cgroups = cgroupFolders(await hierarchies(), `keelson-tree-test-${process.pid}`);
  await makeCgroup(cgroups);
  try {
    const alone = [
      '--net',
      '--mount',
      '--pid',
      '--fork',
      '--kill-child',
      '--mount-proc',
      '--propagation',
      'private',
    ];
    const argv = ['--pdeathsig', 'KILL', 'unshare', ...alone, '--', 'sh', '-c', boot, 'sh', root, ...cgroups];
    const child = spawn('setpriv', argv, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH ?? '', SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1' },
    });
    let console = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        console = `${console}${chunk}`.slice(-20_000);
      });
    }
    const limit = setTimeout(() => child.kill('SIGKILL'), 400_000);
    await once(child, 'close');
    clearTimeout(limit);
    const report = await readFile(join(root, 'report'), 'utf8').catch(() => '');
    const lines = report.trim().split('\n');
    assert.equal(lines.at(-1), 'end', `the report is not complete: ${report}\n${console}`);
    assert.equal(lines[0], 'running', `${report}\n${console}`);
    assert.match(report, /^ii +keelson /m);
    assert.match(report, /^\/var\/lib\/etcd etcd 700$/m);
    assert.match(report, /^\/root root 700$/m);
    assert.match(report, /^\/home\/core core 755$/m);
    assert.match(report, /^\/etc\/ssh\/ssh_host_ed25519_key root 600$/m);
    assert.match(report, /^enabled\ndisabled\ndisabled\ndisabled$/m);
  } finally {
    for (const folder of cgroups) await killCgroup(folder).catch(() => {});
    await removeCgroup(cgroups);
  }
});
