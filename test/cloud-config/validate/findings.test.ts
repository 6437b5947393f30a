// Each rule of the original's validator: its words, the line as an editor counts it, the column.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFinding } from '../../../src/cloud-config/validate/format.ts';
import { planOf } from '../planning.ts';

/** `LINE:COLUMN KIND: MESSAGE` of everything found in a cloud-config without its first line. */
const found = async (body: string) =>
  (await planOf(body)).findings.map(
    ({ place, kind, message }) => `${place?.line ?? 0}:${place?.column ?? 0} ${kind}: ${message}`,
  );

test('syntax errors, in the words of libyaml', async () => {
  for (const [body, expected] of [
    ['a:\n\t- b\n', '3:1 error: found character that cannot start any token'],
    ['hostname: @b\n', '2:11 error: found character that cannot start any token'],
    ['hostname: %b\n', '2:11 error: found character that cannot start any token'],
    ['hostname: a: b\n', '2:11 error: mapping values are not allowed in this context'],
    ['hostname: b\n  users: []\n', '3:3 error: mapping values are not allowed in this context'],
    ['hostname: a\nusers\nb: 2\n', "3:1 error: could not find expected ':'"],
    ['hostname: a\nusers\n', "3:1 error: could not find expected ':'"],
    ['users: [1, 2\nb: 3\n', "3:1 error: did not find expected ',' or ']'"],
    ['coreos: {b: 1\n', "3:1 error: did not find expected ',' or '}'"],
    ['hostname: "b\n', '2:11 error: found unexpected end of stream'],
    ["hostname: 'b\nusers: []\n", '2:11 error: found unexpected end of stream'],
    ['hostname: *x\n', "2:11 error: Unknown anchor 'x' referenced"],
    ['users: &a [*a]\n', "2:12 error: Anchor 'a' value contains itself"],
    ["hostname: !!binary '!'\n", '2:20 error: !!binary value contains invalid base64 data'],
    ['hostname: "\\q"\n', '2:12 error: found unknown escape character'],
    ['users:\n  - name: x\n c: 1\n', '4:2 error: did not find expected key'],
    ['users:\n  - name: x\n   uid: 1\n', "4:4 error: did not find expected '-' indicator"],
    ['hostname: |x\n  b\n', '2:12 error: did not find expected comment or line break'],
    ['hostname: "b" c\n', '2:15 error: did not find expected key'],
    ['hostname: a\nusers: ]\n', '3:8 error: did not find expected node content'],
    ['hostname: , b\n', '2:11 error: did not find expected node content'],
    ['hostname: !foo!bar b\n', '2:11 error: found undefined tag handle'],
    ['hostname: *\n', '2:11 error: did not find expected alphabetic or numeric character'],
    ['hostname: \x01\n', '2:11 error: control characters are not allowed'],
  ] as const) {
    const all = await found(body);
    assert.ok(all.includes(expected), `${JSON.stringify(body)}: ${all.join(' | ')}`);
    assert.equal(
      all.filter((line) => line.startsWith(expected.slice(0, expected.indexOf(':') + 1))).length,
      1,
    );
  }
});

test('all syntax errors that can be told apart, not only the first', async () => {
  const all = await found('hostname: @a\nusers:\n  - name: `b\nwrite_files:\n  - path: %c\n');
  assert.deepEqual(
    all.filter((line) => line.includes('error')),
    [
      '2:11 error: found character that cannot start any token',
      '4:11 error: found character that cannot start any token',
      '6:11 error: found character that cannot start any token',
    ],
  );
});

test('an error has its place, its line and advice', async () => {
  const { findings } = await planOf('users:\n\t- name: a\n');
  assert.equal(
    formatFinding(findings[0] ?? assert.fail()),
    `line 3: error: found character that cannot start any token
  at user-data:3:1
  3 | \t- name: a
    | ^
  Indent with spaces, not with tabs.
`,
  );
});

test('structure, values, deprecation, place, discovery', async () => {
  assert.deepEqual(
    await found(`hostnme: a
coreos:
  write-files: []
  etcd:
    discovery: nowhere
  etcd2:
    discovery: https://discovery.etcd.io/x
    proxy: maybe
  update: {reboot-strategy: best-effort}
  updat: {}
manage-etc-hosts: yes
users: [{name: a}]
`),
    [
      '2:1 warning: unrecognized key "hostnme"',
      "4:3 info: write_files doesn't belong under coreos",
      '4:3 warning: unrecognized key "write_files"',
      '5:3 warning: deprecated key "etcd" (no longer shipped in Container Linux)',
      '6:16 warning: discovery URL is not valid',
      '9:12 error: invalid value maybe',
      '10:29 error: invalid value best-effort',
      '11:3 warning: unrecognized key "updat"',
      '12:19 error: invalid value yes',
    ],
  );
});

test('an unknown key gets the nearest known one, or the place where it belongs', async () => {
  const { findings } = await planOf('coreos: {unit: []}\nreboot_strategy: off\nssh_authorised_keys: []\n');
  assert.deepEqual(
    findings.map(({ hint }) => hint),
    [
      'Did you mean "units"?',
      '"reboot_strategy" belongs under coreos.update.',
      'Did you mean "ssh_authorized_keys"?',
    ],
  );
});

test('what follows the first document is told', async () => {
  assert.deepEqual(await found('hostname: a\n---\nusers: []\n'), [
    '3:1 warning: what follows "---" is not read',
  ]);
  assert.deepEqual(await found('---\nhostname: a\n---\n# nothing\n...\n'), []);
});

test('lines are right where the original guessed them wrong', async () => {
  assert.deepEqual(
    await found(`write_files:
  - path: /a
    content: |
      nonsense: 1
"nonsense": 2
users: [{"name": ok, shel: x}]
users: [{name: ok2, shel: y}]
`),
    [
      '6:1 warning: unrecognized key "nonsense"',
      '7:22 warning: unrecognized key "shel"',
      '8:1 warning: duplicate key "users"',
      '8:21 warning: unrecognized key "shel"',
    ],
  );
});
