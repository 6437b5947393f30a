// Edits keep every other line; drop-ins are merged in systemd's order.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  appendOption,
  effectiveOptions,
  parseUnitFile,
  removeOption,
  renderOption,
  serializeUnitFile,
  setOption,
  systemdErrors,
  type UnitFile,
  type UnitOption,
  unitFileOptions,
} from '../../src/systemd/index.ts';

const edit = (text: string, change: (file: UnitFile) => UnitFile) =>
  serializeUnitFile(change(parseUnitFile(text)));
const after: UnitOption = { section: 'Unit', name: 'After', value: 'x' };

test('set replaces in place and removes repetitions', () => {
  assert.equal(
    edit('# a\n[Unit]\nAfter = b \\\n  c\n# d\nAfter=e\nWants=f\n', (file) => setOption(file, after)),
    '# a\n[Unit]\nAfter=x\n# d\nWants=f\n',
  );
});

test('set appends where there was none, before the blank lines that end the section', () => {
  assert.equal(
    edit('[Unit]\nA=b\n\n# of service\n[Service]\nC=d', (file) => setOption(file, after)),
    '[Unit]\nA=b\nAfter=x\n\n# of service\n[Service]\nC=d',
  );
});

test('append makes a section, and closes a last line without an end', () => {
  assert.equal(
    edit('', (file) => appendOption(file, after)),
    '[Unit]\nAfter=x\n',
  );
  assert.equal(
    edit('[S]\nC=d', (file) => appendOption(file, after)),
    '[S]\nC=d\n\n[Unit]\nAfter=x\n',
  );
  assert.equal(
    edit('[Unit]\r\nC=d', (file) => appendOption(file, after)),
    '[Unit]\r\nC=d\r\nAfter=x\r\n',
  );
  assert.equal(
    edit('[Unit]\nC=d \\', (file) => appendOption(file, after)),
    '[Unit]\nC=d \\\n\nAfter=x\n',
  );
});

test('remove keeps comments and the header', () => {
  assert.equal(
    edit('[Unit]\n# why\nAfter=a\nAfter=b', (file) => removeOption(file, 'Unit', 'After')),
    '[Unit]\n# why\n',
  );
});

test('what would be more or less than one assignment is refused', () => {
  const bad: readonly UnitOption[] = [
    { ...after, value: 'a\nExecStart=/bin/evil' },
    { ...after, value: 'a\\' },
    { ...after, value: ' a' },
    { ...after, value: 'a\rb' },
    { ...after, value: 'a\0b' },
    { ...after, name: '#After' },
    { ...after, name: '[After' },
    { ...after, name: '' },
    { ...after, name: 'A=b' },
    { ...after, section: 'Unit]\n[Service' },
  ];
  for (const option of bad) {
    assert.throws(
      () => appendOption(parseUnitFile(''), option),
      (error) => systemdErrors.is(error, 'unit-file'),
      JSON.stringify(option),
    );
  }
  assert.equal(renderOption({ ...after, value: 'a \\\n  b' }), 'After=a \\\n  b');
});

const nasty = fc.array(
  fc.constantFrom('[Unit]', '[S]', '\n', '\\\n', '\r\n', 'After=a', 'B=c', '\\', ' ', '# c', ';', '\n\n'),
  { maxLength: 25 },
);

test('an edit changes the options it names and no others, in any file', () => {
  fc.assert(
    fc.property(nasty, (pieces) => {
      const file = parseUnitFile(pieces.join(''));
      const others = (from: UnitFile) =>
        unitFileOptions(from).filter((option) => option.section !== 'Unit' || option.name !== 'After');
      const mine = (from: UnitFile) =>
        unitFileOptions(from).filter((option) => option.section === 'Unit' && option.name === 'After');
      for (const change of [setOption, appendOption]) {
        const edited = change(file, after);
        assert.deepEqual(others(edited), others(file));
        assert.deepEqual(mine(edited), change === setOption ? [after] : [...mine(file), after]);
      }
      const removed = removeOption(file, 'Unit', 'After');
      assert.deepEqual(unitFileOptions(removed), others(file));
    }),
    { numRuns: 2000 },
  );
});

test('drop-ins come after the main file, by file name; the first of equal names counts', () => {
  const dropIn = (path: string, value: string) => ({ path, file: parseUnitFile(`[Unit]\nAfter=${value}`) });
  const merged = effectiveOptions(parseUnitFile('[Unit]\nAfter=main'), [
    dropIn('/etc/systemd/system/a.service.d/20-b.conf', 'etc-20'),
    dropIn('/etc/systemd/system/a.service.d/readme.txt', 'no'),
    dropIn('/run/systemd/system/a.service.d/20-b.conf', 'run-20'),
    dropIn('/run/systemd/system/a.service.d/10-a.conf', ''),
  ]);
  assert.deepEqual(
    merged.map((option) => option.value),
    ['main', '', 'etc-20'],
  );
});
