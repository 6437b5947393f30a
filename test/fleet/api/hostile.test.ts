// Bytes of all kinds at the API's sockets: always an answer of 4xx (or the right one), never a 500, never a
// connection closed without a word, and the same units afterwards.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { answersIn, type RawAnswer, send } from './raw.ts';
import { serve } from './serve.ts';

const options = [{ section: 'Service', name: 'ExecStart', value: '/bin/true' }];
const unit = '/fleet/v1/units/a.service';
const state = (word: string) => JSON.stringify({ desiredState: word });

const head = (method: string, path: string, ...lines: readonly string[]) =>
  `${[`${method} ${path} HTTP/1.1`, 'Host: x', ...lines].join('\r\n')}\r\n\r\n`;
const put = (body: string | Uint8Array, ...lines: readonly string[]) => {
  const bytes = Buffer.from(body);
  const length = `Content-Length: ${bytes.length}`;
  const type = 'Content-Type: application/json';
  return Buffer.concat([Buffer.from(head('PUT', unit, type, length, 'Connection: close', ...lines)), bytes]);
};
const chunked = (...lines: readonly string[]) =>
  head('PUT', unit, 'Content-Type: application/json', 'Transfer-Encoding: chunked', ...lines);
const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const close = 'Connection: close';

/** What is sent, and the statuses that answer it. */
const cases: readonly (readonly [string, string | Uint8Array, readonly number[]])[] = [
  ['no JSON', put('{"desiredState"'), [400]],
  ['an empty body', put(''), [400]],
  ['a list', put('[1]'), [400]],
  ['a number beyond all', put('1e999999'), [400]],
  ['100,000 lists in each other', put(nested(100_000)), [400]],
  ['a state of 100,000 lists', put(`{"desiredState":${nested(100_000)}}`), [400]],
  ['options of 100 lists', put(`{"options":${nested(100)}}`), [400]],
  ['NUL in a body', put('{"desiredState":"laun\0ched"}'), [400]],
  ['NUL in a value', put('{"options":[{"section":"a","name":"b","value":"\\u0000"}]}'), [400]],
  ['half a surrogate', put('{"desiredState":"\\ud800"}'), [400]],
  ['bytes that are no UTF-8', put(Buffer.from([0x22, 0xff, 0xfe, 0x22])), [400]],
  ['a name of a million characters', put(JSON.stringify({ name: 'a'.repeat(1e6) })), [400]],
  ['a state of a million characters', put(JSON.stringify({ desiredState: 'a'.repeat(1e6) })), [400]],
  ['a body of 3 MiB', put('x'.repeat(3 << 20)), [413]],
  [
    'a body of a terabyte, promised',
    head('PUT', unit, 'Content-Type: application/json', 'Content-Length: 1099511627776', close),
    [413],
  ],
  ['a body of 3 MiB in chunks', `${chunked(close)}${chunk('x'.repeat(3 << 20))}0\r\n\r\n`, [413]],
  ['a path of a million characters', head('GET', `/fleet/v1/units/${'a'.repeat(1e6)}`, close), [431]],
  ['a header of a million characters', head('GET', unit, `X: ${'a'.repeat(1e6)}`, close), [431]],
  [
    '10,000 headers',
    head('GET', unit, ...Array.from({ length: 10_000 }, (_, i) => `X${i}: y`), close),
    [431],
  ],
  ['a broken percent escape', head('GET', '/fleet/v1/units/%e0%a4%a', close), [400]],
  ['NUL in a path', head('GET', '/fleet/v1/units/\0', close), [400]],
  ['an encoded NUL', head('GET', '/fleet/v1/units/%00.service', close), [404]],
  ['no HTTP', 'hello\r\n\r\n', [400]],
  ['TLS to a plain socket', Buffer.from('16030100a5010000a10303', 'hex'), [400]],
  ['HTTP/2 without asking', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400]],
  ['no version', 'GET /\r\n\r\n', [405]],
  ['HTTP/1.0', `GET ${unit} HTTP/1.0\r\n\r\n`, [200]],
  ['an absolute target', head('GET', `http://x${unit}`, close), [200]],
  ['the target of everybody', head('OPTIONS', '*', close), [404]],
  ['a tunnel', head('CONNECT', 'x:1'), [405]],
  ['another protocol', head('GET', unit, 'Connection: Upgrade, close', 'Upgrade: websocket'), [200]],
  ['an unknown method', head('BREW', unit, close), [400]],
  ['two lengths', head('PUT', unit, 'Content-Length: 1', 'Content-Length: 2'), [400]],
  ['a length and chunks', head('PUT', unit, 'Content-Length: 1', 'Transfer-Encoding: chunked'), [400]],
  ['a negative length', head('PUT', unit, 'Content-Length: -1'), [400]],
  ['an unknown encoding', head('PUT', unit, 'Transfer-Encoding: gzip'), [400]],
  ['chunks of no length', `${chunked(close)}zz\r\n`, [400]],
  ['chunks', `${chunked(close)}${chunk('{"desired')}${chunk('State":"loaded"}')}0\r\n\r\n`, [204]],
  ['chunks with trailers', `${chunked(close)}${chunk(state('launched'))}0\r\nX: y\r\n\r\n`, [204]],
  ['an expectation', put(state('loaded'), 'Expect: 100-continue'), [100, 204]],
  ['an expectation that is refused', put(state('loaded'), 'Expect: 200-ok'), [417]],
  [
    'an expectation of too much',
    head('PUT', unit, 'Content-Type: application/json', 'Content-Length: 9999999', 'Expect: 100-continue'),
    [413],
  ],
  [
    'an expectation at the wrong place',
    head('PUT', '/nowhere', 'Content-Length: 9', 'Expect: 100-continue'),
    [404],
  ],
  [
    'three at once, the last one broken',
    `${head('GET', unit)}${head('GET', '/fleet/v1/units/none.service')}nonsense\r\n\r\n`,
    [200, 404, 400],
  ],
  [
    'one refused for its length, the next behind its body',
    Buffer.concat([
      Buffer.from(head('PUT', unit, 'Content-Type: application/json', `Content-Length: ${3 << 20}`)),
      Buffer.alloc(3 << 20, 'x'),
      Buffer.from(head('GET', unit, close)),
    ]),
    [413, 200],
  ],
];

