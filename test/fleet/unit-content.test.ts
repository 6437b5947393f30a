import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseUnitContent, renderUnitContent, unitHash } from '../../src/fleet/unit-content.ts';

test('the hash has the value that fleet gives it', () => {
  const options = parseUnitContent(
    '[Service]\nExecStart=/bin/bash -c "while true; do echo Hello, World!; sleep 1; done"\n',
    'a.service',
  );
  assert.equal(unitHash(options), '3750b3e9f3962a56c7582929426e9abb012754cf');
});

test('comments and blanks are dropped, continuations kept, sections merged', () => {
  const options = parseUnitContent(
    '# no\n[A]\n# no\n x = 1 \n\n[B]\ny=2\n[A]\nz=3 \\\n   more\n;no\nempty=\n',
    'a.service',
  );
  assert.deepEqual(options, [
    { section: 'A', name: 'x', value: '1' },
    { section: 'B', name: 'y', value: '2' },
    { section: 'A', name: 'z', value: '3 \\\n   more' },
    { section: 'A', name: 'empty', value: '' },
  ]);
  assert.equal(renderUnitContent(options), '[A]\nx=1\nz=3 \\\n   more\nempty=\n\n[B]\ny=2\n');
});

test('CRLF gives the same content', () => {
  const unix = '[A]\nx=1 \\\n  2\ny=3\n';
  assert.deepEqual(parseUnitContent(unix.replaceAll('\n', '\r\n'), 'a'), parseUnitContent(unix, 'a'));
});

test('every error names file, line, column and what was expected', () => {
  const refused = (text: string, message: string) =>
    assert.throws(() => parseUnitContent(text, 'a.service'), { code: 'fleet.content', message });
  refused('[A]\nx', 'a.service:2:2: this line assigns nothing; expected "=" after the option name.');
  refused(
    '[A\nx=1',
    'a.service:1:3: this section header does not end; expected "]".\n' +
      'a.service:2:1: this option stands before the first section; expected a section header like "[Unit]".',
  );
  refused(
    `[A]\nx=${'y'.repeat(1 << 20)}`,
    'a.service: The unit has 1.0 MiB; at most 1 MiB is accepted. Keep data in files and name them in the unit.',
  );
});

test('the normal form is a fixed point', () => {
  const word = fc.stringMatching(/^[A-Za-z0-9]{1,8}$/);
  const value = fc.stringMatching(/^[!-Z^-~]([ -Z^-~]{0,20}[!-Z^-~])?$/);
  const options = fc.array(fc.record({ section: word, name: word, value }));
  fc.assert(
    fc.property(options, (given) => {
      const text = renderUnitContent(given);
      assert.equal(renderUnitContent(parseUnitContent(text, 'a')), text);
      assert.equal(unitHash(parseUnitContent(text, 'a')), unitHash(given));
    }),
  );
});
