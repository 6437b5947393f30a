// [X-Fleet] options that fleet did not have: read, stored and read again, refused with a reason.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { meetsRule, parseMetadataCondition, showRule } from '../../src/fleet/machine-metadata.ts';
import { parsePlacement } from '../../src/fleet/placement.ts';
import { readUnit, writeUnit } from '../../src/fleet/registry/records.ts';
import { checkUnitOptions } from '../../src/fleet/unit-rules.ts';

const fleet = (...lines: string[]) =>
  lines.map((line) => {
    const at = line.indexOf('=');
    return { section: 'X-Fleet', name: line.slice(0, at), value: line.slice(at + 1) };
  });

test('conditions on metadata: each form, and what a machine must have', () => {
  const met = (text: string, metadata: Record<string, string>) => {
    const condition = parseMetadataCondition(text);
    assert.ok(condition !== undefined && condition.kind !== 'equal', text);
    return meetsRule(condition, metadata);
  };
  assert.deepEqual(parseMetadataCondition('disk=ssd'), { kind: 'equal', key: 'disk', value: 'ssd' });
  assert.equal(met('rack!=r7', { rack: 'r7' }), false);
  assert.equal(met('rack!=r7', { rack: 'r8' }), true);
  assert.equal(met('rack!=r7', {}), true);
  assert.equal(met('zone in (a, b)', { zone: 'b' }), true);
  assert.equal(met('zone in (a, b)', { zone: 'c' }), false);
  assert.equal(met('zone in (a, b)', {}), false);
  assert.equal(met('zone notin (a, b)', { zone: 'c' }), true);
  assert.equal(met('zone not in (a,b)', { zone: 'a' }), false);
  assert.equal(met('cores>=8', { cores: '8' }), true);
  assert.equal(met('cores>=8', { cores: '16' }), true);
  assert.equal(met('cores > 8', { cores: '8' }), false);
  assert.equal(met('cores<8', { cores: '10' }), false);
  assert.equal(met('cores<=8', { cores: 'many' }), false);
  assert.equal(met('cores<=8', { cores: '' }), false);
  for (const nothing of ['disk', 'a=b=c', '=x', 'x=', 'cores>=many', 'zone in ()', 'zone in a', '']) {
    assert.equal(parseMetadataCondition(nothing), undefined, nothing);
  }
});

test('the options are read from a section, stored, and come back the same', () => {
  const placement = parsePlacement(
    fleet(
      'MachineMetadata=disk=ssd',
      'MachineMetadata="rack!=r7" "zone in (a, b)"',
      'MachineMetadata=cores>=4',
      'SpreadOver=rack MachineID',
      'MaxPerMachine=2',
      'Weight=5',
      'ReserveMemory=1.5G',
      'ReserveCPU=150%',
    ),
    'web@1.service',
  );
  assert.deepEqual(placement.metadataRules?.map(showRule), ['rack!=r7', 'zone in (a, b)', 'cores>=4']);
  assert.deepEqual([...placement.machineMetadata], [['disk', ['ssd']]]);
  assert.deepEqual(placement.spreadOver, ['rack', 'MachineID']);
  const { maxPerMachine, weight, memoryBytes, cpuMillis } = placement;
  assert.deepEqual(
    { maxPerMachine, weight, memoryBytes, cpuMillis },
    {
      maxPerMachine: 2,
      weight: 5,
      memoryBytes: 1.5 * 1024 ** 3,
      cpuMillis: 1500,
    },
  );
  const record = { hash: 'h', desiredState: 'launched' as const, placement };
  assert.deepEqual(readUnit(writeUnit(record)), record);
});

test('an amount that is none is refused with what was expected', () => {
  assert.equal(
    checkUnitOptions(fleet('ReserveMemory=lots')),
    'invalid value "lots" of ReserveMemory: expected an amount of memory, such as 512M or 2G',
  );
  assert.match(
    checkUnitOptions(fleet('MaxPerMachine=0')) ?? '',
    /MaxPerMachine: expected a whole number from 1/,
  );
  assert.match(checkUnitOptions(fleet('Weight=-1')) ?? '', /Weight/);
  assert.match(checkUnitOptions(fleet('ReserveCPU=x')) ?? '', /ReserveCPU/);
  assert.equal(checkUnitOptions(fleet('ReserveCPU=0.5', 'Weight=0', 'ReserveMemory=%iM')), undefined);
});
