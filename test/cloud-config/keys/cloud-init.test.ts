// Keys of cloud-init: what they become, and what is said of those that are not supported.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { facts, lines, planOf, short } from '../planning.ts';

const findings = async (body: string) => lines(await planOf(body));

test('runcmd and bootcmd: texts are lines, lists are programs whose arguments no shell reads', async () => {
  const commands = `
  - echo "hi" | cat
  - [echo, "it's", "$HOME; rm", 5]
  -
  - ls
`;
  const plan = await planOf(`runcmd:${commands}bootcmd:${commands}hostname: a\nwrite_files: [{path: /a}]\n`, {
    sshKeys: [],
    addresses: {},
    instanceId: 'i-1',
  });
  const script = `echo "hi" | cat\n'echo' 'it'\\''s' '$HOME; rm' '5'\nls\n`;
  const kinds = plan.operations.map((one) => (one.kind === 'run-commands' ? one.key : one.kind));
  assert.deepEqual(kinds, ['set-hostname', 'bootcmd', 'write-file', 'runcmd']);
  for (const operation of plan.operations) {
    if (operation.kind !== 'run-commands') continue;
    assert.equal(operation.script, script);
    assert.equal(operation.instance, 'i-1');
  }
  assert.deepEqual((await planOf('runcmd: []\nbootcmd: [[], ""]')).operations, []);
  assert.deepEqual(await findings('runcmd: [["", x], {a: b}]'), [
    'line 2: error: the command is left out: its program is empty',
    'line 2: warning: incorrect type for "runcmd[1]" (want []string)',
  ]);
});

test('ntp: servers and pools of systemd-timesyncd', async () => {
  const plan = await planOf('ntp: {servers: [a.example, "2001:db8::1"], pools: pool.example}');
  assert.deepEqual(plan.findings, []);
  assert.deepEqual(short(plan), [
    'write /etc/systemd/timesyncd.conf.d/20-cloudinit.conf 0644 "[Time]\\nNTP=a.example 2001:db8::1 pool.example\\n"',
    'restart systemd-timesyncd.service',
  ]);
  assert.deepEqual(short(await planOf('ntp: {enabled: false, servers: [a]}')), []);
  assert.deepEqual(short(await planOf('ntp: {enabled: true}')), ['restart systemd-timesyncd.service']);
  assert.deepEqual((await planOf('ntp:')).operations, []);
  assert.equal((await findings('ntp: {servers: ["a b", "x\\nNTP=y", -o]}')).length, 3);
});

test('ca_certs: each certificate a file, in both spellings of the key', async () => {
  const pem = (body: string) => `-----BEGIN CERTIFICATE-----\\n${body}\\n-----END CERTIFICATE-----\\n`;
  const known = { ...facts, certificateFolder: '/etc/ssl/x' };
  for (const key of ['ca_certs', 'ca-certs']) {
    const body = `${key}: {remove-defaults: true, trusted: ["${pem('QUJD')}", "${pem('REVG')}${pem('QUJD')}"]}`;
    const plan = await planOf(body, { sshKeys: [], addresses: {} }, known);
    assert.deepEqual(plan.findings, []);
    assert.deepEqual(short(plan), [
      `write /etc/ssl/x/cloud-init-ca-cert-1.crt 0644 "${pem('QUJD')}"`,
      `write /etc/ssl/x/cloud-init-ca-cert-2.crt 0644 "${pem('REVG')}"`,
      'trust-certificates',
    ]);
    const last = plan.operations.at(-1);
    assert.equal(last?.kind === 'trust-certificates' && last.removeDefaults, true);
  }
  for (const wrong of ['x', '-----BEGIN PRIVATE KEY-----', '-----BEGIN CERTIFICATE-----\\nQUJD']) {
    const plan = await planOf(`ca_certs: {trusted: ["${wrong}"]}`);
    assert.deepEqual(lines(plan), ['line 2: error: this is not a certificate in PEM form'], wrong);
    assert.deepEqual(plan.operations, []);
  }
});

test('a great text that is no certificate is told at once', { timeout: 20_000 }, async () => {
  const text = `-----BEGIN CERTIFICATE-----${' '.repeat(500_000)}`.repeat(3);
  assert.equal((await planOf(`ca_certs: {trusted: ["${text}"]}`)).operations.length, 0);
});

test('timezone and locale, also into the files that are there', async () => {
  const localeFiles = { '/etc/locale.conf': 'LC_TIME=C\nLANG=C\n', '/etc/default/locale': '' };
  const plan = await planOf(
    'timezone: Europe/Berlin\nlocale: de_DE.UTF-8\n',
    { sshKeys: [], addresses: {} },
    { ...facts, localeFiles },
  );
  assert.deepEqual(short(plan), [
    'set-timezone',
    'write /etc/locale.conf 0644 "LC_TIME=C\\nLANG=de_DE.UTF-8\\n"',
    'write /etc/default/locale 0644 "LANG=de_DE.UTF-8\\n"',
  ]);
  assert.deepEqual(short(await planOf('locale: C.UTF-8')), ['write /etc/locale.conf 0644 "LANG=C.UTF-8\\n"']);
  assert.deepEqual(short(await planOf('locale: false')), []);
  for (const wrong of [
    'timezone: ../../etc/shadow',
    'timezone: /etc/x',
    'locale: "a\\nb"',
    'locale: "a b"',
  ]) {
    const plan1 = await planOf(wrong);
    assert.equal(plan1.operations.length, 0, wrong);
    assert.equal(plan1.findings.length, 1, wrong);
  }
});

test('fqdn is the hostname where there is none', async () => {
  const name = async (body: string) => {
    const [first] = (await planOf(body)).operations;
    return first?.kind === 'set-hostname' ? first.hostname : undefined;
  };
  assert.equal(await name('fqdn: web.example.org'), 'web.example.org');
  assert.equal(await name('fqdn: web.example.org\nhostname: web'), 'web');
});

test('what is not supported is told with what to do instead; what is mistyped with the nearest key', async () => {
  const plan = await planOf(`packages: [vim]
swap: {size: 1G}
users: [{name: bob, plain_text_passwd: x, expiredate: "2030-01-01"}]
ntp: {enabled: false, config: {}}
run_cmd: [ls]
write_file: []
`);
  assert.deepEqual(
    plan.findings.map(({ message, hint, dropped }) => [message, hint?.replace(/^(.{27}).*/, '$1'), dropped]),
    [
      ['unrecognized key "packages"', "cloud-init's key is not sup", false],
      ['unrecognized key "swap"', "cloud-init's key is not sup", false],
      ['unrecognized key "plain_text_passwd"', "cloud-init's key is not sup", false],
      ['unrecognized key "expiredate"', "cloud-init's key is not sup", false],
      ['unrecognized key "config"', "cloud-init's key is not sup", false],
      ['unrecognized key "run_cmd"', 'Did you mean "runcmd"?', false],
      ['unrecognized key "write_file"', 'Did you mean "write_files"?', false],
    ],
  );
});
