// Machines whose cloud-config is wrong, by a key or altogether: each boots, lets in who has the key of its
// metadata, has all that was right, and says what was not.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Cluster, Machine } from '../../src/sandbox/index.ts';
import { key } from '../cloud-config/planning.ts';
import { overSsh, startKeelson } from './booted.ts';

const oneBadKey = `#cloud-config
hostname: apple
ssh_authorized_keys:
  - ${key}
write_files:
  - path: /etc/app/right
    permissions: "0600"
    content: fine
  - path: /etc/app/wrong
    permissions: 384
    content: x
`;

const junk = Array.from(
  { length: 60_000 },
  (_, index) => `  - {number: ${index}, text: "${'x'.repeat(60)}"}\n`,
);

const configs = {
  onekey: oneBadKey,
  notyaml: '#cloud-config\nhostname: pear\nwrite_files: [\n  - path: "/etc/x\n\t}: -\n',
  large: `#cloud-config\nwrite_files:\n  - path: /etc/app/right\n    content: fine\njunk:\n${junk.join('')}`,
  firstline: '# cloud-config\nhostname: plum\n',
  empty: '',
  passwd:
    '#cloud-config\nusers:\n  - name: eve\n    passwd: "x\\nroot2::0:0::/root:/bin/sh"\n    gecos: "a:b"\n  - name: "-o"\n',
  unitname:
    '#cloud-config\ncoreos:\n  units:\n    - name: ../../escaped.service\n      content: x\n    - name: ok.service\n      command: start\n      content: |\n        [Service]\n        ExecStart=/bin/sleep infinity\n      drop_ins:\n        - name: ../../../escaped.conf\n          content: x\n',
  longname: `#cloud-config\nhostname: ${'a'.repeat(70)}\nwrite_files:\n  - path: /etc/app/right\n    content: fine\n`,
  quotes:
    '#cloud-config\ncoreos:\n  etcd2:\n    name: "a\\"b \'c\' %n $HOME \\\\"\n    initial_cluster_token: "one\\nExecStartPre=/bin/touch /run/escaped"\n  units:\n    - name: etcd2.service\n      command: start\n',
} as const;

type Name = keyof typeof configs;

let cluster: Cluster;
before(async () => {
  const machines = Object.entries(configs).map(([name, cloudConfig]) => ({ name, cloudConfig }));
  cluster = await startKeelson({ machines, bootDeadlineMs: 240_000 });
});
after(() => cluster?.down());

const of = (name: Name): Machine => cluster.machine(name);
const said = async (name: Name, ...argv: string[]) =>
  (await of(name).exec(argv, { accept: 'any' })).stdout.trim();
const service = 'user-configdrive.service';
const journal = (name: Name) => said(name, 'journalctl', '-b', '-o', 'cat', '-u', service);
const userData = '--from-file=/media/configdrive/openstack/latest/user_data';

for (const name of Object.keys(configs)) {
  test(`${name}: whoever has the key of the metadata gets in`, async () => {
    const { stdout } = await overSsh(
      cluster,
      cluster.machine(name),
      'id -un; sudo -n -l >/dev/null; hostname',
    );
    assert.match(stdout, /^core\n/);
  });
}

test('the start of each says by its state what its cloud-config was worth', async () => {
  const states = await Promise.all(
    Object.keys(configs).map(async (name) => {
      const state = await cluster.machine(name).exec(['systemctl', 'is-active', service], { accept: 'any' });
      return [name, state.stdout.trim()];
    }),
  );
  assert.deepEqual(Object.fromEntries(states), {
    ...Object.fromEntries(Object.keys(configs).map((name) => [name, 'failed'])),
    empty: 'active',
    // An unknown key is a warning.
    large: 'active',
  });
});

