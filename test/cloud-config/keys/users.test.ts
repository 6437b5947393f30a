// users, groups, keys and sudo, field by field.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Operation } from '../../../src/cloud-config/index.ts';
import { key, lines, planOf } from '../planning.ts';

const of = async (body: string) => {
  const plan = await planOf(body);
  return {
    operations: plan.operations,
    findings: lines(plan).map((line) => line.replace(/^line \d+: /, '')),
  };
};
const users = (operations: readonly Operation[]) =>
  operations.flatMap((operation) => (operation.kind === 'ensure-user' ? [operation.user] : []));

const plain = {
  createHome: true,
  groups: [],
  optionalGroups: [],
  userGroup: true,
  system: false,
  logInit: true,
};

test('every field of a user', async () => {
  const { operations, findings } = await of(`users:
  - name: bob
    uid: 1500
    passwd: $6$a$b
    gecos: Bob "B" B
    homedir: /srv/bob
    no-create-home: true
    primary_group: adm
    groups: [a, b]
    no_user_group: true
    system: true
    no_log_init: true
    shell: /bin/sh
    lock_passwd: true
`);
  assert.deepEqual(findings, []);
  assert.deepEqual(users(operations), [
    {
      name: 'bob',
      uid: 1500,
      passwordHash: '$6$a$b',
      locked: true,
      gecos: 'Bob "B" B',
      homeDirectory: '/srv/bob',
      primaryGroup: 'adm',
      shell: '/bin/sh',
      createHome: false,
      groups: ['a', 'b'],
      optionalGroups: [],
      userGroup: false,
      system: true,
      logInit: false,
    },
  ]);
});

test('names alone, groups as a text, hashed_passwd, and the one user', async () => {
  const { operations, findings } = await of(
    'users: [default, eve, {name: dan, groups: "a, b", hashed_passwd: x}]\nuser: {name: carl}\n',
  );
  assert.deepEqual(findings, []);
  assert.deepEqual(users(operations), [
    { ...plain, name: 'core', optionalGroups: ['sudo'], shell: '/bin/bash' },
    { ...plain, name: 'eve' },
    { ...plain, name: 'dan', passwordHash: 'x', groups: ['a', 'b'] },
    { ...plain, name: 'carl' },
  ]);
});

test('nothing of a user becomes an option, another line or another field', async () => {
  const { operations, findings } = await of(`users:
  - {name: -o}
  - {name: "a:b"}
  - {name: "123"}
  - {name: ok, passwd: "x\\nroot:y", gecos: "a:b", homedir: ../x, shell: sh, groups: ["-G", "a,b"], uid: -1, primary_group: "-g"}
`);
  assert.deepEqual(users(operations), [{ ...plain, name: 'ok' }]);
  assert.deepEqual(
    findings.map((finding) => finding.replace(/^error: invalid |;.*/g, '')),
    [
      'user name "-o"',
      'user name "a:b"',
      'user name "123"',
      'value for "passwd" of user ok',
      'value for "gecos" of user ok',
      'value for "homedir" of user ok',
      'value for "shell" of user ok',
      'group "-G" of user ok',
      'group "a,b" of user ok',
      'value for "uid" of user ok',
      'value for "primary_group" of user ok',
    ],
  );
});

test('groups are made before users and joined after them, in all forms', async () => {
  const groups = async (value: string) =>
    (await of(`groups: ${value}\nusers: [bob]\n`)).operations.flatMap((operation) =>
      operation.kind === 'ensure-group'
        ? [[operation.group, ...operation.members].join(' ')]
        : operation.kind === 'ensure-user'
          ? ['user']
          : [],
    );
  assert.deepEqual(await groups('[a-b, c: [bob], d-e: bob]'), [
    'a-b',
    'c',
    'd-e',
    'user',
    'c bob',
    'd-e bob',
  ]);
  assert.deepEqual(await groups('{a-b: [bob], c: }'), ['a-b', 'c', 'user', 'a-b bob']);
  assert.deepEqual(await groups('a, b'), ['a', 'b', 'user']);
  assert.deepEqual((await of('groups: ["-x", "y z"]')).findings.length, 2);
});

