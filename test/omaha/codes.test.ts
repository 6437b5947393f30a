// Events, results, statuses and error codes, and the rules of HTTP.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  answerErrorCode,
  appStatuses,
  checkContentType,
  decodeErrorCode,
  describeErrorCode,
  describeEventResult,
  describeEventType,
  describeStatus,
  encodeErrorCode,
  errorCodes,
  eventResultOf,
  eventResults,
  eventTypes,
  httpErrorCode,
  httpStatusOf,
  meaningOf,
  serverInterval,
} from '../../src/omaha/index.ts';

for (const [name, number] of Object.entries(errorCodes)) {
  for (const flags of [[], ['custom server'], ['dev mode'], ['resumed download', 'test image']] as const) {
    test(`code ${name} ${flags.join(' + ')}`, () => {
      const reported = encodeErrorCode(number, flags);
      assert.ok(Number.isInteger(reported) && reported >= -(2 ** 31) && reported < 2 ** 31);
      const decoded = decodeErrorCode(reported);
      assert.equal(decoded.name, name);
      assert.deepEqual(new Set(decoded.flags), new Set(flags));
      // Unsigned, as some databases keep it, it is the same.
      assert.deepEqual(decodeErrorCode(reported >>> 0), decoded);
      assert.match(describeErrorCode(reported), new RegExp(`^${number} \\(${name}\\): .`));
    });
  }
}

test('a private server sees 34 + 2^28', () => {
  assert.equal(encodeErrorCode(34, ['custom server']), 268_435_490);
  assert.match(describeErrorCode(268_435_490), /^34 \(OmahaResponseInvalid\).*; custom server$/);
  assert.ok(encodeErrorCode(34, ['dev mode']) < 0);
});

for (const [status, code] of [
  [0, 2000],
  [200, 2200],
  [404, 2404],
  [503, 2503],
  [999, 2999],
  [1000, 2999],
  [-1, 2999],
  [Number.NaN, 2999],
] as const) {
  test(`HTTP ${status} → ${code}`, () => assert.equal(httpErrorCode(status), code));
}

test('codes of HTTP in words', () => {
  assert.equal(decodeErrorCode(2404).httpStatus, 404);
  assert.equal(decodeErrorCode(2999).httpStatus, undefined);
  assert.match(describeErrorCode(2503), /HTTP 503/);
  assert.match(describeErrorCode(2999), /no status/);
  assert.equal(describeErrorCode(77), '77: unknown');
});

test('results of events that report a code', () => {
  const deferred = Array.from({ length: 101 }, (_, code) => code).filter((code) => eventResultOf(code) === 9);
  assert.deepEqual(deferred, [35, 36, 40]);
  assert.equal(eventResultOf(0), 1);
  assert.equal(eventResultOf(2404), 0);
});

const meaningful: Readonly<Record<string, string>> = {
  '13/1': 'downloading',
  '14/1': 'downloaded',
  '800/1': 'installed',
  '3/1': 'applied',
  '3/2': 'complete',
  '3/0': 'failed',
};
for (const type of Object.values(eventTypes)) {
  test(`event ${type} with each result`, () => {
    for (const result of Object.values(eventResults)) {
      const meaning = meaningOf({ type, result, previousVersion: '1.2.3' });
      assert.equal(meaning, meaningful[`${type}/${result}`]);
    }
  });
}

for (const previousVersion of [undefined, '', '0.0.0.0']) {
  test(`3/2 from ${JSON.stringify(previousVersion)} means nothing`, () => {
    assert.equal(meaningOf({ type: 3, result: 2, previousVersion }), undefined);
  });
}

test('events in words', () => {
  assert.equal(describeEventType(13), 'update download started');
  assert.equal(describeEventType(4711), 'event 4711');
  assert.equal(describeEventResult(2), 'success reboot');
  assert.equal(describeEventResult(4711), 'result 4711');
});

test('every status has words', () => {
  for (const status of Object.values(appStatuses)) {
    if (status !== 'ok') assert.notEqual(describeStatus(status), status);
  }
  for (const status of ['error-new', 'constructor', '__proto__', 'toString', '']) {
    assert.equal(describeStatus(status), status);
  }
});

const types: readonly (readonly [value: string | undefined, ok: boolean])[] = [
  [undefined, true],
  ['', true],
  ['text/xml', true],
  ['text/XML', true],
  ['TEXT/xml', true],
  ['application/xml', true],
  ['Application/XML', true],
  ['text/xml; charset=utf-8', true],
  ['text/xml; charset=UTF-8', true],
  ['text/xml;charset="utf-8"', true],
  ['text/xml ; charset = Utf-8', true],
  ['text/xml; charset=""', true],
  ['text/xml; foo=bar', true],
  ['text/xml;', true],
  ['text/xml; charset=ascii', false],
  ['text/xml; charset=utf8', false],
  ['text/xml; charset=iso-8859-1', false],
  ['text/plain', false],
  ['text/html', false],
  ['application/json', false],
  ['application/x-www-form-urlencoded', false],
  ['xml', false],
  ['text/xml, text/xml', false],
  ['text/xml; charset', false],
  ['text/xml; charset=', false],
  ['text/xml; charset=utf-8;', true],
  ['text/xml; ;', false],
  ['text/xml;; charset=utf-8', false],
  ['text/xml; charset=utf-8; charset=utf-8', false],
  ['text/xml; charset=utf-8; CHARSET=ascii', false],
  ['text/xml; foo="a', false],
  ['text/xml; charset=utf-8 x', false],
  ["text/xml; charset='utf-8'", false],
  ['text /xml', false],
  ['application/soap+xml', false],
];
for (const [value, ok] of types) {
  test(`Content-Type ${value} is ${ok ? 'taken' : 'refused'}`, () => {
    if (ok) checkContentType(value);
    else assert.throws(() => checkContentType(value), { code: 'omaha.mediaType', http: 400 });
  });
}

for (const [statuses, http] of [
  [['ok'], 200],
  [['error-internal', 'ok'], 200],
  [['error-unknownApplication', 'ok'], 200],
  [['error-internal'], 500],
  [['error-internal', 'error-unknownApplication'], 500],
  [['error-unknownApplication', 'error-internal'], 400],
  [['error-invalidAppId'], 400],
  [['restricted'], 400],
  [[], 400],
] as const) {
  test(`apps of ${statuses.join(', ') || 'no status'} go out with HTTP ${http}`, () => {
    assert.equal(httpStatusOf({ apps: statuses.map((status) => ({ status, events: [] })) }), http);
  });
}

for (const [told, seconds] of [
  [undefined, undefined],
  [0, undefined],
  [2700, undefined],
  [2701, 2701],
  [7200, 7200],
  [14_400, 14_400],
  [14_401, 14_400],
  [1e9, 14_400],
  [Number.NaN, undefined],
] as const) {
  test(`PollInterval ${told} → every ${seconds ?? 'regular'} seconds`, () => {
    assert.equal(serverInterval(told)?.intervalSeconds, seconds);
    assert.equal(serverInterval(told)?.fuzzSeconds, seconds);
  });
}

test('errors of other rooms have no code here', () => {
  assert.equal(answerErrorCode(new Error('x')), undefined);
  assert.equal(answerErrorCode(undefined), undefined);
});
