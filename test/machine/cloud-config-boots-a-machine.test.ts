// A real boot with a config drive: what is right is applied before the services start, what is wrong is
// reported with file, line and column, and the SSH keys are there in any case.

import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../../src/sandbox/index.ts';
import { key } from '../cloud-config/planning.ts';
import { startKeelson, userDataPath } from './booted.ts';

const userData = `#cloud-config
hostname: apple
ssh_authorized_keys:
  - ${key}
users:
  - name: bob
    groups: [adm]
    passwd: "$6$salt$hash"
write_files:
  - path: /etc/app/secret
    permissions: "2750"
    owner: bob:adm
    content: "at $private_ipv4"
  - path: /etc/app/wrong
    permissions: 384
    content: x
coreos:
  etcd2:
    name: apple%one
  units:
    - name: etcd2.service
      drop-ins:
        - name: 50-more.conf
          content: |
            [Service]
            Environment=MORE=yes
    - name: hello.service
      runtime: true
      enable: true
      command: start
      content: |
        [Unit]
        Description=Says hello
        After=multi-user.target
        [Service]
        Type=oneshot
        RemainAfterExit=yes
        ExecStart=/bin/sh -c 'hostname > /run/hello'
        [Install]
        WantedBy=multi-user.target
    - name: systemd-timesyncd.service
      mask: true
    - name: ghost.service
      command: start
`;

let cluster: Cluster;

const inside = async (...command: string[]) =>
  (await cluster.machine('m1').exec(command, { accept: 'any' })).stdout;

before(async () => {
  cluster = await startKeelson({ machines: [{ cloudConfig: userData }] });
  // What a maker's config would have said at the first boot.
  await cluster.machine('m1').writeFile('/etc/environment', 'COREOS_PRIVATE_IPV4=10.0.0.9\n');
  await inside('systemctl', 'enable', 'etcd2.service');
  await cluster.machine('m1').stop();
  await cluster.machine('m1').start();
});

after(() => cluster?.down());

test('the SSH keys of the config and of the metadata are there', async () => {
  const keys = await inside('cat', '/home/core/.ssh/authorized_keys');
  const all = keys.trim().split('\n').slice(1);
  assert.equal(all.length, 2);
  assert.ok(all.includes(key));
  assert.match(all.find((line) => line !== key) ?? '', /^ssh-ed25519 \S+ keelson-sandbox-/);
  assert.equal((await inside('stat', '-c', '%U %a', '/home/core/.ssh/authorized_keys')).trim(), 'core 600');
});

test('host name, user and file are as asked', async () => {
  assert.equal((await inside('hostname')).trim(), 'apple');
  assert.match(await inside('id', 'bob'), /adm/);
  assert.match(await inside('getent', 'shadow', 'bob'), /^bob:\$6\$salt\$hash:/);
  assert.equal((await inside('stat', '-c', '%U:%G %a', '/etc/app/secret')).trim(), 'bob:adm 2750');
  assert.equal(await inside('cat', '/etc/app/secret'), 'at 10.0.0.9');
});

test('a service that boots has its drop-ins already', async () => {
  const environ = 'tr "\\0" "\\n" </proc/$(systemctl show -P MainPID etcd2)/environ';
  assert.match(await inside('sh', '-c', environ), /^ETCD_NAME=apple%one$/m);
  assert.match(await inside('sh', '-c', environ), /^MORE=yes$/m);
  assert.equal((await inside('systemctl', 'show', '-P', 'NRestarts', 'etcd2')).trim(), '0');
});

test('a started unit runs, although it is ordered after the boot; a masked one is masked', async () => {
  assert.equal((await inside('cat', '/run/hello')).trim(), 'apple');
  assert.match(await inside('systemctl', 'is-enabled', 'hello.service'), /enabled-runtime/);
  assert.match(await inside('systemctl', 'is-enabled', 'systemd-timesyncd.service'), /masked/);
});

test('what is wrong is in the journal with file, line and column, and the service says failed', async () => {
  const journal = await inside('journalctl', '-b', '-o', 'cat', '-u', 'user-configdrive.service');
  assert.match(journal, /line 15: error: invalid value 384/);
  assert.match(journal, /at user-data:15:18/);
  assert.match(journal, /Perhaps "0600"/);
  assert.match(journal, /failed: start ghost\.service/);
  assert.match(journal, /queued: start hello\.service/);
  assert.equal((await inside('systemctl', 'is-failed', 'user-configdrive.service')).trim(), 'failed');
});

