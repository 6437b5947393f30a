// From a cloud-config to operations and findings.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { key, lines, planOf } from './planning.ts';

const short = (plan: Awaited<ReturnType<typeof planOf>>) =>
  plan.operations.map((operation) => {
    if (operation.kind === 'unit-command') return `${operation.verb} ${operation.unit}`;
    if ('path' in operation) return `${operation.kind} ${operation.path}`;
    if ('user' in operation) {
      return `${operation.kind} ${typeof operation.user === 'string' ? operation.user : operation.user.name}`;
    }
    return 'unit' in operation ? `${operation.kind} ${operation.unit}` : operation.kind;
  });

test('identity and keys come first, one reload of each manager, commands last', async () => {
  const plan = await planOf(`coreos:
  units:
    - {name: a.service, content: "[Service]", enable: true, command: start}
    - {name: b.network, content: "[Match]", command: start}
    - {name: c.service, mask: true, runtime: true}
    - {name: d.service, runtime: true, drop-ins: [{name: 1.conf, content: "[Unit]"}], command: restart}
    - {name: e.service.d/2.conf, content: "[Unit]"}
  update: {reboot-strategy: off}
write_files:
  - {path: /etc/x, content: y}
users:
  - {name: bob}
ssh_authorized_keys: ["${key}"]
hostname: n1
`);
  assert.deepEqual(plan.findings, []);
  assert.deepEqual(short(plan), [
    'set-hostname',
    'ensure-user core',
    'ensure-user bob',
    'authorize-keys core',
    'write-file /etc/x',
    'write-file /etc/coreos/update.conf',
    'write-unit-file /etc/systemd/system/a.service',
    'write-unit-file /etc/systemd/network/b.network',
    'mask-unit /run/systemd/system/c.service',
    'write-unit-file /run/systemd/system/d.service.d/1.conf',
    'unmask-unit /run/systemd/system/d.service',
    'write-unit-file /etc/systemd/system/e.service.d/2.conf',
    'mask-unit /run/systemd/system/locksmithd.service',
    'enable-unit a.service',
    'reload-manager',
    'reload-network',
    'start a.service',
    'restart d.service',
    'stop locksmithd.service',
  ]);
});

test('keys of the top level, of users[core] and of the metadata are one set', async () => {
  const [second, third] = [key.replace('Jnj1', 'Jnj2'), key.replace('Jnj1', 'Jnj3')];
  const plan = await planOf(
    `users: [{name: core, ssh_authorized_keys: ["${second}", "${key}"]}]\nssh_authorized_keys: "${key}"\n`,
    { sshKeys: [`${third}\n`], addresses: {} },
  );
  const found = plan.operations.find((operation) => operation.kind === 'authorize-keys');
  assert.deepEqual(found?.kind === 'authorize-keys' && [...found.keys].sort(), [key, second, third].sort());
});

test('one bad key costs nothing but itself', async () => {
  const plan = await planOf(`hostname: "-bad-"
hostnme: x
users: [{name: "-o"}, {name: ok, passwd: "a\\nroot:x"}]
ssh_authorized_keys: [nonsense, "${key}"]
write_files:
  - {path: /a, permissions: 384}
  - {path: /b, encoding: base64, content: "!"}
  - {path: /usr/c}
  - {path: /d, owner: --reference=/etc/shadow}
  - {path: /e, encoding: gzip+base64, content: ${gzipSync('truncated').subarray(0, 20).toString('base64')}}
  - {path: /f, content: [1]}
  - {path: /good}
coreos:
  units:
    - {name: ../x.service, content: x}
    - {name: good.service, command: begin, enable: "true"}
    - {content: x}
  updat: {}
`);
  assert.deepEqual(lines(plan), [
    'line 2: error: invalid value -bad-',
    'line 3: warning: unrecognized key "hostnme"',
    'line 4: error: invalid user name "-o"; the user is left out',
    'line 4: error: invalid value for "passwd" of user ok',
    'line 5: error: the SSH key is not usable: it does not begin with a type such as ssh-ed25519',
    'line 7: error: invalid value 384',
    'line 8: error: content cannot be decoded as "base64"',
    'line 9: error: file cannot be written to a read-only filesystem',
    'line 10: error: invalid value "--reference=/etc/shadow"',
    'line 11: error: content cannot be decoded as "gzip+base64"',
    'line 12: warning: incorrect type for "content" (want string)',
    'line 16: error: invalid unit name "../x.service"; the unit is left out',
    'line 17: error: invalid value begin',
    'line 17: warning: incorrect type for "enable" (want bool)',
    'line 18: error: missing key "name" in "coreos.units[2]"',
    'line 19: warning: unrecognized key "updat"',
  ]);
  assert.deepEqual(short(plan), [
    'ensure-user core',
    'ensure-user ok',
    'authorize-keys core',
    'write-file /usr/c',
    'write-file /good',
  ]);
});

