import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseUnitContent, renderUnitContent, unitHash } from '../../src/fleet/unit-content.ts';

test('the hash has the value that fleet gives it', () => {
  const options = parseUnitContent(
    '[Service]\nExecStart=/bin/bash -c "while true; do echo Hello, World!; sleep 1; done"\n',
  );
  assert.equal(unitHash(options), '3750b3e9f3962a56c7582929426e9abb012754cf');
});

test('comments, blanks and what precedes the first section are dropped; sections are merged', () => {
  const options = parseUnitContent(
    'lost=1\n[A]\n# no\n x = 1 \n\n[B]\ny=2\n[A]\nz=3 \\\n   more\n;no\nempty=\n',
  );
  assert.deepEqual(options, [
    { section: 'A', name: 'x', value: '1' },
    { section: 'B', name: 'y', value: '2' },
    { section: 'A', name: 'z', value: '3 \\\n   more' },
    { section: 'A', name: 'empty', value: '' },
  ]);
  assert.equal(renderUnitContent(options), '[A]\nx=1\nz=3 \\\n   more\nempty=\n\n[B]\ny=2\n');
});

test('errors name the line', () => {
  assert.throws(() => parseUnitContent('[A]\nx'), /line 2: unexpected newline .* option name/);
  assert.throws(() => parseUnitContent('[A\nx=1'), /line 1: unable to find end of section/);
  assert.throws(() => parseUnitContent('\n[A] b\n'), /line 2: found garbage after section name A/);
  assert.throws(() => parseUnitContent(`[A]\nx=${'y'.repeat(1 << 20)}`), /at most 1 MiB/);
});

test('the normal form is a fixed point', () => {
  const word = fc.stringMatching(/^[A-Za-z0-9]{1,8}$/);
  const value = fc.stringMatching(/^[!-Z^-~]([ -Z^-~]{0,20}[!-Z^-~])?$/);
  const options = fc.array(fc.record({ section: word, name: word, value }));
  fc.assert(
    fc.property(options, (given) => {
      const text = renderUnitContent(given);
      assert.equal(renderUnitContent(parseUnitContent(text)), text);
      assert.equal(unitHash(parseUnitContent(text)), unitHash(given));
    }),
  );
});