test('sudo rules are a file of sudoers.d, and only rules', async () => {
  const of1 = async (sudo: string, name = 'bob') => {
    const { operations, findings } = await of(`users: [{name: ${name}, sudo: ${sudo}}]`);
    const file = operations.find((operation) => operation.kind === 'write-file');
    return file?.kind === 'write-file' ? [file.path, file.content, file.mode, file.check] : findings;
  };
  const all = 'ALL=(ALL) NOPASSWD:ALL';
  const path = '/etc/sudoers.d/90-cloud-init-bob';
  assert.deepEqual(await of1(`"${all}"`), [path, `bob ${all}\n`, 0o440, 'sudoers']);
  assert.deepEqual(await of1(`["${all}", "ALL = (www:www) /bin/ls, /bin/cat *"]`), [
    path,
    `bob ${all}\nbob ALL = (www:www) /bin/ls, /bin/cat *\n`,
    0o440,
    'sudoers',
  ]);
  assert.deepEqual((await of1(`"${all}"`, 'a.b'))[0], '/etc/sudoers.d/90-cloud-init-a+b');
  for (const none of ['false', 'null', '[]', '"false"']) assert.deepEqual(await of1(none), [], none);
  for (const wrong of [
    'true',
    '"nonsense"',
    '"ALL=ALL\\\\"',
    '"#include /x"',
    '["ALL=ALL\\nroot ALL=ALL"]',
  ]) {
    assert.match(String(await of1(wrong)), /^error: invalid/, wrong);
  }
});

test('keys to fetch: each account or place is a set', async () => {
  const { operations, findings } = await of(`users:
  - name: bob
    coreos-ssh-import-github: ann
    coreos_ssh_import_github_users: [ann, joe]
    coreos_ssh_import_url: http://127.0.0.1/keys
    ssh_import_id: [gh:max, lp:eve, "x;y", "gh:../etc"]
`);
  const imports = operations.flatMap((one) => (one.kind === 'import-keys' ? [`${one.set} ${one.url}`] : []));
  assert.deepEqual(imports, [
    'github-ann https://api.github.com/users/ann/keys',
    'github-joe https://api.github.com/users/joe/keys',
    'coreos-cloudinit-bob http://127.0.0.1/keys',
    'github-max https://api.github.com/users/max/keys',
    'launchpad-eve https://launchpad.net/~eve/+sshkeys',
  ]);
  const reason = 'trying to fetch from a remote endpoint introduces too many intermittent errors';
  assert.deepEqual(findings, [
    `warning: deprecated key "coreos_ssh_import_github" (${reason})`,
    `warning: deprecated key "coreos_ssh_import_github_users" (${reason})`,
    `warning: deprecated key "coreos_ssh_import_url" (${reason})`,
    'error: invalid value "x;y"',
    'error: invalid value "../etc"',
  ]);
});

test('a line that is no key stays in its set, told; core is there for its keys only', async () => {
  const { operations, findings } = await of(`ssh_authorized_keys: ["ssh-rsa AAAA...", "${key}", "# no"]`);
  assert.equal(findings.length, 1);
  const [user, keys] = operations;
  assert.equal(user?.kind, 'ensure-user');
  assert.deepEqual(keys?.kind === 'authorize-keys' && keys.keys, ['ssh-rsa AAAA...', key]);
  assert.deepEqual((await of('hostname: a')).operations.length, 1);
});

test('an item of ssh_authorized_keys may hold several lines, each a key', async () => {
  const other = key.replace('me@example', 'you@example').replace('AAAAIJnj', 'AAAAIKnj');
  const { operations, findings } = await planOf(`ssh_authorized_keys:\n  - |\n    ${key}\n    ${other}\n`);
  const authorized = operations.find(({ kind }) => kind === 'authorize-keys');
  assert.deepEqual(authorized?.kind === 'authorize-keys' && authorized.keys, [key, other]);
  assert.deepEqual(findings, []);
});