function assertAnswers(what: string, text: string): RawAnswer[] {
  const answers = answersIn(text);
  assert.ok(answers.length > 0, `${what}: closed without an answer`);
  for (const { status, headers, body } of answers) {
    assert.ok(status < 500, `${what}: ${status} ${body}`);
    if (status >= 400 && body !== '') assert.equal(JSON.parse(body).error.code, status, what);
    if (status !== 100) assert.equal(headers.get('server'), 'fleetd/1', what);
  }
  return answers;
}

test('each kind of bad bytes has its answer', { timeout: 300_000 }, async () => {
  await using api = await serve();
  await api.ask('PUT', unit, { options });
  for (const [what, bytes, statuses] of cases) {
    const answers = assertAnswers(what, await send({ path: api.path }, bytes));
    assert.deepEqual(
      answers.map(({ status }) => status),
      statuses,
      `${what}: ${JSON.stringify(answers.map(({ body }) => body.slice(0, 200)))}`,
    );
  }
  const { body } = await api.ask('GET', '/fleet/v1/units');
  assert.deepEqual(
    Object(body).units.map(({ name }: { name: string }) => name),
    ['a.service'],
  );
  assert.deepEqual(api.internal, []);
});

test('whoever is slow is answered 408 and let go', { timeout: 120_000 }, async () => {
  await using api = await serve({}, { headMs: 300, requestMs: 600 });
  await api.ask('PUT', unit, { options });
  for (const [what, bytes] of [
    ['half a head', 'GET / HTTP/1.1\r\nHost: x\r\nX'],
    ['half a body', `${head('PUT', unit, 'Content-Type: application/json', 'Content-Length: 99')}{`],
    ['half a chunk', `${chunked()}20\r\nx`],
  ] as const) {
    const answers = assertAnswers(what, await send({ path: api.path }, bytes));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [408],
      what,
    );
  }
  assert.deepEqual(api.internal, []);
});

test('a connection that breaks off in the middle is nobody’s error', { timeout: 60_000 }, async () => {
  await using api = await serve();
  await api.ask('PUT', unit, { options });
  for (const bytes of ['GET', head('PUT', unit, 'Content-Length: 99'), `${chunked()}20\r\nx`]) {
    const socket = connect(api.port, '127.0.0.1');
    await new Promise((resolve) => socket.write(bytes, resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.resetAndDestroy();
    await closed;
  }
  assert.equal((await api.ask('GET', unit)).status, 200);
  assert.deepEqual(api.internal, []);
});

test('any bytes as a body', { timeout: 300_000 }, async () => {
  await using api = await serve();
  await api.ask('PUT', unit, { options });
  const path = fc.constantFrom(
    ...[
      unit,
      '/fleet/v1/units/b.service',
      '/fleet/v1/machines',
      '/fleet/v2/units',
      '/fleet/v2/machines/m1/drain',
    ],
  );
  const method = fc.constantFrom('PUT', 'POST', 'PATCH');
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json({ maxDepth: 80 }).map((text) => new TextEncoder().encode(text)),
  );
  await fc.assert(
    fc.asyncProperty(method, path, bytes, async (verb, target, body) => {
      const lines = ['Content-Type: application/json', `Content-Length: ${body.length}`, close];
      const sent = Buffer.concat([Buffer.from(head(verb, target, ...lines)), body]);
      assertAnswers(`${verb} ${target}`, await send({ path: api.path }, sent));
    }),
    { numRuns: 300, interruptAfterTimeLimit: 30_000, markInterruptAsFailure: false },
  );
  assert.equal((await api.ask('GET', unit)).status, 200);
  assert.deepEqual(api.internal, []);
});
