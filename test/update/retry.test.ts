// Which mirror is next, and how long a download stays away: the whole table of events.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Offer } from '../../src/update/model.ts';
import {
  afterBytes,
  afterDownload,
  afterFailure,
  backoffLeftMs,
  freshRetry,
  payloadUrl,
  type RetryState,
  responseSignature,
  retryFor,
} from '../../src/update/retry.ts';

const offer: Offer = {
  version: '2.0.0',
  codebases: ['https://one.example/2/', 'https://two.example/2', 'https://three.example/2/'],
  packageName: 'update.gz',
  sizeBytes: 1000,
  sha256: 'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=',
  isDelta: false,
  disablePayloadBackoff: false,
  maxFailureCountPerUrl: 3,
};
const day = 86_400_000;
const hour = 3_600_000;
const nowMs = 1_800_000_000_000;
const middle = { nowMs, random: () => 0.5 };
const start = retryFor(freshRetry, offer, nowMs);
const at = (urlIndex: number, failureCount: number, attempt = 0): RetryState => ({
  ...start,
  ...{ urlIndex, failureCount, attempt },
});

const mirror = [10, 11, 12, 17, 18, 21, 22, 23, 24, 25, 26, 27, 28, 29, 32, 33, 38, 39];
for (const code of mirror) {
  test(`code ${code} blames the mirror: the next one, whose failures are not counted yet`, () => {
    assert.deepEqual(afterFailure(at(0, 2), offer, code, middle), at(1, 0));
  });
}
for (const code of [1, 9, 14, 20, 37, 2000, 2404, 2500, 2503, 2999]) {
  test(`code ${code} is counted, and the third one leads to the next mirror`, () => {
    assert.deepEqual(afterFailure(at(0, 0), offer, code, middle), at(0, 1));
    assert.deepEqual(afterFailure(at(0, 1), offer, code, middle), at(0, 2));
    assert.deepEqual(afterFailure(at(0, 2), offer, code, middle), at(1, 0));
  });
}
for (const code of [0, 2, 3, 4, 5, 6, 7, 8, 13, 15, 16, 19, 30, 31, 34, 35, 36, 40, 41, 42, 43, 44, 100]) {
  test(`code ${code} says nothing about mirrors`, () => {
    const state = at(1, 2);
    assert.equal(afterFailure(state, offer, code, middle), state);
  });
}

test('past the last mirror it begins again, a day later', () => {
  const state = afterFailure(at(2, 0), offer, 10, middle);
  assert.deepEqual(state, { ...at(0, 0, 1), backoffUntilMs: nowMs + day });
});

test('each time around the wait doubles, up to sixteen days', () => {
  const days: number[] = [];
  let state: RetryState = start;
  for (let round = 0; round < 7; round++) {
    for (let url = 0; url < 3; url++) state = afterFailure(state, offer, 18, middle);
    days.push((state.backoffUntilMs - nowMs) / day);
  }
  assert.deepEqual(days, [1, 2, 4, 8, 16, 16, 16]);
  assert.equal(state.attempt, 7);
});

test('the wait has six hours to either side', () => {
  const wait = (random: number) =>
    afterFailure(at(2, 0), offer, 10, { nowMs, random: () => random }).backoffUntilMs - nowMs;
  assert.equal(wait(0), day - 6 * hour);
  assert.equal(wait(1 - Number.EPSILON), day + 6 * hour);
});

test('a payload that came whole counts as an attempt, a delta does not', () => {
  assert.deepEqual(afterDownload(at(1, 0), offer, middle), { ...at(1, 0, 1), backoffUntilMs: nowMs + day });
  const delta = { ...offer, isDelta: true };
  assert.deepEqual(afterDownload(at(1, 0), delta, middle), at(1, 0));
  assert.deepEqual(afterFailure(at(2, 0), delta, 10, middle), at(0, 0));
});

test('bytes that come forgive the mirror', () => {
  assert.deepEqual(afterBytes(at(1, 2)), at(1, 0));
  const clean = at(1, 0);
  assert.equal(afterBytes(clean), clean);
});

test('who wants no backoff gets none', () => {
  const free = { ...offer, disablePayloadBackoff: true };
  const state = afterFailure(at(2, 0), free, 10, middle);
  assert.equal(state.attempt, 1);
  assert.equal(state.backoffUntilMs, 0);
  const waits = { ...start, backoffUntilMs: nowMs + day };
  assert.equal(backoffLeftMs(waits, free, nowMs), 0);
  assert.equal(backoffLeftMs(waits, { ...offer, isDelta: true }, nowMs), 0);
  assert.equal(backoffLeftMs(waits, offer, nowMs), day);
  assert.equal(backoffLeftMs(waits, offer, nowMs + day), 0);
});

test('a maximum of 0 or 1 failures leads on at the first one', () => {
  for (const maxFailureCountPerUrl of [0, 1]) {
    assert.deepEqual(afterFailure(at(0, 0), { ...offer, maxFailureCountPerUrl }, 9, middle), at(1, 0));
  }
});

const changes: readonly (readonly [string, Partial<Offer>])[] = [
  ['a mirror more', { codebases: [...offer.codebases, 'https://four.example/'] }],
  ['a mirror less', { codebases: offer.codebases.slice(1) }],
  ['mirrors in another order', { codebases: offer.codebases.toReversed() }],
  ['another name', { packageName: 'other.gz' }],
  ['another size', { sizeBytes: 1001 }],
  ['another hash', { sha256: 'AAAA' }],
  ['delta', { isDelta: true }],
  ['another maximum', { maxFailureCountPerUrl: 10 }],
  ['no backoff', { disablePayloadBackoff: true }],
];
for (const [name, change] of changes) {
  test(`another answer starts from nothing: ${name}`, () => {
    const tired = { ...at(2, 2, 5), backoffUntilMs: nowMs + 16 * day };
    const other = { ...offer, ...change };
    const fresh = retryFor(tired, other, nowMs);
    assert.deepEqual(fresh, { ...freshRetry, signature: responseSignature(other) });
  });
}

test('the same answer goes on where it was, also under another version', () => {
  const tired = { ...at(2, 2, 5), backoffUntilMs: nowMs + 16 * day };
  assert.equal(retryFor(tired, { ...offer, version: '3.0.0' }, nowMs), tired);
});

test('an index that no mirror has starts from nothing', () => {
  assert.deepEqual(retryFor(at(3, 1, 2), offer, nowMs), start);
});

test('a wait that only a clock set back explains is dropped', () => {
  const state = { ...at(0, 0, 9), backoffUntilMs: nowMs + 400 * day };
  assert.equal(retryFor(state, offer, nowMs).backoffUntilMs, 0);
  assert.equal(retryFor(state, offer, nowMs).attempt, 9);
});

test('codebase and name make one URL, with one slash between', () => {
  assert.equal(payloadUrl('https://a.example/b/', offer), 'https://a.example/b/update.gz');
  assert.equal(payloadUrl('https://a.example/b', offer), 'https://a.example/b/update.gz');
});

test('the signature is the text that the field keeps', () => {
  assert.equal(
    responseSignature({ ...offer, codebases: ['https://one.example/'] }),
    'NumURLs = 1\nUrl0 = https://one.example/update.gz\nPayload Size = 1000\n' +
      'Payload Sha256 Hash = q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=\nIs Delta Payload = 0\n' +
      'Max Failure Count Per Url = 3\nDisable Payload Backoff = 0\n',
  );
});