test('a text that is not YAML still lets people in, and does nothing else', async () => {
  const plan = await planOf(`ssh_authorized_keys: ["${key}"]\nwrite_files:\n  - {path: /a}\ncoreos: [\n`);
  assert.ok(plan.findings.some(({ kind, place }) => kind === 'error' && (place?.line ?? 0) >= 5));
  assert.deepEqual(short(plan), ['ensure-user core', 'authorize-keys core']);
});

test('addresses are put in, and a missing one is reported where it stands', async () => {
  const plan = await planOf(
    'write_files:\n  - path: /a\n    content: "$private_ipv4 \\\\$private_ipv4 $public_ipv4$public_ipv4"\n',
    {
      sshKeys: [],
      addresses: { private_ipv4: '10.0.0.7' },
    },
  );
  const file = plan.operations.find((operation) => operation.kind === 'write-file');
  assert.equal(file?.kind === 'write-file' && file.content, '10.0.0.7 $private_ipv4 ');
  assert.deepEqual(
    new Set(lines(plan)),
    new Set(['line 4: warning: $public_ipv4 is empty: the address is not known']),
  );
});

test('modes keep all twelve bits, owners their names', async () => {
  const plan = await planOf(
    'write_files:\n  - {path: /a, permissions: 4755, owner: "core:sudo"}\n  - {path: b, permissions: 0600}\n',
  );
  assert.deepEqual(
    plan.operations.flatMap((operation) =>
      operation.kind === 'write-file' ? [[operation.path, operation.mode, operation.owner]] : [],
    ),
    [
      ['/a', 0o4755, { user: 'core', group: 'sudo' }],
      ['/b', 0o600, {}],
    ],
  );
});

test("a host name that is too long for the kernel is cut at its first dot, also the metadata's", async () => {
  const long = `web-1.${'sub.'.repeat(20)}example.org`;
  for (const plan of [
    await planOf(`hostname: ${long}`),
    await planOf('', { hostname: long, sshKeys: [], addresses: {} }),
  ]) {
    const [first] = plan.operations;
    assert.equal(first?.kind === 'set-hostname' && first.hostname, 'web-1');
  }
  assert.deepEqual(lines(await planOf(`hostname: ${'x'.repeat(65)}`)).length, 1);
});

test('a value that does not fit says by example what would', async () => {
  const plan = await planOf('coreos: {locksmith: {window_start: "25:00", window_length: 1}}');
  assert.deepEqual(lines(plan), ['line 2: error: invalid value 25:00', 'line 2: error: invalid value 1']);
  assert.equal(plan.findings[0]?.expected, 'a value such as Thu 04:00 or 04:00');
});

test('what is asked for twice is told where it is asked for last', async () => {
  const plan = await planOf(`write_files:
  - {path: /a, content: x}
  - {path: //a, content: y}
coreos:
  units:
    - {name: a.service, content: x}
    - name: a.service
      content: y
      drop_ins: [{name: b.conf, content: c}, {name: b.conf, content: d}]
`);
  assert.deepEqual(lines(plan), [
    'line 4: warning: /a is asked for twice; the last counts',
    'line 8: warning: /etc/systemd/system/a.service is asked for twice; the last counts',
    'line 10: warning: /etc/systemd/system/a.service.d/b.conf is asked for twice; the last counts',
  ]);
});
