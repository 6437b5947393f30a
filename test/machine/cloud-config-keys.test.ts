// Every key on one booted machine: what the files say is what systemd, sudo, libc and the services make of it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Cluster } from '../../src/sandbox/index.ts';
import { key } from '../cloud-config/planning.ts';
import { startKeelson } from './booted.ts';

const certificate = `-----BEGIN CERTIFICATE-----
MIIBhjCCASugAwIBAgIUGafpg/AHOw94LRbCDNYWtELALogwCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMa2VlbHNvbiB0ZXN0MCAXDTI2MTEyMjA1MTQzNloYDzIxMjYx
MDI5MDUxNDM2WjAXMRUwEwYDVQQDDAxrZWVsc29uIHRlc3QwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAAQTeG07JFVDeAbQ73hOE90w6NBFq9/nUsKqmUalcrPcGRtl
vTUifdk4sgy4aJ9uuVC5YcaWfwG2u5bAU6d6bSNPo1MwUTAdBgNVHQ4EFgQUvZKu
CiKqTIzwwuXL78O81BGa3C8wHwYDVR0jBBgwFoAUvZKuCiKqTIzwwuXL78O81BGa
3C8wDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEArOgf5tUbv3oe
d2zkT+y+RXPdJOaobG0IOiUlkY8DF3ICIQCp886rTLlV/bb1zfvmmkJRW4y6Uwt3
VxKBf4ZyWCPxgA==
-----END CERTIFICATE-----
`;

/** A value with all that could end it early. */
const hard = `a"b 'c' %n \\t $HOME \\\\ #;&`;

const keysAnswer = `HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ${key.length + 1}\r\n\r\n${key}\n`;

const userData = `#cloud-config
${JSON.stringify({
  hostname: 'keys',
  groups: [{ 'ops-team': ['bob'] }],
  users: [
    'default',
    {
      name: 'bob',
      uid: 1500,
      groups: 'adm, ops-team',
      sudo: 'ALL=(ALL) NOPASSWD:ALL',
      lock_passwd: true,
      passwd: '$6$salt$hash',
      coreos_ssh_import_url: 'http://127.0.0.1:8099/keys',
    },
    { name: 'eve', sudo: 'ALL=(ALL) NOPASSWD:' },
  ],
  timezone: 'Europe/Berlin',
  locale: 'C.UTF-8',
  'ca-certs': { trusted: [certificate] },
  ntp: { servers: ['time.example'] },
  bootcmd: [
    'echo boot >>/var/lib/boots',
    ['sh', '-c', 'ls /etc/by-config >>/var/lib/boots 2>&1'],
    'sleep 1000 & echo to-the-journal',
  ],
  runcmd: [
    'systemctl is-active keys.socket multi-user.target >>/var/lib/ran',
    ['touch', "/var/lib/it's $HOME"],
    'echo from-runcmd',
  ],
  write_files: [
    { path: '/etc/by-config', content: 'x', owner: 'bob:', permissions: '2640' },
    { path: '/etc/hosts.more', content: 'late', defer: true },
    { path: '/etc/profile', content: '# added\n', append: true },
    { path: '/etc/keys.http', content: keysAnswer },
  ],
  coreos: {
    etcd2: { name: hard },
    flannel: { etcd_prefix: hard, interface: 'eth0' },
    locksmith: { window_start: '04:00', window_length: '1h' },
    update: { reboot_strategy: 'off', group: 'beta' },
    oem: { id: 'test', name: 'Test "it"' },
    units: [
      {
        name: 'keys.socket',
        command: 'start',
        content: '[Socket]\nListenStream=127.0.0.1:8099\nAccept=yes\n',
      },
      {
        name: 'keys@.service',
        content:
          '[Service]\nStandardInput=socket\nExecStart=/bin/sh -c "while read -r line && [ $${#line} -gt 1 ]; do :; done; cat /etc/keys.http"\n',
      },
      {
        name: 'show.service',
        command: 'start',
        content:
          '[Unit]\nAfter=user-config.target\n[Service]\nType=oneshot\nRemainAfterExit=yes\nEnvironmentFile=/run/flannel/options.env\nExecStart=/bin/sh -c "env -0 >/run/flannel.environment"\n',
      },
      { name: 'etcd2.service', command: 'start' },
      { name: 'show.service.d/10-x.conf', content: '[Service]\nEnvironment=DROPIN=yes\n' },
    ],
  },
})}
`;

let cluster: Cluster;
const machine = () => cluster.machine('m1');
const said = async (...argv: string[]) => (await machine().exec(argv, { accept: 'any' })).stdout.trim();
const shell = (script: string) => said('sh', '-c', script);
const until = (script: string, expected: string) =>
  machine().waitFor(async () => (await shell(script)) === expected, {
    what: `${script} says ${expected}`,
    hint: 'journalctl -b tells more.',
  });

before(async () => {
  cluster = await startKeelson({ machines: [{ cloudConfig: userData }], bootDeadlineMs: 240_000 });
});
after(() => cluster?.down());

