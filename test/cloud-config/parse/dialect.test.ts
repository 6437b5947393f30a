// The dialect that cloud-configs were always written in, item by item: what a key or a value means, and what
// becomes of one that is doubtful.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node } from '../../../src/cloud-config/parse/tree.ts';
import { toData } from '../../../src/cloud-config/parse/tree.ts';
import { parseYaml } from '../../../src/cloud-config/parse/yaml.ts';

const dataOf = (text: string): unknown => {
  const { root } = parseYaml(text);
  return root && toData(root);
};
const textsOf = (text: string): string[] => {
  const walk = (node: Node | undefined): string[] => {
    if (node === undefined) return [];
    if (node.kind === 'scalar') return [node.text];
    if (node.kind === 'sequence') return node.items.flatMap(walk);
    return Array.from(node.entries.values()).flatMap(({ value }) => walk(value));
  };
  return walk(parseYaml(text).root);
};
const said = (text: string) =>
  parseYaml(text).findings.map(
    ({ kind, message, place }) => `${place?.line}:${place?.column} ${kind}: ${message}`,
  );

test('booleans', () => {
  for (const word of ['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON']) {
    assert.deepEqual(dataOf(`a: ${word}\n`), { a: true }, word);
  }
  for (const word of ['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF']) {
    assert.deepEqual(dataOf(`a: ${word}\n`), { a: false }, word);
  }
  for (const word of ['yES', 'tRUE', 'oN', 'nO', 'fALSE', 't', 'f']) {
    assert.deepEqual(dataOf(`a: ${word}\n`), { a: word }, word);
  }
});

test('nulls', () => {
  for (const word of ['', '~', 'null', 'Null', 'NULL'])
    assert.deepEqual(dataOf(`a: ${word}\n`), { a: null }, word);
  for (const word of ['nULL', 'none', 'nil']) assert.deepEqual(dataOf(`a: ${word}\n`), { a: word }, word);
});

test('numbers', () => {
  const all: readonly (readonly [string, unknown])[] = [
    ['12', 12],
    ['-12', -12],
    ['+12', 12],
    ['0', 0],
    ['0644', 420],
    ['-010', -8],
    ['08', 8],
    ['0x1F', 31],
    ['-0x1f', -31],
    ['0b101', 5],
    ['1_000', 1000],
    ['1.5', 1.5],
    ['.5', 0.5],
    ['1e3', 1000],
    ['14:00', '14:00'],
    ['190:20:30', '190:20:30'],
    ['0o17', '0o17'],
    ['2001-01-01', '2001-01-01'],
    ['1.2.3', '1.2.3'],
    ['10.0.0.1', '10.0.0.1'],
    ['0b2', '0b2'],
    ['12abc', '12abc'],
  ];
  for (const [text, value] of all) assert.deepEqual(dataOf(`a: ${text}\n`), { a: value }, text);
});

test('a value keeps its text, for where a string is wanted', () => {
  const texts = ['007', 'yes', '12:30', '1.50', '0644', '1_000', '0x1F', '~'];
  assert.deepEqual(textsOf(`[${texts.join(', ')}]`), texts);
  assert.deepEqual(textsOf(`["${texts.join('", "')}"]`), texts);
});

test('quoted, tagged and folded values', () => {
  assert.deepEqual(dataOf('["yes", \'0644\', "", !!str 12, !!int "12", !!bool "on"]'), [
    'yes',
    '0644',
    '',
    '12',
    12,
    true,
  ]);
  assert.deepEqual(dataOf("a: 'it''s'\nb: \"\\x41\\u00e9\\n\"\n"), { a: "it's", b: 'Aé\n' });
  assert.deepEqual(
    dataOf('a: |\n  x\n   y\n\nb: |-\n  x\n\nc: |+\n  x\n\nd: >\n  x\n  y\n\n  z\ne: |2\n   x\n'),
    {
      a: 'x\n y\n',
      b: 'x',
      c: 'x\n\n',
      d: 'x y\nz\n',
      e: ' x\n',
    },
  );
});

test('keys: hyphens and underscores, letters as they are, numbers and words as texts', () => {
  assert.deepEqual(dataOf('a-b: {c-d: [{e-f: g-h}]}\n"i-j": 1\nK: 1\nk: 2\n1: x\nyes: z\n'), {
    a_b: { c_d: [{ e_f: 'g-h' }] },
    i_j: 1,
    K: 1,
    k: 2,
    1: 'x',
    yes: 'z',
  });
  assert.deepEqual(said('? [a]\n: b\n'), ['1:3 error: a key must be a single word']);
});

test('keys that come twice: lists appended, maps merged, of other values the last that is there', () => {
  assert.deepEqual(dataOf('a: [1]\na: [2]\n'), { a: [1, 2] });
  assert.deepEqual(dataOf('a: {b: 1, c: [1]}\na: {b: 2, c: [2]}\n'), { a: { b: 2, c: [1, 2] } });
  assert.deepEqual(dataOf('a: 1\na: 2\na:\n'), { a: 2 });
  assert.deepEqual(dataOf('a-b: [1]\na_b:\n'), { a_b: [1] });
  assert.deepEqual(dataOf('a:\na:\n'), { a: null });
  assert.deepEqual(said('a: [1]\nb: 1\na: [2]\n'), ['3:1 warning: duplicate key "a"']);
});

test('anchors, also on keys; merge keys, of which the nearer wins', () => {
  assert.deepEqual(dataOf('a: &x {b: 1}\nc: *x\nd: {<<: *x, b: 2}\n'), {
    a: { b: 1 },
    c: { b: 1 },
    d: { b: 2 },
  });
  assert.deepEqual(dataOf('a: &x {b: 1}\nc: &y {b: 2, d: 3}\ne: {<<: [*x, *y]}\n'), {
    a: { b: 1 },
    c: { b: 2, d: 3 },
    e: { b: 1, d: 3 },
  });
  assert.deepEqual(dataOf('&k a: b\nc: *k\n*k : d\n'), { a: 'd', c: 'a' });
  assert.deepEqual(said('a: {<<: 1}\n'), [
    '1:5 error: map merge requires map or sequence of maps as the value',
  ]);
});

test('only the first document', () => {
  assert.deepEqual(dataOf('---\na: 1\n...\n'), { a: 1 });
  assert.deepEqual(dataOf('a: 1\n---\nb: 1\n'), { a: 1 });
  assert.deepEqual(dataOf('%YAML 1.2\n---\na: yes\n'), { a: true });
});

test('a backslash before an address is none of YAML', () => {
  const text = 'a: "x \\$private_ipv4"\n';
  assert.deepEqual(said(text), []);
  assert.deepEqual(textsOf(text), ['x \\$private_ipv4']);
  assert.deepEqual(said('a: "\\$private"\n'), ['1:5 error: found unknown escape character']);
});

test('depth, length and number of values have bounds', () => {
  assert.deepEqual(said('['.repeat(200)), ['1:101 error: nested deeper than 100 levels']);
  assert.equal(said(`${'['.repeat(40)}${']'.repeat(40)}`).length, 0);
  assert.match(said(`${'x'.repeat(33 * 1024 * 1024)}`).join(), /longer than 33554432 characters/);
});
