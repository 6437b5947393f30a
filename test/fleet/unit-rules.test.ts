import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileGlob } from '../../src/fleet/glob.ts';
import { parsePlacement, templateOf } from '../../src/fleet/placement.ts';
import { checkUnitName, checkUnitOptions } from '../../src/fleet/unit-rules.ts';

const fleet = (...pairs: readonly (readonly [string, string])[]) =>
  pairs.map(([name, value]) => ({ section: 'X-Fleet', name, value }));

test('names are refused in the words of fleet', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['', 'unit name cannot be empty'],
    [`${'a'.repeat(250)}.service`, 'unit name exceeds maximum length (256)'],
    ['a', 'unit name must contain "."'],
    ['a.', 'unit name cannot end in "."'],
    ['a.exe', 'invalid unit type: "exe"'],
    ['a@1.mount', 'invalid unit type for template: "mount"'],
    ['a b.service', "invalid character ' ' in unit name"],
    ['../a.service', "invalid character '/' in unit name"],
    ['@a.service', 'unit name cannot start in "@"'],
    ['web@1:2-3_4\\x2d.service', undefined],
  ];
  for (const [name, message] of cases) assert.equal(checkUnitName(name), message, name);
});

test('options that exclude each other are refused in the words of fleet', () => {
  const cases: readonly (readonly [string, ReturnType<typeof fleet>])[] = [
    [
      'unresolvable requirements: peer "a.service" matches conflict "a*"',
      fleet(['MachineOf', 'a.service'], ['Conflicts', 'a*']),
    ],
    [
      'unresolvable requirements: peer "a.service" matches replace "a*"',
      fleet(['MachineOf', 'a.service'], ['Replaces', 'a*']),
    ],
    ['MachineID cannot be used with Peers', fleet(['MachineID', 'x'], ['MachineOf', 'a.service'])],
    ['MachineID cannot be used with Conflicts', fleet(['MachineID', 'x'], ['Conflicts', 'a'])],
    ['MachineID cannot be used with Global', fleet(['MachineID', 'x'], ['Global', 'true'])],
    ['MachineID cannot be used with Replaces', fleet(['MachineID', 'x'], ['Replaces', 'a'])],
    ['Global cannot be used with Peers', fleet(['Global', 'yes'], ['MachineOf', 'a.service'])],
    ['Global cannot be used with Replaces', fleet(['Global', 'on'], ['Replaces', 'a'])],
    ['Conflicts cannot be used with Replaces', fleet(['Conflicts', 'b'], ['Replaces', 'a'])],
  ];
  for (const [message, options] of cases) assert.equal(checkUnitOptions(options), message);
  assert.equal(
    checkUnitOptions(fleet(['Global', 'true'], ['Conflicts', 'a'], ['MachineMetadata', 'a=b'])),
    undefined,
  );
});

test('an option cannot smuggle in a second line', () => {
  const value = (text: string) => checkUnitOptions([{ section: 'Service', name: 'A', value: text }]);
  assert.match(value('x\nExecStart=/bin/evil') ?? '', /line break/);
  assert.match(value('x\\') ?? '', /line break/);
  assert.equal(value('x \\\n  y'), undefined);
  assert.match(checkUnitOptions([{ section: 'a]\n[b', name: 'A', value: '' }]) ?? '', /section name/);
  assert.match(checkUnitOptions([{ section: 'a', name: 'A=1\nB', value: '' }]) ?? '', /option name/);
});

test('placement reads old names, several values a line and specifiers', () => {
  const placement = parsePlacement(
    fleet(
      ['X-ConditionMachineID', 'old'],
      ['X-ConditionMachineOf', 'b-%i.service'],
      ['MachineOf', '%p.socket'],
      ['MachineMetadata', '"region=us" "disk=ssd"'],
      ['X-ConditionMachineMetadata', 'region=eu'],
      ['MachineMetadata', 'a=b=c'],
      ['Conflicts', '%p@*.service  other.service'],
      ['Global', 'no'],
      ['Global', 'T'],
    ),
    'web@7.service',
  );
  assert.equal(placement.machineID, 'old');
  assert.deepEqual(placement.machineOf, ['web.socket', 'b-7.service']);
  assert.deepEqual(
    [...placement.machineMetadata],
    [
      ['region', ['us', 'eu']],
      ['disk', ['ssd']],
    ],
  );
  assert.deepEqual(placement.conflicts, ['web@*.service', 'other.service']);
  assert.equal(placement.global, true);
  assert.equal(templateOf('web@7.service'), 'web@.service');
  assert.equal(templateOf('web.service'), undefined);
});

test('patterns are those of path.Match', () => {
  const match = (pattern: string, name: string) => compileGlob(pattern)(name);
  assert.ok(match('web@*.service', 'web@1.service'));
  assert.ok(!match('web@*', 'web.service'));
  assert.ok(match('a[0-9x]?', 'a7z') && match('a[^0-9]', 'ab') && !match('a[^0-9]', 'a1'));
  assert.ok(match('a\\*', 'a*') && !match('a\\*', 'ab'));
  assert.ok(!match('a[', 'a[') && !match('a[b', 'ab') && !match('a[]', 'a'));
  assert.ok(match('*', 'a.b') && !match('*', 'a/b'));
});
