// The examples of cloud-config/examples and of the guide, booted.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkout, startKeelson } from './booted.ts';

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

  const page = await cluster.net(['curl', '-s', `http://${cluster.machine('guide').address}:8080/motd`]);
  assert.equal(page.stdout, 'Welcome.');

  // The plan as the guide shows it is that of a machine that has had no cloud-config.
  const bare = cluster.machine('bare');
  await bare.exec(['sh', '-c', 'userdel --remove core; rm -f /etc/motd']);
  await bare.writeFile('/root/web.yml', right);
  const dry = await bare.exec(['coreos-cloudinit', '--dry-run', '--from-file=/root/web.yml']);
  assert.equal(dry.stdout, plan);
});