test('onekey: the rest is applied; journal and --validate give file, line, column and what was expected', async () => {
  assert.equal(await said('onekey', 'hostname'), 'apple');
  assert.equal(await said('onekey', 'cat', '/etc/app/right'), 'fine');
  assert.equal(await said('onekey', 'ls', '/etc/app'), 'right');
  assert.ok((await said('onekey', 'cat', '/home/core/.ssh/authorized_keys')).includes(key));
  const finding = (file: string) =>
    new RegExp(
      `line 10: error: invalid value 384\\n +at ${file}:10:18\\n(.*\\n)* +expected a mode in octal, as "0644"`,
    );
  assert.match(await journal('onekey'), finding('user-data'));
  const check = await of('onekey').exec(['coreos-cloudinit', '--validate', userData], { accept: 'any' });
  assert.equal(check.status, 1);
  assert.match(check.stderr, finding('/media/configdrive/openstack/latest/user_data'));
  const again = await of('onekey').exec(['coreos-cloudinit', '--from-configdrive=/media/configdrive'], {
    accept: 'any',
  });
  assert.equal(again.status, 1);
  const lenient = ['coreos-cloudinit', '--ignore-failure', '--from-configdrive=/media/configdrive'];
  assert.equal((await of('onekey').exec(lenient)).status, 0);
  assert.match(await said('onekey', 'systemctl', '--failed', '--plain', '--no-legend'), /^user-configdrive/);
});

test('notyaml: the host name is had all the same, and the place is named', async () => {
  assert.equal(await said('notyaml', 'hostname'), 'pear');
  assert.match(await journal('notyaml'), /error: .*\n +at user-data:\d+:\d+/);
  assert.equal((await of('notyaml').exec(['test', '-e', '/etc/x'], { accept: 'any' })).status, 1);
});

test('large: five megabytes are read, and one finding is made of the junk', async () => {
  assert.equal(await said('large', 'cat', '/etc/app/right'), 'fine');
  assert.ok(Number(await said('large', 'stat', '-c', '%s', userData.slice(12))) > 5_000_000);
  assert.match(await journal('large'), /line 5: warning: .*junk/);
  assert.ok((await journal('large')).length < 20_000);
});

test('firstline: nothing is guessed, and the mistake is named', async () => {
  assert.equal(await said('firstline', 'hostname'), 'firstline');
  assert.match(await journal('firstline'), /must be "#cloud-config"/);
  assert.match(await journal('firstline'), /The first line must be exactly "#cloud-config"/);
});

test('empty: nothing fails, and the machine has its name', async () => {
  assert.equal(await said('empty', 'hostname'), 'empty');
  assert.equal(await said('empty', 'systemctl', 'is-system-running'), 'running');
});

test('passwd: no line gets into the files of the accounts', async () => {
  assert.match(await said('passwd', 'id', 'eve'), /eve/);
  assert.match(await said('passwd', 'getent', 'shadow', 'eve'), /^eve:\*:/);
  assert.equal(
    await said('passwd', 'grep', '-c', 'root2', '/etc/passwd', '/etc/shadow'),
    '/etc/passwd:0\n/etc/shadow:0',
  );
  assert.match(await journal('passwd'), /invalid value for "passwd" of user eve/);
  assert.match(await journal('passwd'), /invalid user name "-o"/);
});

test('unitname: nothing is written outside of its folder, and the good unit runs', async () => {
  assert.equal(await said('unitname', 'find', '/', '-xdev', '-name', 'escaped*'), '');
  assert.equal(await said('unitname', 'systemctl', 'is-active', 'ok.service'), 'active');
  assert.match(await journal('unitname'), /invalid unit name "\.\.\/\.\.\/escaped\.service"/);
  assert.match(await journal('unitname'), /invalid drop-in name "\.\.\/\.\.\/\.\.\/escaped\.conf"/);
});

test('longname: the name of the metadata is used instead', async () => {
  assert.equal(await said('longname', 'hostname'), 'longname');
  assert.equal(await said('longname', 'cat', '/etc/app/right'), 'fine');
  assert.match(await journal('longname'), /at most 64 characters/);
});

test('quotes: a value is a value and no line of a unit', async () => {
  assert.equal(await said('quotes', 'ls', '/run/escaped'), '');
  assert.equal(await said('quotes', 'systemctl', 'is-active', 'etcd2.service'), 'active');
  const { stdout } = await of('quotes').exec([
    ...['sh', '-c', 'tr "\\0" "\\n" </proc/$(systemctl show -P MainPID etcd2)/environ'],
  ]);
  assert.ok(stdout.includes("ETCD_NAME=a\"b 'c' %n $HOME \\\n"), stdout);
});
