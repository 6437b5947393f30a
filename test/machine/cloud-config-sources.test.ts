// Where a machine's cloud-config may come from, and what a failure, a second boot and a power cut make of it.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster, Machine } from '../../src/sandbox/index.ts';
import { overSsh, startKeelson, userDataPath } from './booted.ts';

// The first machine gets 10.77.0.11, and serves what the second one asks for.
const server = `#cloud-config
write_files:
  - path: /srv/config
    content: |
      #cloud-config
      write_files:
        - path: /etc/app/from-the-network
          content: $private_ipv4 was not known
      coreos:
        etcd2:
          name: by-url
coreos:
  units:
    - name: serve.service
      command: start
      content: |
        [Service]
        ExecStart=/bin/busybox httpd -f -p 8000 -h /srv
`;

// etcd2 and fleet are enabled: they start by themselves at the second boot, and must find their drop-ins.
const twice = `#cloud-config
hostname: again
write_files:
  - path: /etc/app/kept
    content: kept
  - path: /run/app/gone
    content: gone
coreos:
  etcd2:
    name: twice
  fleet:
    metadata: boot=any
    etcd_servers: http://127.0.0.1:2379
  units:
    - name: etcd2.service
      enable: true
      command: start
    - name: fleet.service
      enable: true
      command: start
`;

const script = '#!/bin/bash\nset -e\nuname -n >/run/script-ran\necho a script speaks\n';

const files = Array.from({ length: 150 }, (_, index) => `/etc/many/${String(index).padStart(3, '0')}`);

/** A cloud-config that takes a while, with accounts first. */
const many = (tag: string) => `#cloud-config
users:
${[1, 2, 3, 4].map((number) => `  - name: ${tag}${number}\n    groups: [adm]\n`).join('')}write_files:
${files.map((path) => `  - path: ${path}\n    permissions: "0640"\n    content: ${tag} in ${path}\n`).join('')}`;

let cluster: Cluster;
before(async () => {
  cluster = await startKeelson({
    machines: [
      { name: 'server', cloudConfig: server },
      {
        name: 'cmdline',
        cloudConfig: '',
        kernelArguments: ['quiet', 'cloud-config-url=http://10.77.0.11:8000/config'],
      },
      { name: 'script', cloudConfig: script },
      { name: 'file', cloudConfig: '' },
      { name: 'twice', cloudConfig: twice },
      { name: 'cut', cloudConfig: '#cloud-config\nhostname: cut\n' },
    ],
    bootDeadlineMs: 240_000,
  });
});
after(() => cluster?.down());

const said = async (machine: Machine, ...argv: string[]) =>
  (await machine.exec(argv, { accept: 'any' })).stdout.trim();
const show = (machine: Machine, unit: string, property: string) =>
  said(machine, 'systemctl', 'show', '--value', `--property=${property}`, unit);

test('the kernel command line names a URL', async () => {
  const machine = cluster.machine('cmdline');
  await machine.waitFor(['test', '-e', '/etc/app/from-the-network']);
  const unit = 'user-cloudinit-proc-cmdline.service';
  await machine.waitFor(async () => (await show(machine, unit, 'ActiveState')) !== 'activating');
  assert.equal(await show(machine, unit, 'ActiveState'), 'active');
  assert.match(await said(machine, 'systemctl', 'show', '-P', 'Environment', 'etcd2'), /ETCD_NAME=by-url/);
});

test('a script is run as a unit of its own', async () => {
  const machine = cluster.machine('script');
  await machine.waitFor(['test', '-s', '/run/script-ran']);
  assert.equal(await said(machine, 'cat', '/run/script-ran'), 'script');
  await machine.waitFor(['sh', '-c', 'journalctl -b -o cat | grep -qx "a script speaks"']);
  assert.match((await overSsh(cluster, machine, 'id -un')).stdout, /^core$/m);
});

const instance = 'user-cloudinit@var-lib-coreos\\x2dinstall-user_data';
const installed = '/var/lib/coreos-install/user_data';

test('a file that appears is applied; a wrong one fails once, visibly, and is read again when written anew', async () => {
  const machine = cluster.machine('file');
  const starts = async () =>
    Number(
      await said(machine, 'sh', '-c', `journalctl -b -o cat -u '${instance}.service' | grep -c '^Starting '`),
    );
  assert.equal(await starts(), 0);
  await machine.writeFile(
    installed,
    '#cloud-config\nwrite_files:\n  - path: /etc/right\n    content: x\n  - {path: /etc/wrong, permissions: 384}\n',
  );
  await machine.waitFor(['systemctl', 'is-failed', `${instance}.service`]);
  // The one for the file's appearance, and at most one more for its content, which may be under way.
  await sleep(3000);
  await machine.waitFor(['systemctl', 'is-failed', `${instance}.service`]);
  const first = await starts();
  assert.ok(first === 1 || first === 2, `${first} starts`);
  await sleep(3000);
  assert.equal(await starts(), first);
  assert.equal(await said(machine, 'cat', '/etc/right'), 'x');
  assert.equal(await show(machine, `${instance}.service`, 'Result'), 'exit-code');
  assert.match(await said(machine, 'systemctl', '--failed', '--plain', '--no-legend'), /^user-cloudinit@/);
  assert.equal(await show(machine, `${instance}.path`, 'ActiveState'), 'active');

  await machine.writeFile(
    installed,
    '#cloud-config\nhostname: mended\ncoreos:\n  etcd2:\n    name: mended\n',
  );
  await machine.waitFor(['systemctl', 'is-active', `${instance}.service`]);
  assert.equal(await said(machine, 'hostname'), 'mended');
});

