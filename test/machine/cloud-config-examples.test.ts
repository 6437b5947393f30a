// The examples of cloud-config/examples and of the guide, booted.

import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../../src/host/index.ts';
import type { Cluster, Machine } from '../../src/sandbox/index.ts';
import { checkout, startKeelson, temporaryFolder } from './booted.ts';

const example = (name: string) => readFile(join(checkout, 'cloud-config/examples', name), 'utf8');

test('three machines of member.yml are one etcd and one fleet', { timeout: 300_000 }, async () => {
  const first = await example('member.yml');
  const configs = [1, 2, 3].map((number) =>
    first.replaceAll(/^.* # this machine$/gm, (line) =>
      line.replaceAll('m1', `m${number}`).replaceAll('10.77.0.11', `10.77.0.1${number}`),
    ),
  );
  assert.equal(configs[0], first);
  assert.notEqual(configs[1], first);
  await using cluster = await startKeelson({ machines: configs.map((cloudConfig) => ({ cloudConfig })) });
  const m1 = cluster.machine('m1');
  await m1.waitFor(async () => {
    const list = await m1.exec(['fleetctl', 'list-machines', '--no-legend', '--full'], { accept: 'any' });
    return cluster.machines.every(({ machineId }) => list.stdout.includes(machineId));
  });
  const members = await m1.exec(['etcdctl', 'member', 'list']);
  for (const name of ['m1', 'm2', 'm3']) assert.match(members.stdout, new RegExp(`\\b${name}\\b`));
  for (const machine of cluster.machines) {
    const state = await machine.exec(['systemctl', 'is-system-running'], { accept: 'any' });
    assert.equal(state.stdout, 'running\n');
  }
});

test('single.yml and the one of the guide do what they say', { timeout: 200_000 }, async () => {
  const guide = await readFile(join(checkout, 'docs/guides/first-cloud-config.md'), 'utf8');
  const blocks = [...guide.matchAll(/^```(?:yaml|plan)\n(.*?)^```$/gms)].map(([, text]) => text ?? '');
  const [, right = '', plan] = blocks;
  await using cluster = await startKeelson({
    machines: [
      { name: 'single', cloudConfig: await example('single.yml') },
      { name: 'guide', cloudConfig: right },
      { name: 'bare', cloudConfig: '' },
    ],
    etcd: false,
  });
  const single = cluster.machine('single');
  await single.waitFor(['curl', '-sf', 'http://127.0.0.1:8080/']);
  assert.equal((await single.exec(['curl', '-s', 'http://127.0.0.1:8080/'])).stdout, 'hello from single\n');
  await single.waitFor(['sh', '-c', 'fleetctl list-machines --no-legend | grep -q role=single']);
  for (const group of ['sudo', 'adm']) {
    assert.ok((await single.exec(['id', 'alice'])).stdout.includes(`(${group})`), group);
  }
  assert.match(await single.readFile('/home/alice/.ssh/authorized_keys'), /you@example/);
  assert.equal((await single.exec(['systemctl', 'is-system-running'])).stdout, 'running\n');

  const motd = ['curl', '-sf', `http://${cluster.machine('guide').address}:8080/motd`];
  await single.waitFor(async () => (await cluster.net(motd, { accept: 'any' })).status === 0);
  assert.equal((await cluster.net(motd)).stdout, 'Welcome.');

  // The plan as the guide shows it is that of a machine that has had no cloud-config.
  const bare = cluster.machine('bare');
  await bare.exec(['sh', '-c', 'userdel --remove core; rm -f /etc/motd']);
  await bare.writeFile('/root/web.yml', right);
  const dry = await bare.exec(['coreos-cloudinit', '--dry-run', '--from-file=/root/web.yml']);
  assert.equal(dry.stdout, plan);
});

test('network.yml, swap.yml, disk.yml and users.yml do what they say', { timeout: 600_000 }, async () => {
  const folder = await temporaryFolder();
  const key = join(folder, 'key');
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', key]);
  const publicKey = (await readFile(`${key}.pub`, 'utf8')).trim();
  await run('truncate', ['--size=32M', join(folder, 'disk')]);
  const loop = (await run('losetup', ['--find', '--show', join(folder, 'disk')])).stdout.trim();
  try {
    await using cluster = await startKeelson({
      etcd: false,
      bootDeadlineMs: 300_000,
      machines: [
        // The interface of a machine of the sandbox is host0.
        { name: 'fixed', cloudConfig: (await example('network.yml')).replace('Name=eth0', 'Name=host0') },
        { name: 'swapper', cloudConfig: await example('swap.yml') },
        {
          name: 'store',
          cloudConfig: await example('disk.yml'),
          binds: [{ source: loop, target: '/dev/vdb', readOnly: false }],
        },
        {
          name: 'shared',
          cloudConfig: (await example('users.yml')).replaceAll(/ssh-ed25519 \S+/g, publicKey),
        },
      ],
    });
    for (const machine of cluster.machines) {
      const state = await machine.exec(['systemctl', 'is-system-running', '--wait'], { accept: 'any' });
      assert.deepEqual([machine.name, state.stdout], [machine.name, 'running\n']);
    }
    await networkIsFixed(cluster.machine('fixed'));
    await swapIsReady(cluster.machine('swapper'));
    await diskIsMounted(cluster.machine('store'));
    await usersAreThere(cluster, cluster.machine('shared'), key);
  } finally {
    await run('losetup', ['--detach', loop], { accept: 'any' });
    await rm(folder, { recursive: true, force: true });
  }
});