test('users: number, groups, lock, sudo; a rule that visudo refuses is not there', async () => {
  assert.match(await said('id', 'bob'), /^uid=1500\(bob\).*\(adm\).*\(ops-team\)/);
  assert.match(await shell('getent shadow bob'), /^bob:!\$6\$salt\$hash:/);
  assert.equal(await said('runuser', '-u', 'bob', '--', 'sudo', '-n', 'id', '-un'), 'root');
  assert.equal(await shell('ls /etc/sudoers.d/90-*'), '/etc/sudoers.d/90-cloud-init-bob');
  assert.match(
    await said('journalctl', '-b', '-o', 'cat', '-u', 'user-configdrive.service'),
    /not right for sudo/,
  );
});

test('files: owner, mode, what is appended', async () => {
  assert.equal(await said('stat', '-c', '%U:%G %a', '/etc/by-config'), 'bob:bob 2640');
  assert.equal(await shell('grep -c "# added" /etc/profile'), '1');
  assert.equal(await said('cat', '/etc/hosts.more'), 'late');
});

test('time zone, language, time servers', async () => {
  assert.match(await said('date', '+%Z'), /^CES?T$/);
  assert.equal(await said('cat', '/etc/locale.conf'), 'LANG=C.UTF-8');
  assert.equal(await shell('cat /etc/systemd/timesyncd.conf.d/*'), '[Time]\nNTP=time.example');
});

test('a certificate is trusted by what reads the bundle', async () => {
  const line = certificate.split('\n')[1] ?? '';
  assert.equal(await said('grep', '-c', line, '/etc/ssl/certs/ca-certificates.crt'), '1');
});

test('systemd reads exactly the values, in drop-ins and in environment files', async () => {
  await until('systemctl is-active etcd2.service', 'active');
  const environment = await shell('tr "\\0" "\\n" </proc/$(systemctl show -P MainPID etcd2)/environ');
  assert.ok(environment.split('\n').includes(`ETCD_NAME=${hard}`), environment);
  await until('systemctl is-active show.service', 'active');
  const shown = await shell('tr "\\0" "\\n" </run/flannel.environment');
  assert.ok(shown.split('\n').includes(`FLANNELD_ETCD_PREFIX=${hard}`), shown);
  assert.ok(shown.split('\n').includes('DROPIN=yes'), shown);
});

test('update and oem are files; locksmithd is masked until the next boot', async () => {
  assert.equal(await said('cat', '/etc/coreos/update.conf'), 'GROUP=beta\nREBOOT_STRATEGY=off');
  assert.match(await said('cat', '/etc/oem-release'), /^ID=test\nVERSION_ID=\nNAME="Test \\"it\\""\n/);
  assert.equal(await said('readlink', '/run/systemd/system/locksmithd.service'), '/dev/null');
});

test('keys are fetched once the network is up', async () => {
  await until('cat /home/bob/.ssh/authorized_keys.d/coreos-cloudinit-bob', key);
  // Written after its parts.
  await until('stat -c "%U %a" /home/bob/.ssh/authorized_keys', 'bob 600');
});

test('bootcmd ran before the files were written, runcmd when the boot was done, and both are in the journal', async () => {
  await until('test -e "/var/lib/it\'s \\$HOME" && echo yes', 'yes');
  assert.equal(await said('cat', '/var/lib/ran'), 'active\nactive');
  const boots = await said('cat', '/var/lib/boots');
  assert.match(boots, /^boot\nls: .*by-config.*No such file/);
  // It speaks after its last file was made.
  await until('journalctl -b -o cat -t coreos-cloudinit-runcmd | grep -x from-runcmd', 'from-runcmd');
  const own = await said('journalctl', '-b', '-o', 'cat', '-u', 'user-configdrive.service');
  assert.match(own, /^to-the-journal$/m);
});

test('the next boot runs bootcmd again and runcmd not; by hand neither', async () => {
  await machine().stop();
  await machine().start();
  await until('cat /home/bob/.ssh/authorized_keys.d/coreos-cloudinit-bob', key);
  const byHand = await machine().exec(
    ['coreos-cloudinit', '--from-configdrive=/media/configdrive', '--dry-run'],
    { accept: 'any' },
  );
  assert.match(byHand.stdout, /^done {3}run bootcmd /m);
  assert.match(byHand.stdout, /^done {3}run runcmd /m);
  assert.equal(await shell('grep -c ^boot /var/lib/boots'), '2');
  assert.equal(await shell('grep -c active /var/lib/ran'), '2');
  const needed = byHand.stdout.split('\n').filter((line) => line.startsWith('would '));
  // The same config from elsewhere runs no command again.
  const elsewhere = await machine().exec(
    ['coreos-cloudinit', '--dry-run', '--from-file=/media/configdrive/openstack/latest/user_data'],
    { accept: 'any' },
  );
  assert.match(elsewhere.stdout, /^done {3}run bootcmd /m);
  assert.match(elsewhere.stdout, /^done {3}run runcmd /m);
  // The rule that visudo refuses is wanted still.
  assert.deepEqual(
    needed.map((line) => line.replace(/ mode.*/, '')),
    ['would  write /etc/sudoers.d/90-cloud-init-eve'],
  );
});