test('a second run finds everything in place', async () => {
  await inside('systemctl', 'reset-failed');
  const again = await cluster
    .machine('m1')
    .exec(['coreos-cloudinit', '--from-configdrive=/media/configdrive', '--json'], { accept: 'any' });
  const report: { results: { result: string; kind: string; unit?: string; path?: string }[] } = JSON.parse(
    again.stdout,
  );
  const changed = report.results.filter(({ result }) => result !== 'unchanged');
  assert.deepEqual(
    changed.map(({ kind, unit, path, result }) => [kind, unit ?? path, result]),
    [
      // By hand, without the unit's EnvironmentFile, the address is not known.
      ['write-file', '/etc/app/secret', 'done'],
      ['unit-command', 'ghost.service', 'failed'],
    ],
  );
});

test('status tells what failed and what was left out, and units that wait for a failure have been started', async () => {
  const { status, stdout } = await cluster
    .machine('m1')
    .exec(['coreos-cloudinit', 'status'], { accept: 'any' });
  assert.equal(status, 1);
  assert.match(stdout, /cloud-drive:\/media\/configdrive\n/);
  assert.match(stdout, /failed: start ghost\.service/);
  assert.match(stdout, /left out: user-data:15:18: error: invalid value 384/);
  const since = 'systemctl show -P ActiveEnterTimestampMonotonic cloud-config-failed.target';
  assert.notEqual((await inside('sh', '-c', since)).trim(), '0');
});

test('what left the config is undone at the next boot: users, files, units, masks', async () => {
  const m1 = cluster.machine('m1');
  // As if the boot before had lost power in the middle of a write.
  await m1.writeFile('/etc/app/.coreos-cloudinit-left', 'half');
  await writeFile(userDataPath(cluster, m1), '#cloud-config\nhostname: pear\n');
  await m1.kill();
  await m1.start();
  assert.equal((await inside('coreos-cloudinit', 'status', '--wait')).includes('failed'), false);
  assert.equal((await inside('hostname')).trim(), 'pear');
  assert.equal((await inside('sh', '-c', 'ls -A /etc/app 2>&1 || :')).includes('secret'), false);
  assert.match(await inside('chage', '-l', 'bob'), /Account expires.*1970/);
  assert.doesNotMatch(await inside('systemctl', 'is-enabled', 'systemd-timesyncd.service'), /masked/);
  assert.equal(await inside('sh', '-c', 'ls /etc/systemd/system/etcd2.service.d 2>/dev/null || :'), '');
  assert.equal(
    (await inside('sh', '-c', 'systemctl cat hello.service 2>&1 | head -n 1')).includes('Says'),
    false,
  );
});

test('a machine that loses power while a config is being applied has whole files and the config at its next boot', async () => {
  const m1 = cluster.machine('m1');
  const files = Array.from(
    { length: 400 },
    (_, index) => `  - {path: /srv/data/${index}, content: "${'x'.repeat(400)}"}`,
  );
  await writeFile(
    userDataPath(cluster, m1),
    `#cloud-config\nhostname: plum\nwrite_files:\n${files.join('\n')}\n`,
  );
  for (const pauseMs of [150, 600]) {
    // The kill has to come from outside of what it ends.
    const begun = m1
      .exec(['coreos-cloudinit', '--from-configdrive=/media/configdrive'], { accept: 'any' })
      .catch(() => undefined);
    await sleep(pauseMs);
    await m1.kill();
    await begun;
    // On the disk of the machine that is off: each file is whole or not there.
    const folder = join(m1.rootPath, 'srv/data');
    for (const name of await readdir(folder).catch(() => [])) {
      if (name.startsWith('.')) continue;
      assert.equal((await readFile(join(folder, name), 'utf8')).length, 400, name);
    }
    if (pauseMs === 150) await m1.start();
  }
  await m1.start();
  const { status, stdout } = await m1.exec(['coreos-cloudinit', 'status', '--wait'], { accept: 'any' });
  assert.equal(status, 0, stdout);
  assert.equal((await inside('sh', '-c', 'ls -A /srv/data | wc -l')).trim(), '400');
  assert.equal((await inside('sh', '-c', 'ls -A /srv/data | grep -c ^[.] || :')).trim(), '0');
});
