import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderTable } from '../../src/cli/index.ts';

test('columns end on multiples of eight, filled with tabs; the last one by nothing', () => {
  const text = renderTable({
    header: ['UNIT', 'MACHINE', 'ACTIVE'],
    rows: [
      ['a.service', '0a1b2c3d.../10.1.0.7', 'active'],
      ['eight.so', '-', 'failed'],
    ],
  });
  assert.equal(
    text,
    'UNIT\t\tMACHINE\t\t\tACTIVE\na.service\t0a1b2c3d.../10.1.0.7\tactive\neight.so\t-\t\t\tfailed\n',
  );
});

test('an empty list is its header; without legend it is nothing', () => {
  assert.equal(renderTable({ header: ['UNIT'], rows: [] }), 'UNIT\n');
  assert.equal(renderTable({ header: ['UNIT'], rows: [], noLegend: true }), '');
});
