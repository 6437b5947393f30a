// The YAML dialect of cloud-configs, and its bounds.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toData } from '../../../src/cloud-config/parse/tree.ts';
import { defaultLimits, parseYaml } from '../../../src/cloud-config/parse/yaml.ts';

const dataOf = (text: string): unknown => {
  const { root } = parseYaml(text);
  return root === undefined ? undefined : toData(root);
};

test('words and numbers are those of YAML 1.1, without base 60 and dates', () => {
  assert.deepEqual(dataOf('[y, YES, on, off, N, ~, 0644, 0x1f, 0b11, 1_000, 14:00, 2001-01-01, 1.5, 0o7]'), [
    true,
    true,
    true,
    false,
    false,
    null,
    420,
    31,
    3,
    1000,
    '14:00',
    '2001-01-01',
    1.5,
    '0o7',
  ]);
  assert.deepEqual(dataOf('["yes", \'0644\', "~"]'), ['yes', '0644', '~']);
});

test('a block that the text ends in without a newline has none at its end either', () => {
  assert.deepEqual(dataOf('a: |\n  x\n  y'), { a: 'x\ny' });
  assert.deepEqual(dataOf('a: |+\n  x\n  y'), { a: 'x\ny' });
  assert.deepEqual(dataOf('a: >\n  x\n  y'), { a: 'x y' });
  assert.deepEqual(dataOf('a: |\n  x\n  y\n'), { a: 'x\ny\n' });
  assert.deepEqual(dataOf('a: |\n  x\n  y\n  '), { a: 'x\ny\n' });
  assert.deepEqual(dataOf('a: |\n  x\nb: z'), { a: 'x\n', b: 'z' });
});

test('lines may end in a carriage return, with a newline or without', () => {
  assert.deepEqual(dataOf('a: x\r\nb: |\r\n  y\r\n  z\r\nc: w\r'), { a: 'x', b: 'y\nz\n', c: 'w' });
});

test('what stands after the end of the document is found, and the document is whole without it', () => {
  const { root, findings, broken } = parseYaml('  a: 1\n  b: 2\nc: 3\nd: 4\n');
  assert.deepEqual(root && toData(root), { a: 1, b: 2 });
  assert.deepEqual(
    findings.map(({ kind, dropped, place }) => [kind, dropped, place?.line]),
    [['error', true, 3]],
  );
  assert.equal(broken, false);
  for (const text of ['a:\n   b: 1\n  c: 2\n', 'a: 1\n]\n', 'a: [\n'])
    assert.ok(parseYaml(text).broken, text);
});

test('keys are alike with hyphens and underscores, and duplicates are merged with a warning', () => {
  const { root, findings } = parseYaml('a-b: [1]\nc: {x: 1, y: 1}\na_b: [2]\nc: {y: 2}\nd: 1\nd: 2\n');
  assert.deepEqual(root && toData(root), { a_b: [1, 2], c: { x: 1, y: 2 }, d: 2 });
  assert.deepEqual(
    findings.map(({ kind, message, place }) => [kind, message, place?.line]),
    [
      ['warning', 'duplicate key "a_b"', 3],
      ['warning', 'duplicate key "c"', 4],
      ['warning', 'duplicate key "d"', 6],
    ],
  );
});

test('anchors, merge keys, !!binary and only the first document', () => {
  assert.deepEqual(dataOf('a: &a {x: 1, y: 1}\nb: {<<: *a, y: 2}\n---\nc: 1\n'), {
    a: { x: 1, y: 1 },
    b: { y: 2, x: 1 },
  });
  const binary = parseYaml('a: !!binary aGk=').root;
  assert.equal(binary?.kind === 'mapping' && binary.entries.get('a')?.value.kind, 'scalar');
  assert.equal(parseYaml('a: *b').findings[0]?.message.includes('b'), true);
});

test('what would be too much is refused and says where', () => {
  const laugh = `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefghi']
    .map((letter, index) => `${letter}: &${letter} [${Array(9).fill(`*${'abcdefgh'[index]}`)}]`)
    .join('\n')}`;
  assert.match(parseYaml(laugh).findings[0]?.message ?? '', /aliases expand to more than/);
  assert.match(parseYaml('['.repeat(100_000)).findings[0]?.message ?? '', /nested deeper than 100/);
  assert.match(parseYaml('- '.repeat(100_000)).findings[0]?.message ?? '', /nested deeper than 100/);
  const tiny = { ...defaultLimits, maxLength: 10 };
  assert.match(parseYaml('a: 1234567890', { limits: tiny }).findings[0]?.message ?? '', /longer than 10/);
  let clock = 0;
  const slow = parseYaml('a: 1\n'.repeat(5_000), {
    limits: { ...defaultLimits, maxMs: 1 },
    now: () => clock++,
  });
  assert.match(slow.findings[0]?.message ?? '', /took longer/);
  assert.match(parseYaml('a: \x01').findings[0]?.message ?? '', /control characters/);
});

test('any text ends in a tree or in findings, soon', () => {
  const pieces = fc.constantFrom(
    'a',
    ':',
    ' ',
    '\n',
    '- ',
    '[',
    ']',
    '{',
    '}',
    '&a ',
    '*a',
    '!!binary ',
    '"',
    "'",
    '|',
    '>',
    '#',
    '---\n',
    '? ',
    '<<',
    '%',
    '\t',
    ',',
    '\\',
    'é',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(pieces, { maxLength: 60 }).map((all) => all.join('')),
        fc.string(),
      ),
      (text) => {
        const started = process.cpuUsage();
        const { root, findings } = parseYaml(text);
        // Of the CPU, so that a busy machine fails no test.
        assert.ok(process.cpuUsage(started).user < 2_000_000);
        for (const { place } of findings)
          assert.ok(place !== undefined && place.line >= 1 && place.column >= 1);
        if (root !== undefined) toData(root);
      },
    ),
    { numRuns: 2_000, seed: 1 },
  );
});