test('that file is applied at the next boot, in the first part of it', async () => {
  const machine = cluster.machine('file');
  await machine.stop();
  await machine.start();
  assert.equal(await show(machine, `${instance}.service`, 'ActiveState'), 'active');
  assert.match(await said(machine, 'systemctl', 'show', '-P', 'Environment', 'etcd2'), /ETCD_NAME=mended/);
  const left = Number(await show(machine, `${instance}.service`, 'ActiveEnterTimestampMonotonic'));
  const sysinit = Number(await show(machine, 'sysinit.target', 'ActiveEnterTimestampMonotonic'));
  assert.ok(left > 0 && left <= sysinit, `${left} ${sysinit}`);
});

test('a wrong file at boot fails once as well, and the boot goes on', async () => {
  const machine = cluster.machine('file');
  await machine.writeFile(installed, '#cloud-config\nhostname: 7 of 9\n');
  await machine.stop();
  await machine.start();
  assert.equal(await said(machine, 'systemctl', 'is-system-running'), 'degraded');
  await sleep(2000);
  assert.equal(
    await said(machine, 'sh', '-c', `journalctl -b -o cat -u '${instance}.service' | grep -c '^Starting '`),
    '1',
  );
  assert.match((await overSsh(cluster, machine, 'id -un')).stdout, /^core$/m);
});

test('a second boot does only what differs, and before the services that read it', async () => {
  const machine = cluster.machine('twice');
  // is-active is content with one of several.
  const active = ['sh', '-c', 'systemctl is-active etcd2.service && systemctl is-active fleet.service'];
  await machine.waitFor(active);
  await machine.stop();
  await machine.start();
  await machine.waitFor(active);
  assert.equal(await said(machine, 'cat', '/run/app/gone'), 'gone');
  const journal = await said(machine, 'journalctl', '-b', '-o', 'cat', '-u', 'user-configdrive.service');
  const changed = [...journal.matchAll(/^(?:done|queued): (.*?) \(/gm)].map(([, what]) => what);
  assert.deepEqual(changed.filter((what) => !/^(start|reload) /.test(what ?? '')).sort(), [
    'write /run/app/gone mode 0644',
    'write /run/systemd/system/etcd2.service.d/20-cloudinit.conf',
    'write /run/systemd/system/fleet.service.d/20-cloudinit.conf',
  ]);
  const ready = Number(await show(machine, 'user-configdrive.service', 'ActiveEnterTimestampMonotonic'));
  for (const unit of ['etcd2.service', 'fleet.service']) {
    const began = Number(await show(machine, unit, 'ExecMainStartTimestampMonotonic'));
    assert.ok(began > ready, `${unit} began at ${began}, the config was there at ${ready}`);
    assert.equal(await show(machine, unit, 'NRestarts'), '0');
  }
  assert.match(await said(machine, 'etcdctl', 'member', 'list'), /\btwice\b/);
  await machine.waitFor(['sh', '-c', 'fleetctl list-machines | grep boot=any']);
});

test('a .network unit reaches a networkd that runs', async () => {
  const machine = cluster.machine('twice');
  const config = `#cloud-config
coreos:
  units:
    - name: 05-more.network
      content: |
        [Match]
        Name=host0
        [Network]
        Address=${machine.address}/24
        Address=10.77.0.99/24
        LinkLocalAddressing=no
`;
  await machine.writeFile('/root/more.yml', config);
  const { stderr } = await machine.exec(['coreos-cloudinit', '--from-file=/root/more.yml']);
  assert.match(stderr, /done: reload systemd-networkd/);
  await machine.waitFor(['sh', '-c', 'ip -4 -o address show dev host0 | grep -q 10.77.0.99']);
  await cluster.machine('server').waitFor(['ping', '-c1', '-W1', '-q', '10.77.0.99']);
  const again = await machine.exec(['coreos-cloudinit', '--from-file=/root/more.yml']);
  assert.doesNotMatch(again.stderr, /done: /);
});

test('a power cut while it is applied is made good by the next boot', async () => {
  const machine = cluster.machine('cut');
  // When the plug is pulled: once that is there.
  const moments = [
    ['green', 'etc/passwd', 'green4:'],
    ['blue', 'etc/many/040', 'blue'],
  ] as const;
  let interrupted = 0;
  for (const [tag, file, text] of moments) {
    await machine.stop();
    await writeFile(userDataPath(cluster, machine), many(tag));
    const seen = join(machine.rootPath, file);
    const booting = machine.start().then(
      () => 'booted',
      () => 'cut',
    );
    const script = `until grep -q "$2" "$1" 2>/dev/null; do :; done`;
    await cluster.net(['sh', '-c', script, 'sh', seen, text], { deadlineMs: 240_000 });
    await machine.kill();
    assert.equal(await booting, 'cut');
    if (!existsSync(join(machine.rootPath, 'etc/many/149'))) interrupted += 1;
    await machine.start();
    assert.equal(await show(machine, 'user-configdrive.service', 'ActiveState'), 'active');
    const contents = await said(machine, 'sh', '-c', 'cat /etc/many/*');
    assert.equal(contents, files.map((path) => `${tag} in ${path}`).join(''));
    for (const number of [1, 2, 3, 4]) {
      const user = `${tag}${number}`;
      assert.match(await said(machine, 'id', user), /adm/);
      assert.equal(await said(machine, 'stat', '-c', '%U %a', `/home/${user}`), `${user} 755`);
    }
    const left = await said(
      machine,
      ...['find', '/etc', '/home', '/var/lib', '/run', '-xdev'],
      ...['(', '-name', '.coreos-cloudinit-*', '-o', '-name', '.keelson-*', ')'],
    );
    assert.equal(left, '');
    assert.match((await overSsh(cluster, machine, 'id -un')).stdout, /^core$/m);
  }
  assert.ok(interrupted >= 1, 'every cut came too late');
});
