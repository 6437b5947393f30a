// XML that means harm: bounds hold, time stays linear, and nothing but our own errors comes out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { omahaErrors, readRequest, readResponse, updateOffer } from '../../src/omaha/index.ts';
import * as samples from './samples.ts';

const head = '<request protocol="3.0">';

test('a billion laughs', () => {
  const entities = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`);
  const text = `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY l0 "lol">${entities.join('')}]><request protocol="&l9;"/>`;
  assert.throws(() => readRequest(text), { code: 'omaha.malformed', message: /document type/ });
});

test('a bound is a parameter', () => {
  const text = `${head}<!--${' '.repeat(70_000)}--></request>`;
  assert.equal(readRequest(text).apps.length, 0);
  assert.throws(() => readRequest(text, { maxBytes: 65_536 }), {
    code: 'omaha.tooLarge',
    message: /at most 65536/,
  });
  assert.throws(() => readResponse(Buffer.alloc(2 ** 20 + 1, ' ')), { code: 'omaha.tooLarge' });
});

test('bytes count, not characters', () => {
  const text = `${head}<!--${'Ω'.repeat(100)}--></request>`;
  assert.throws(() => readRequest(text, { maxBytes: text.length + 50 }), { code: 'omaha.tooLarge' });
});

test('elements as deep as the document allows', () => {
  const text = `${head}${'<a>'.repeat(300_000)}`;
  assert.throws(() => readRequest(text), { code: 'omaha.tooLarge', message: /32 levels/ });
});

test('elements as many as the document allows', () => {
  const text = `${head}${'<app/>'.repeat(100_000)}</request>`;
  assert.throws(() => readRequest(text), { code: 'omaha.tooLarge', message: /20000 elements/ });
});

test('attributes as many as the document allows', () => {
  const names = Array.from({ length: 100_000 }, (_, i) => `a${i}=""`).join(' ');
  assert.throws(() => readRequest(`${head}<app ${names}/></request>`), {
    code: 'omaha.tooLarge',
    message: /256 attributes/,
  });
});

test('an attribute as long as the document allows', () => {
  const track = 'x'.repeat(900_000);
  assert.equal(readRequest(`${head}<app track="${track}"/></request>`).apps[0]?.track, track);
});

test('an event count of thousands is read', () => {
  const text = `${head}<app>${'<event eventtype="1"/>'.repeat(10_000)}</app></request>`;
  assert.equal(readRequest(text).apps[0]?.events.length, 10_000);
});

test('names that belong to prototypes', () => {
  const text = `${head}<app __proto__="x" constructor="y" toString="z" hasOwnProperty="q"><__proto__ a="b"/><constructor/></app></request>`;
  assert.equal(readRequest(text).apps.length, 1);
  assert.equal(Reflect.get({}, 'a'), undefined);
  assert.equal(Object.keys(Object.prototype).length, 0);
});

test('errors quote only a little of what they got', () => {
  const long = 'x'.repeat(500_000);
  for (const text of [
    `<request protocol="${long}"/>`,
    `<${long}/>`,
    `${head}<app><event eventtype="${long}"/></app></request>`,
  ]) {
    assert.throws(
      () => readRequest(text),
      (error: Error) => error.message.length < 300,
    );
  }
});

/** Runs it; whatever it throws has to be ours. */
function onlyOurs(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    assert.ok(omahaErrors.is(error), String(error));
  }
}

const documents = Object.values({ ...samples.requests, ...samples.answers });
const read = (input: string | Uint8Array) => {
  onlyOurs(() => readRequest(input));
  onlyOurs(() => updateOffer(readResponse(input), samples.appId));
};

test('any bytes', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), read), { seed: 7, numRuns: 2000 });
});

test('any text of the stuff that XML is made of', () => {
  const parts = fc.constantFrom(
    '<',
    '>',
    '/',
    '=',
    '"',
    "'",
    '&',
    ';',
    '#',
    'x',
    '!',
    '-',
    '[',
    ']',
    '?',
    ' ',
    '\n',
    'request',
    'protocol="3.0"',
    'app',
    '<!--',
    '-->',
    '<![CDATA[',
    '&amp;',
    '\ud800',
    '\0',
    'Ω',
  );
  const text = fc.array(parts, { maxLength: 60 }).map((found) => found.join(''));
  fc.assert(fc.property(text, read), { seed: 11, numRuns: 3000 });
});

test('real documents with bytes changed, cut out and doubled', () => {
  const damage = fc.record({
    document: fc.constantFrom(...documents),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.integer({ min: 0, max: 40 }),
    put: fc.uint8Array({ maxLength: 10 }),
  });
  fc.assert(
    fc.property(damage, ({ document, at, length, put }) => {
      const bytes = Buffer.from(document);
      const start = Math.floor(at * bytes.length);
      read(Buffer.concat([bytes.subarray(0, start), put, bytes.subarray(start + length)]));
    }),
    { seed: 13, numRuns: 3000 },
  );
});

test('every beginning of a real document is an error', () => {
  const whole = samples.updateEngineCheck.trimEnd();
  for (let end = 0; end < whole.length; end += 1) {
    assert.throws(
      () => readRequest(whole.slice(0, end)),
      (error) => omahaErrors.is(error),
    );
  }
});