async function networkIsFixed(machine: Machine): Promise<void> {
  const ip = async (...words: string[]) => (await machine.exec(['ip', '-4', '-oneline', ...words])).stdout;
  // networkd sets up one link after the other, and a boot waits for none.
  const expected = 'host0 192.0.2.10/24, inner 10.88.0.1/24, lo 127.0.0.1/8';
  const addresses = async () =>
    [...(await ip('address')).matchAll(/^\d+: (\S+) +inet (\S+)/gm)]
      .map(([, link, address]) => `${link} ${address}`)
      .sort()
      .join(', ');
  await machine.waitFor(async () => (await addresses()) === expected, { what: expected });
  await machine.waitFor(async () => (await ip('route')).includes('198.51.100.0/24'));
  const routes = await ip('route');
  assert.match(routes, /^default via 192\.0\.2\.1 dev host0/m);
  assert.match(routes, /^198\.51\.100\.0\/24 via 192\.0\.2\.254 dev host0/m);
  const status = (await machine.exec(['networkctl', 'status', 'host0'], { accept: 'any' })).stdout;
  for (const word of ['192.0.2.53', '198.51.100.53', 'example.org']) assert.ok(status.includes(word), status);
}

/** A container has no swap of its own: the file is made, and the unit that would use it is in order. */
async function swapIsReady(machine: Machine): Promise<void> {
  const file = await machine.exec(['stat', '-c', '%a %s', '/var/vm/swap']);
  assert.equal(file.stdout, `600 ${64 * 1024 * 1024}\n`);
  assert.match((await machine.exec(['blkid', '--probe', '/var/vm/swap'])).stdout, /TYPE="swap"/);
  const { stdout } = await machine.exec([
    ...['systemctl', 'show', 'var-vm-swap.swap', '--property=LoadState,UnitFileState,What,ConditionResult'],
  ]);
  assert.deepEqual(stdout.trim().split('\n').sort(), [
    ...['ConditionResult=no', 'LoadState=loaded', 'UnitFileState=enabled', 'What=/var/vm/swap'],
  ]);
}

async function diskIsMounted(machine: Machine): Promise<void> {
  const mounted = ['findmnt', '--noheadings', '--output=SOURCE,FSTYPE,LABEL', '/srv/data'];
  assert.match((await machine.exec(mounted)).stdout, /^\S+ +ext4/);
  await machine.writeFile('/srv/data/precious', 'kept');
  await machine.stop();
  await machine.start();
  assert.match((await machine.exec(mounted)).stdout, /^\S+ +ext4/);
  assert.equal(await machine.readFile('/srv/data/precious'), 'kept');
}

async function usersAreThere(cluster: Cluster, machine: Machine, key: string): Promise<void> {
  const id = async (...words: string[]) => (await machine.exec(['id', ...words])).stdout.trim();
  const groups = await id('-Gn', 'alice');
  for (const group of ['adm', 'sudo']) assert.ok(groups.split(' ').includes(group), groups);
  assert.equal(await id('-u', 'bob'), '1200');
  assert.ok((await id('-Gn', 'bob')).includes('developers'));
  assert.ok(Number(await id('-u', 'app')) < 1000);
  const as = async (user: string, ...words: string[]) =>
    (await machine.exec(['runuser', '-u', user, '--', ...words], { accept: 'any' })).status;
  assert.equal(await as('alice', 'sudo', '-n', 'true'), 0);
  assert.equal(await as('bob', 'sudo', '-n', '/usr/bin/systemctl', 'restart', 'app.service'), 0);
  assert.notEqual(await as('bob', 'sudo', '-n', 'true'), 0);
  assert.notEqual(await as('deploy', 'sudo', '-n', 'true'), 0);
  const shadow = (await machine.readFile('/etc/shadow')).split('\n');
  for (const user of ['core', 'alice', 'bob', 'deploy', 'app']) {
    assert.match(shadow.find((line) => line.startsWith(`${user}:`)) ?? '', /^\w+:[*!]+:/);
  }
  const version = await machine.exec(['stat', '-c', '%a %U:%G', '/srv/app/version']);
  assert.equal(version.stdout, '664 app:developers\n');
  const ssh = async (user: string) => {
    const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'];
    const flags = ['-i', key, ...options.map((option) => `-o${option}`)];
    return (await cluster.net(['ssh', ...flags, `${user}@${machine.address}`, 'id -un'])).stdout;
  };
  const answers = ['sh', '-c', 'exec 3<>"/dev/tcp/$0/22"', machine.address];
  await machine.waitFor(
    async () => (await cluster.net(['bash', ...answers.slice(1)], { accept: 'any' })).status === 0,
    { what: 'its port of SSH' },
  );
  for (const user of ['core', 'alice', 'bob']) assert.equal(await ssh(user), `${user}\n`);
  assert.equal(await ssh('deploy'), '1\n', 'the only thing that its key can do');
}
