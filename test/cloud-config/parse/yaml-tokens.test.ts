// The generated reader of YAML tokens finds exactly what the package's own finds.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Parser } from 'yaml';
import { readTokens } from '../../../src/cloud-config/generated/yaml-tokens.ts';

function same(text: string): void {
  const tokens: unknown[] = [];
  readTokens(
    text,
    (token) => tokens.push(token),
    () => {},
  );
  assert.deepEqual(tokens, [...new Parser().parse(text)]);
}

const pieces = [
  ...[
    'a',
    'key',
    ' ',
    '  ',
    '    ',
    '\n',
    '\r\n',
    '\t',
    '- ',
    '-',
    ': ',
    ':',
    '? ',
    '#c',
    ' #c',
    '"',
    "'",
    '\\',
  ],
  ...[
    '|\n',
    '|2-\n',
    '>\n',
    '>+\n',
    '{',
    '}',
    '[',
    ']',
    ',',
    ', ',
    '&a ',
    '*a',
    '!!str ',
    '!',
    '<<: ',
    '---\n',
  ],
  ...[
    '...\n',
    '%YAML 1.1\n',
    '@',
    '`',
    'é',
    '\uFEFF',
    'key: value\n',
    '  - one\n',
    '- two: 2\n',
    'x: |\n  y\n',
  ],
];

test('the same tokens for any text', () => {
  const text = fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((all) => all.join(''));
  fc.assert(fc.property(text, same), { numRuns: 3000 });
});

test('how far and how deep is told on the way', () => {
  const steps: (readonly [number, number])[] = [];
  readTokens(
    '[[[a]]]\n',
    () => {},
    (offset, depth) => steps.push([offset, depth]),
  );
  assert.equal(Math.max(...steps.map(([, depth]) => depth)), 4);
  assert.equal(steps.at(-1)?.[0], 8);
});
