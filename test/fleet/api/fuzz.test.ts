// Whatever is sent to the API: an answer that is no 500, and units that can still be read, changed and removed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { serve } from './serve.ts';

const runs = { numRuns: 400, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false };

const nasty = fc.constantFrom(
  '',
  '.',
  '..',
  '../../etc/passwd',
  'a.service',
  'a@.service',
  'a@b.service',
  'a/b.service',
  '__proto__',
  '__proto__.service',
  'constructor.service',
  'a\0.service',
  `${'a'.repeat(300)}.service`,
  '-.slice',
  'ü.service',
  'a.service\n',
  '\ud800.service',
);
const text = fc.oneof(nasty, fc.string({ maxLength: 20 }), fc.string({ unit: 'binary', maxLength: 10 }));
const name = fc.oneof(
  text,
  text.map((stem) => `${stem}.service`),
);
const state = fc.oneof(fc.constantFrom('inactive', 'loaded', 'launched'), fc.jsonValue());
const option = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      section: fc.constantFrom('Unit', 'Service', 'X-Fleet', 'Install'),
      name: fc.constantFrom(
        'ExecStart',
        'Conflicts',
        'MachineOf',
        'MachineMetadata',
        'Global',
        'MachineID',
        'Replaces',
      ),
      value: text,
    }),
  },
  { weight: 1, arbitrary: fc.record({ section: text, name: text, value: text }) },
  { weight: 1, arbitrary: fc.jsonValue() },
);
const options = fc.oneof(fc.array(option, { maxLength: 5 }), fc.jsonValue());
const unit = fc.record(
  { name: fc.oneof(name, fc.jsonValue()), options, desiredState: state, replace: fc.jsonValue() },
  { requiredKeys: [] },
);
const body = fc.oneof(
  { weight: 3, arbitrary: unit },
  { weight: 3, arbitrary: fc.record({ units: fc.oneof(fc.array(unit, { maxLength: 5 }), fc.jsonValue()) }) },
  { weight: 1, arbitrary: fc.jsonValue() },
);
const raw = fc.oneof(
  { weight: 6, arbitrary: body.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.string({ maxLength: 30 }) },
);
const encoded = fc.oneof(
  { weight: 4, arbitrary: name.map((word) => encodeURIComponent(word.toWellFormed())) },
  { weight: 1, arbitrary: fc.constantFrom('%', '%zz', '%00', '%ff', '%2e%2e', '%2f') },
);
const path = fc.oneof(
  encoded.map((word) => `/fleet/v1/units/${word}`),
  encoded.map((word) => `/fleet/v1/state/${word}`),
  encoded.map((word) => `/fleet/v2/machines/${word}`),
  encoded.map((word) => `/fleet/v2/units?name=${word}`),
  encoded.map((word) => `/fleet/v1/units?nextPageToken=${word}`),
  encoded.map((word) => `/${word}`),
  fc.constantFrom(
    '/fleet/v1/machines',
    '/fleet/v2/units',
    '/fleet/v2/units?dryRun=1',
    '/fleet/v2/status',
    '/fleet/v1/discovery',
    '/metrics',
  ),
);
const method = fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS');

test('no request is answered with 500, and none leaves a unit that cannot be handled', {
  timeout: 120_000,
}, async () => {
  await using api = await serve();
  await fc.assert(
    fc.asyncProperty(method, path, raw, async (verb, target, sent) => {
      const answer = await api.ask(verb, target, verb === 'GET' || verb === 'HEAD' ? undefined : sent);
      assert.ok(answer.status < 500, `${verb} ${target} ${sent}: ${answer.status} ${answer.text}`);
      assert.deepEqual(api.internal.splice(0), []);
    }),
    runs,
  );
  assert.equal((await api.ask('GET', '/fleet/v1/units')).status, 200);
  assert.equal((await api.ask('GET', '/fleet/v1/state')).status, 200);
});

test('a unit that was taken is listed, read, changed and removed, whatever it is called', {
  timeout: 120_000,
}, async () => {
  await using api = await serve();
  await fc.assert(
    fc.asyncProperty(name, fc.array(option, { maxLength: 4 }), fc.boolean(), async (word, list, second) => {
      const wellFormed = word.toWellFormed();
      const target = `/fleet/v1/units/${encodeURIComponent(wellFormed)}`;
      const unit = { name: wellFormed, options: list, desiredState: 'launched' };
      const made = second
        ? await api.ask('POST', '/fleet/v2/units', { units: [unit] })
        : await api.ask('PUT', target, unit);
      assert.ok(made.status < 500, `${made.text} ${String(api.internal.at(-1))}`);
      const read = await api.ask('GET', target);
      if (read.status !== 200) return;
      assert.equal((await api.ask('PUT', target, { desiredState: 'loaded' })).status, 204);
      const listed = await api.ask('GET', `/fleet/v2/units?name=${encodeURIComponent(wellFormed)}`);
      assert.match(listed.text, /"desiredState":"loaded"/);
      assert.equal((await api.ask('DELETE', target)).status, 204);
      assert.equal((await api.ask('GET', target)).status, 404);
    }),
    runs,
  );
  assert.deepEqual(api.internal, []);
});
