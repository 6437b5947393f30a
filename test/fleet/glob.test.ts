// Patterns of units: what they match, and that none is an error.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileGlob } from '../../src/fleet/glob.ts';

test('patterns match as in a shell, hyphens and all', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['my-app@*.service', 'my-app@1.service', true],
    ['my-app@*.service', 'myXapp@1.service', false],
    ['a-?', 'a-b', true],
    ['[a-c]-*', 'b-x', true],
    ['[a-c]-*', 'd-x', false],
    ['[^a-c]-*', 'd-x', true],
    ['[\\-x]*', '-y', true],
    ['[\\-x]*', 'zy', false],
    ['a\\*', 'a*', true],
    ['a\\*', 'ab', false],
    ['*.service', 'a/b.service', false],
    ['a.b*', 'axb', false],
    ['[z-a]', 'z', false],
    ['[', '[', false],
  ];
  for (const [pattern, name, matches] of cases)
    assert.equal(compileGlob(pattern)(name), matches, `${pattern} ${name}`);
});

test('no pattern is an error', () => {
  const ascii = '*?[]\\^-/.+(){}|$#&~!,:;@=<>\'"` az09\n';
  // Half of a surrogate pair, and the last character there is.
  const special = fc.constantFrom(...ascii, String.fromCharCode(0xd800), String.fromCodePoint(0x10ffff));
  const pattern = fc.oneof(fc.string({ unit: special }), fc.string({ unit: 'binary' }));
  fc.assert(
    fc.property(pattern, fc.string({ unit: special }), (text, name) => {
      assert.equal(typeof compileGlob(text)(name), 'boolean');
    }),
    { numRuns: 5000 },
  );
});

test('any text matches itself, escaped, in a pattern', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const escaped = [...text].map((character) => `\\${character}`).join('');
      assert.equal(compileGlob(`*${escaped}`)(text), true);
    }),
    { numRuns: 1000 },
  );
});
