// $private_ipv4 and its kin, as the original put them in, and where it did not.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AddressOf, substituteText } from '../../../src/cloud-config/parse/substitute.ts';
import { lines, planOf } from '../planning.ts';

const known: AddressOf = (name) =>
  name === 'private_ipv4' ? '10.0.0.7' : name === 'public_ipv6' ? '2001:db8::1' : undefined;
const put = (text: string) => {
  const empty: string[] = [];
  const result = substituteText(text, known, (name, at) => empty.push(`${name}@${at}`));
  return [result, ...empty];
};

test('the four words, and nothing that only looks like one', () => {
  assert.deepEqual(put('$private_ipv4 $public_ipv6'), ['10.0.0.7 2001:db8::1']);
  assert.deepEqual(put('a $public_ipv4 b $private_ipv6'), ['a  b ', 'public_ipv4@2', 'private_ipv6@17']);
  for (const text of [
    `$${'{private_ipv4}'}`,
    '$PRIVATE_IPV4',
    '$private_ipv5',
    '$private',
    'private_ipv4',
    '$',
  ]) {
    assert.deepEqual(put(text), [text]);
  }
});

test('a backslash keeps the word, another dollar stays, letters after it too', () => {
  assert.deepEqual(put('\\$private_ipv4 \\$public_ipv4'), ['$private_ipv4 $public_ipv4']);
  assert.deepEqual(put('$$private_ipv4'), ['$10.0.0.7']);
  assert.deepEqual(put('$private_ipv4foo'), ['10.0.0.7foo']);
});

test('words next to each other, different ones and the same', () => {
  assert.deepEqual(put('$private_ipv4$public_ipv6'), ['10.0.0.72001:db8::1']);
  assert.deepEqual(put('$private_ipv4$private_ipv4$private_ipv4'), ['10.0.0.710.0.0.710.0.0.7']);
});

test('values of every kind, however written; not keys, not what is packed, never the YAML itself', async () => {
  const plan = await planOf(
    `# $public_ipv4 in a comment is nobody's address
hostname: h
write_files:
  - {path: "/a-$private_ipv4", content: $private_ipv4}
  - path: /b
    content: |
      one $private_ipv4
      \\$private_ipv4 $public_ipv4
  - {path: /c, encoding: base64, content: ${Buffer.from('$private_ipv4').toString('base64')}}
  - {path: /d, content: "x \\$private_ipv4"}
coreos:
  etcd2: {name: "$private_ipv4", discovery: "http://$private_ipv4:2379"}
  $private_ipv4: {}
`,
    { sshKeys: [], addresses: { private_ipv4: '10.0.0.7: [' } },
  );
  const contents = plan.operations.flatMap((operation) =>
    operation.kind === 'write-file' && /^\/[a-d]/.test(operation.path)
      ? [`${operation.path}=${operation.content}`]
      : [],
  );
  assert.deepEqual(contents, [
    '/a-10.0.0.7: [=10.0.0.7: [',
    '/b=one 10.0.0.7: [\n$private_ipv4 \n',
    '/c=$private_ipv4',
    '/d=x $private_ipv4',
  ]);
  assert.deepEqual(lines(plan), [
    'line 9: warning: $public_ipv4 is empty: the address is not known',
    'line 14: warning: unrecognized key "$private_ipv4"',
  ]);
});

test('a machine without addresses hears of each place that wants one', async () => {
  const plan = await planOf(
    'write_files:\n  - {path: /a, content: "$public_ipv4"}\n  - {path: /b, content: $public_ipv4}\n  - path: /c\n    content: |\n      $$$public_ipv4$public_ipv4 \\$public_ipv4\n',
  );
  assert.deepEqual(
    plan.findings.map(({ place, dropped }) => [place?.line, place?.column, dropped]),
    [
      [3, 26, false],
      [4, 25, false],
      [7, 9, false],
      [7, 21, false],
    ],
  );
});
