// The grammar of unit files: bytes in, bytes out, and what systemd would read in between.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  describeProblem,
  parseUnitFile,
  parseUnitFileStrictly,
  serializeUnitFile,
  systemdErrors,
  unitFileOptions,
} from '../../src/systemd/index.ts';

const read = (text: string) =>
  unitFileOptions(parseUnitFile(text)).map(({ section, name, value }) => [section, name, value]);
const raw = (text: string) =>
  parseUnitFile(text).lines.flatMap((line) => (line.kind === 'option' ? [line.rawValue] : []));

const piece = fc.constantFrom(
  ...[
    '[',
    ']',
    '[Unit]',
    'A',
    '=',
    '\\',
    '\\\n',
    '\n',
    '\r\n',
    '\r',
    '\0',
    ' ',
    '\t',
    '#',
    ';',
    '"',
    'é',
    '\ufeff',
    '%i',
    '😀',
  ],
);

test('what is parsed is serialised to the same text, whatever it is', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const text = pieces.join('');
      assert.equal(serializeUnitFile(parseUnitFile(text)), text);
    }),
    { numRuns: 2000 },
  );
});

test('bytes are read as text, a byte order mark is kept', () => {
  const bytes = Buffer.from('\ufeff[Unit]\r\nDescription=h\u00e9\r\n');
  const file = parseUnitFile(bytes);
  assert.deepEqual(Buffer.from(serializeUnitFile(file)), bytes);
  assert.deepEqual(unitFileOptions(file), [{ section: 'Unit', name: 'Description', value: 'h\u00e9' }]);
});

test('bytes that are not UTF-8 are refused with their place', () => {
  const bytes = Buffer.concat([Buffer.from('[Unit]\nDescription=a'), Buffer.of(0xff), Buffer.from('\n')]);
  assert.throws(
    () => parseUnitFile(bytes, 'a.service'),
    (error) => systemdErrors.is(error, 'unit-file') && error.message.startsWith('a.service:2:14: '),
  );
});

test('values are trimmed, empty assignments and repeated keys stay', () => {
  assert.deepEqual(read('[Unit]\n  After \t= a b \t\nAfter=\n[Unit]\nAfter=c'), [
    ['Unit', 'After', 'a b'],
    ['Unit', 'After', ''],
    ['Unit', 'After', 'c'],
  ]);
});

test('only the blanks of systemd are trimmed', () => {
  assert.deepEqual(read('[Unit]\nA=\u00a0b\u00a0'), [['Unit', 'A', '\u00a0b\u00a0']]);
});

test('a backslash and its line end are one space; comments in between are skipped', () => {
  const text = '[Service]\nExecStart=/bin/a \\\n  b \\\n# no\\\n ; no\n  c\nType=exec\n';
  assert.deepEqual(read(text), [
    ['Service', 'ExecStart', '/bin/a    b    c'],
    ['Service', 'Type', 'exec'],
  ]);
  assert.deepEqual(raw(text), ['/bin/a \\\n  b \\\n# no\\\n ; no\n  c', 'exec']);
});

test('an escaped backslash continues nothing', () => {
  assert.deepEqual(read('[S]\nA=b\\\\\nC=d'), [
    ['S', 'A', 'b\\\\'],
    ['S', 'C', 'd'],
  ]);
});

test('a comment that ends in a backslash continues nothing', () => {
  assert.deepEqual(read('[S]\n# c \\\nA=b'), [['S', 'A', 'b']]);
});

test('names and headers may be continued too', () => {
  assert.deepEqual(read('\\\n[S]\nA\\\nB\\\n=c'), [['S', 'A B', 'c']]);
});

test('a raw value never swallows the line after it', () => {
  assert.deepEqual(raw('[S]\nA=b \\\n\nC=d'), ['b', 'd']);
  assert.deepEqual(raw('[S]\nA=b \\\n# x\n'), ['b']);
  assert.deepEqual(raw('[S]\nA=b \\'), ['b']);
  assert.deepEqual(raw('[S]\nA=\\\n \\\n'), ['']);
});

test('a raw value means what the value means', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const file = parseUnitFile(`[S]\nName=${pieces.join('')}`);
      for (const line of file.lines) {
        // A backslash before blanks at the end continues nothing, but would once the blanks are trimmed.
        if (line.kind !== 'option' || line.name !== 'Name' || /\\$/.test(line.value)) continue;
        const again = parseUnitFile(`[S]\n${line.name}=${line.rawValue}\n[T]\nx=y\n`);
        const words = (value: string) => value.trim();
        assert.equal(again.lines.at(-1)?.kind, 'option');
        const [option] = unitFileOptions(again);
        assert.equal(words(option?.value ?? ''), words(line.value));
      }
    }),
    { numRuns: 2000 },
  );
});

test('lines of any length up to systemd’s limit are read whole', () => {
  const long = 'x'.repeat(200_000);
  assert.deepEqual(read(`[S]\nA=${long}\nB=${'y'.repeat(2048)}`)[0], ['S', 'A', long]);
  assert.match(parseUnitFile(`[S]\nA=${'x'.repeat(1_100_000)}`).problems[0]?.message ?? '', /too long/);
});

test('problems say where, what and what was expected', () => {
  const { problems } = parseUnitFile('A=b\n[Unit\n[Un"it]\n[Unit]\n  Description\n=x\n');
  assert.deepEqual(
    problems.map((problem) => describeProblem(problem, 'a.service')),
    [
      'a.service:1:1: this option stands before the first section; expected a section header like "[Unit]".',
      'a.service:2:6: this section header does not end; expected "]".',
      'a.service:3:4: this section name has a quote, backslash or control character; expected a plain name.',
      'a.service:5:14: this line assigns nothing; expected "=" after the option name.',
      'a.service:6:1: this assignment has no option name; expected a name before "=".',
    ],
  );
  assert.deepEqual(
    problems.map((problem) => problem.refused),
    [false, true, true, false, false],
  );
  assert.throws(
    () => parseUnitFileStrictly('[Unit]\nx', 'a.service'),
    (error) => systemdErrors.is(error, 'unit-file') && error.message.startsWith('a.service:2:2: '),
  );
});

test('lines carry the number at which they begin', () => {
  const file = parseUnitFile('# c\n\n[Unit]\nA=b \\\n  c\nD=e');
  assert.deepEqual(
    file.lines.map((line) => [line.kind, line.line]),
    [
      ['comment', 1],
      ['blank', 2],
      ['section', 3],
      ['option', 4],
      ['option', 6],
    ],
  );
});
