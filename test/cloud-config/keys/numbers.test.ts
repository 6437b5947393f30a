// Numbers as environment: Go's forms, and what YAML reads as a number.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shortestFloat, wholeNumber } from '../../../src/cloud-config/keys/number.ts';
import { lines, planOf } from '../planning.ts';

const environmentOf = async (section: string, options: string) => {
  const plan = await planOf(`coreos: {${section}: {${options}}}`);
  const file = plan.operations.find((operation) => 'content' in operation);
  const content = file !== undefined && 'content' in file ? String(file.content) : '';
  return [...content.matchAll(/^Environment="(.*)"$/gm)].map(([, assignment]) => assignment);
};

test('floats are written as Go writes them', () => {
  const forms: readonly (readonly [number, string])[] = [
    [2.5, '2.5'],
    [15, '15'],
    [0.1, '0.1'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [100_000, '100000'],
    [999_999, '999999'],
    [1_000_000, '1e+06'],
    [1_234_567.5, '1.2345675e+06'],
    [1e21, '1e+21'],
    [1e-100, '1e-100'],
    [-3.25, '-3.25'],
    [0, '0'],
  ];
  for (const [value, text] of forms) assert.equal(shortestFloat(value), text);
  assert.equal(wholeNumber(1.9), '1');
  assert.equal(wholeNumber(-1.9), '-1');
  assert.equal(wholeNumber(2 ** 53), '9007199254740992');
});

test('whole numbers in every base, fractions cut off with a warning', async () => {
  for (const [written, value] of [
    ['0x10', '16'],
    ['0b11', '3'],
    ['010', '8'],
    ['1_000', '1000'],
    ['-5', '-5'],
    ['2.0', '2'],
  ] as const) {
    assert.deepEqual(
      await environmentOf('etcd2', `max_wals: ${written}`),
      [`ETCD_MAX_WALS=${value}`],
      written,
    );
  }
  assert.deepEqual(await environmentOf('etcd2', 'max_wals: 1.9'), ['ETCD_MAX_WALS=1']);
  assert.deepEqual(lines(await planOf('coreos: {etcd2: {max_wals: 1.9}}')), [
    'line 2: warning: incorrect type for "max_wals" (want int)',
  ]);
});

test('whole numbers are floats where floats are wanted; texts keep their text', async () => {
  assert.deepEqual(
    await environmentOf('fleet', 'etcd_request_timeout: 15, engine_reconcile_interval: 2000000'),
    ['FLEET_ENGINE_RECONCILE_INTERVAL=2e+06', 'FLEET_ETCD_REQUEST_TIMEOUT=15'],
  );
  assert.deepEqual(await environmentOf('etcd2', 'name: 0x10, data_dir: yes, cors: 1.50'), [
    'ETCD_CORS=1.50',
    'ETCD_DATA_DIR=yes',
    'ETCD_NAME=0x10',
  ]);
});

test('a value of another type is left out with a warning', async () => {
  for (const wrong of ['debug: "true"', 'debug: 1', 'max_wals: "5"', 'max_wals: true', 'name: [a]']) {
    const plan = await planOf(`coreos: {etcd2: {${wrong}}}`);
    assert.match(lines(plan)[0] ?? '', /warning: incorrect type for "(debug|max_wals|name)"/, wrong);
    assert.deepEqual(plan.operations, [], wrong);
  }
});

test('values that a service will refuse are told, and written', async () => {
  for (const [section, option, value] of [
    ['etcd2', 'proxy', 'no'],
    ['locksmith', 'window_start', '25:00'],
    ['locksmith', 'window_start', '4'],
    ['locksmith', 'window_length', '1.5'],
  ] as const) {
    const plan = await planOf(`coreos: {${section}: {${option}: ${value}}}`);
    assert.deepEqual(lines(plan), [`line 2: error: invalid value ${value}`]);
    assert.ok(plan.findings.every(({ dropped }) => !dropped));
    assert.equal((await environmentOf(section, `${option}: ${value}`)).length, 1);
  }
  for (const good of [
    'window_start: Thu 04:00',
    'window_start: sun 00004:9',
    'window_start: 23:59',
    'window_length: 1h30m',
    'window_length: -.5h',
    'window_length: h',
  ]) {
    assert.deepEqual(lines(await planOf(`coreos: {locksmith: {${good}}}`)), [], good);
  }
});

test('a long window is judged at once', { timeout: 10_000 }, async () => {
  const plan = await planOf(`coreos: {locksmith: {window_length: "${'a'.repeat(100_000)}!"}}`);
  assert.equal(plan.findings.length, 1);
});

test('a line break at the end of a block is no part of a value', async () => {
  const plan = await planOf('coreos:\n  etcd2:\n    initial_cluster: |\n      a=http://x,b=http://y\n');
  assert.deepEqual(plan.findings, []);
  const file = plan.operations[0];
  assert.match(String(file !== undefined && 'content' in file && file.content), /b=http:\/\/y"\n$/);
});
