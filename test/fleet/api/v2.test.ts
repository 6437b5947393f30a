import assert from 'node:assert/strict';
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { serve } from './serve.ts';

const options = [{ section: 'Service', name: 'ExecStart', value: '/bin/true' }];

test('a batch is applied unit by unit, instances from their template', async () => {
  await using api = await serve();
  const post = async (...units: readonly unknown[]) =>
    Object((await api.ask('POST', '/fleet/v2/units', { units })).body).results;
  assert.deepEqual(
    await post(
      { name: 't@.service', options },
      { name: 'bad name.service', options },
      { name: 'none.service', desiredState: 'launched' },
    ),
    [
      { name: 't@.service', outcome: 'created' },
      {
        name: 'bad name.service',
        outcome: 'refused',
        code: 400,
        message: "invalid character ' ' in unit name",
      },
      {
        name: 'none.service',
        outcome: 'refused',
        code: 409,
        message: 'unit does not exist and options field empty',
      },
    ],
  );
  const many = Array.from({ length: 300 }, (_, i) => ({ name: `t@${i}.service`, desiredState: 'launched' }));
  const results = await post(...many);
  assert.equal(results.filter((result: { outcome: string }) => result.outcome === 'created').length, 300);
  assert.deepEqual(
    await post(
      { name: 't@1.service', desiredState: 'launched' },
      { name: 't@1.service', desiredState: 'loaded' },
    ),
    [
      { name: 't@1.service', outcome: 'unchanged' },
      { name: 't@1.service', outcome: 'changed' },
    ],
  );
  const { units } = Object((await api.ask('GET', '/fleet/v2/units?name=t@1.service')).body);
  assert.equal(units.length, 1);
  assert.equal(units[0].desiredState, 'loaded');
  const gone = await api.ask('DELETE', '/fleet/v2/units?name=t@1.service&name=x.service');
  assert.deepEqual(
    Object(gone.body).results.map((result: { outcome: string }) => result.outcome),
    ['changed', 'refused'],
  );
});

test('events tell what is, then what changes', async () => {
  await using api = await serve();
  await api.ask('PUT', '/fleet/v1/units/a.service', { options });
  const stream = request({ socketPath: api.path, path: '/fleet/v2/events?name=a.service&name=b.service' });
  const { promise, resolve } = Promise.withResolvers<NodeJS.ReadableStream>();
  stream.on('response', resolve);
  stream.on('error', () => {});
  stream.end();
  const lines = createInterface({ input: await promise })[Symbol.asyncIterator]();
  const next = async () => {
    for (;;) {
      const event = Object(JSON.parse((await lines.next()).value ?? '{}'));
      if (event.type !== 'bookmark') return event;
    }
  };
  const first = await next();
  assert.equal(`${first.type} ${first.unit?.name ?? first.name}`, 'unit a.service');
  const second = await next();
  assert.equal(`${second.type} ${second.name}`, 'unit-removed b.service');
  assert.equal((await next()).type, 'synced');
  await api.ask('PUT', '/fleet/v1/units/a.service', { desiredState: 'launched' });
  const changed = await next();
  assert.equal(changed.unit.desiredState, 'launched');
  await api.ask('PUT', '/fleet/v1/units/other.service', { options });
  await api.ask('DELETE', '/fleet/v1/units/a.service');
  const removed = await next();
  assert.equal(`${removed.type} ${removed.name}`, 'unit-removed a.service');
  stream.destroy();
});
