import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDropIns, joinDropIns, withDropIns } from '../../src/fleet/drop-ins.ts';
import { parsePlacement } from '../../src/fleet/placement.ts';
import { contentHash, parseUnitContent, unitHash } from '../../src/fleet/unit-content.ts';
import { checkUnitBody } from '../../src/fleet/unit-rules.ts';

const options = parseUnitContent(
  '[Service]\nExecStart=/bin/true\n[X-Fleet]\nConflicts=a*\nMachineID=m1\n',
  'a',
);
const dropIn = (name: string, text: string) => ({ name, options: parseUnitContent(text, name) });

test('names of drop-ins are file names that systemd reads', () => {
  const check = (name: string) => checkDropIns([dropIn(name, '[Service]\nNice=1\n')]);
  for (const name of ['10-a.conf', 'a.conf', 'x@y_z.b.conf']) assert.equal(check(name), undefined, name);
  for (const name of [
    '',
    '.conf',
    '.a.conf',
    'a',
    'a.conf~',
    '../a.conf',
    'a/b.conf',
    'a b.conf',
    '..conf',
    'ä.conf',
  ]) {
    assert.match(check(name) ?? '', /^invalid drop-in name /, name);
  }
  assert.match(check(`${'a'.repeat(255)}.conf`) ?? '', /at most 255 bytes/);
  const one = dropIn('a.conf', '[Service]\nNice=1\n');
  assert.equal(checkDropIns([one, one]), 'there are two drop-ins a.conf');
  assert.equal(checkDropIns([dropIn('a.conf', '')]), 'drop-in a.conf has no option');
  const many = Array.from({ length: 65 }, (_, i) => dropIn(`${i}.conf`, '[Service]\nNice=1\n'));
  assert.match(checkDropIns(many) ?? '', /at most 64/);
});

test('the hash is fleet’s without drop-ins, and of all that is printed with them', () => {
  assert.equal(unitHash(options, []), unitHash(options));
  const body = '[A]\nb=c\n';
  const own = [dropIn('1.conf', '[D]\ne=f\n'), dropIn('2.conf', '[G]\nh=i\n')];
  const text = '[A]\nb=c\n\n# 1.conf\n[D]\ne=f\n\n# 2.conf\n[G]\nh=i\n';
  assert.equal(unitHash(parseUnitContent(body, 'a'), own), contentHash(text));
});

test('an instance’s drop-in hides its template’s of the same name; all go by name', () => {
  const own = [dropIn('b.conf', '[A]\nx=own\n')];
  const template = [
    dropIn('c.conf', '[A]\nx=t\n'),
    dropIn('b.conf', '[A]\nx=t\n'),
    dropIn('B.conf', '[A]\nx=t\n'),
  ];
  assert.deepEqual(
    joinDropIns(own, template).map(({ name, options: [first] }) => `${name} ${first?.value}`),
    ['B.conf t', 'b.conf own', 'c.conf t'],
  );
});

test('placement reads drop-ins after the file; an empty assignment takes back', () => {
  const placement = (...dropIns: ReturnType<typeof dropIn>[]) =>
    parsePlacement(withDropIns(options, dropIns), 'u.service');
  assert.deepEqual(placement(dropIn('1.conf', '[X-Fleet]\nConflicts=b*\n')).conflicts, ['a*', 'b*']);
  assert.deepEqual(placement(dropIn('1.conf', '[X-Fleet]\nConflicts=\nConflicts=b*\n')).conflicts, ['b*']);
  assert.equal(placement(dropIn('1.conf', '[X-Fleet]\nMachineID=m2\n')).machineID, 'm2');
  assert.equal(placement(dropIn('1.conf', '[X-Fleet]\nMachineID=\n')).machineID, undefined);
  const two = [dropIn('2.conf', '[X-Fleet]\nConflicts=late\n'), dropIn('1.conf', '[X-Fleet]\nConflicts=\n')];
  assert.deepEqual(placement(...two).conflicts, ['late']);
  assert.match(
    checkUnitBody({ options, dropIns: [dropIn('1.conf', '[X-Fleet]\nGlobal=true\n')] }) ?? '',
    /MachineID cannot be used with/,
  );
  const bad = { name: '1.conf', options: [{ section: 'A', name: 'b', value: 'c\nd' }] };
  assert.match(checkUnitBody({ options, dropIns: [bad] }) ?? '', /^drop-in 1\.conf: invalid value/);
});
