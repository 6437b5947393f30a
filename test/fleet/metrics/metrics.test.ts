import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiHandler } from '../../../src/fleet/api/handler.ts';
import { routeOf } from '../../../src/fleet/metrics/api.ts';
import { Exposition } from '../../../src/fleet/metrics/exposition.ts';
import type { HttpRequest } from '../../../src/http/index.ts';
import { service, TestCluster } from '../cluster/nodes.ts';
import { parseMetrics } from './parse.ts';

test('whatever is in a label or a help, the text can be read', () => {
  const metrics = new Exposition();
  const counter = metrics.counter('a_total', 'A "help"\nwith \\ all.', { kind: 'none' });
  counter.add({ kind: 'a"b\\c\nd,e="f"}' }, 2);
  const histogram = metrics.histogram('b_seconds', 'Times.');
  for (const seconds of [0, 0.001, 0.3, 11, 1e9]) histogram.observe(seconds, { ops: 'x' });
  metrics.read('gauge', 'c', 'Odd.', () => Number.NaN);
  metrics.read('gauge', 'd', 'Absent.', () => undefined);
  metrics.read('gauge', 'e', 'Large.', () => 1e300);
  const families = parseMetrics(metrics.text());
  assert.deepEqual([...families.keys()], ['a_total', 'b_seconds', 'c', 'e']);
  assert.deepEqual(
    families.get('a_total')?.samples.map(({ labels, value }) => [labels.kind, value]),
    [
      ['none', 0],
      ['a"b\\c\nd,e="f"}', 2],
    ],
  );
  const buckets = new Map(
    families.get('b_seconds')?.samples.map(({ name, labels, value }) => [labels.le ?? name, value]),
  );
  assert.deepEqual([buckets.get('0.001'), buckets.get('0.5'), buckets.get('+Inf')], [2, 3, 5]);
  assert.equal(buckets.get('b_seconds_count'), 5);
});

test('the reader is strict', () => {
  const head = '# HELP a b\n# TYPE a counter\n';
  for (const bad of [
    'a 1\n',
    `${head}`,
    `${head}a 1`,
    `${head}a 1\na 1\n`,
    `${head}b 1\n`,
    `${head}a{x=1} 1\n`,
    `${head}a -1\n`,
    `${head}a one\n`,
    `# HELP a b\n# TYPE a histogram\na_bucket{le="1"} 1\na_sum 1\na_count 1\n`,
  ]) {
    assert.throws(() => parseMetrics(bad), Error, bad);
  }
});

test('routes are of a fixed set, whatever is asked for', () => {
  assert.equal(routeOf('/fleet/v1/units'), '/fleet/v1/units');
  assert.equal(routeOf('/fleet/v1/units/a.service'), '/fleet/v1/units/{name}');
  assert.equal(routeOf('/v1-alpha/state/%00'), '/v1-alpha/state/{name}');
  assert.equal(routeOf('/fleet/v2/units/a.service/why'), '/fleet/v2/units/{name}');
  assert.equal(routeOf('/metrics'), '/metrics');
  for (const odd of [
    '/',
    '/x',
    '/fleet/v3/units',
    '/fleet/v1/secrets',
    '/fleet/v1/units2',
    '//fleet/v1/units',
  ]) {
    assert.equal(routeOf(odd), 'other', odd);
  }
});

test('a daemon tells all that fleet had names for, and what is so', { timeout: 60_000 }, async () => {
  await using cluster = await TestCluster.start(['m1']);
  const { services } = cluster.node('m1');
  const read = async () => parseMetrics(await services.api.metrics());
  const value = async (name: string, labels: object = {}) =>
    (await read())
      .get(name)
      ?.samples.find((sample) => JSON.stringify(sample.labels) === JSON.stringify(labels))?.value;
  await cluster.change(service('a.service'), service('b.service'));
  await cluster.until(async () => (await value('fleet_agent_units')) === 2, 'it has both');
  const types = {
    fleet_engine_leader_start_time: 'gauge',
    fleet_engine_task_count_total: 'counter',
    fleet_engine_task_failure_count_total: 'counter',
    fleet_engine_reconcile_count_total: 'counter',
    fleet_engine_reconcile_failure_count_total: 'counter',
    fleet_engine_reconcile_duration_second: 'histogram',
    fleet_registry_operation_count_total: 'counter',
    fleet_registry_operation_failed_count_total: 'counter',
    fleet_registry_operation_duration_second: 'histogram',
    fleet_registry_watch_restarts_total: 'counter',
    fleet_engine_decisions_total: 'counter',
    fleet_agent_units_wanted: 'gauge',
    fleet_agent_units_failing: 'gauge',
    fleet_lease_remaining_seconds: 'gauge',
    fleet_registered: 'gauge',
    process_cpu_seconds_total: 'counter',
    process_resident_memory_bytes: 'gauge',
    process_start_time_seconds: 'gauge',
    nodejs_heap_size_used_bytes: 'gauge',
    nodejs_eventloop_lag_seconds: 'gauge',
    nodejs_eventloop_utilization: 'gauge',
  };
  const families = await read();
  for (const [name, type] of Object.entries(types)) assert.equal(families.get(name)?.type, type, name);
  assert.equal(await value('fleet_engine_decisions_total', { kind: 'place' }), 2);
  assert.equal(await value('fleet_engine_task_count_total', { type: 'attemptscheduleunit' }), 2);
  assert.ok(((await value('fleet_engine_reconcile_count_total')) ?? 0) >= 1);
  assert.ok(((await value('fleet_registry_operation_count_total', { type: 'set' })) ?? 0) >= 2);
  assert.ok(((await value('fleet_registry_operation_count_total', { type: 'lease' })) ?? 0) >= 1);
  const left = (await value('fleet_lease_remaining_seconds')) ?? 0;
  assert.ok(left <= 2, String(left));
  assert.equal(await value('fleet_registered'), 1);
  const since = (await value('fleet_engine_leader_start_time')) ?? 0;
  assert.ok(Math.abs(since - Date.now() / 1000) < 60);
  services.reconfigure({ ttlMs: 2000, tokenLimit: 100, disableEngine: true });
  await cluster.until(
    async () => (await value('fleet_engine_leader_start_time')) === undefined,
    'it leads no more',
  );
});

test('requests are counted by route and code, with as many series as there are routes', async () => {
  await using cluster = await TestCluster.start(['m1']);
  const { services } = cluster.node('m1');
  const handler = apiHandler(services.api);
  const ask = async (method: string, path: string) => {
    const request: HttpRequest = {
      ...{ method, path, query: new URLSearchParams(), signal: new AbortController().signal },
      ...{ header: () => [], text: async () => '' },
    };
    await Promise.resolve(handler(request)).catch(() => {});
  };
  for (let index = 0; index < 50; index++) await ask('GET', `/fleet/v1/units/u${index}.service`);
  for (let index = 0; index < 50; index++) await ask(`M${index}`, `/x${index}`);
  await ask('GET', '/fleet/v1/machines');
  const samples = parseMetrics(await services.api.metrics()).get('fleet_api_requests_total')?.samples ?? [];
  const told = samples.map(({ labels, value }) =>
    [labels.method, labels.route, labels.code, value].join(' '),
  );
  assert.deepEqual(told.sort(), [
    'GET /fleet/v1/machines 200 1',
    'GET /fleet/v1/units/{name} 404 50',
    'other other 404 50',
  ]);
});
