// What we write: update_engine's layout byte for byte, everything escaped, and read again it is the same.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRequest, readResponse, writeRequest, writeResponse } from '../../src/omaha/index.ts';
import * as samples from './samples.ts';

for (const name of ['updateEngineCheck', 'containerLinuxCheck', 'rollbackCheck', 'pingOnly'] as const) {
  test(`byte for byte: ${name}`, () => {
    assert.equal(writeRequest(readRequest(samples.requests[name])), samples.requests[name]);
  });
}

for (const [type, result, code] of [
  [13, 1, undefined],
  [14, 1, undefined],
  [3, 1, undefined],
  [3, 0, 34],
  [3, 9, 40],
] as const) {
  test(`byte for byte: event ${type}/${result}`, () => {
    const text = samples.eventOnly(type, result, code);
    assert.equal(writeRequest(readRequest(text)), text);
  });
}

for (const name of ['nebraskaUpdate', 'nebraskaNoUpdate', 'nebraskaRefusal', 'coreUpdateEvent'] as const) {
  test(`byte for byte: ${name}`, () => {
    assert.equal(writeResponse(readResponse(samples.answers[name])), `${samples.answers[name]}\n`);
  });
}

for (const [name, text] of Object.entries(samples.answers)) {
  test(`round trip: ${name}`, () => {
    const response = readResponse(text);
    assert.deepEqual(readResponse(writeResponse(response)), response);
  });
}

const escaped: readonly (readonly [name: string, value: string, written: string])[] = [
  ['plain', 'stable-1.2_3', 'stable-1.2_3'],
  ['markup', '<a>&</a>', '&lt;a&gt;&amp;&lt;/a&gt;'],
  ['a quote, which update_engine forgets', 'my "big" box', 'my &quot;big&quot; box'],
  ['an apostrophe', "it's", 'it&apos;s'],
  ['what is not ASCII', 'Ω', '&#x3A9;'],
  ['beyond 16 bits', '😀', '&#x1F600;'],
  ['a line end and a tab', 'a\n\tb\r', 'a&#xA;&#x9;b&#xD;'],
  ['control characters, which XML does not have', 'a\0\x01\x1fb', 'a&#xFFFD;&#xFFFD;&#xFFFD;b'],
  ['DEL and C1, which it has', '\x7f\x85', '&#x7F;&#x85;'],
  ['half a surrogate', 'a\ud800b', 'a&#xFFFD;b'],
  ['no characters', '\ufffe\uffff', '&#xFFFD;&#xFFFD;'],
  ['what looks escaped', '&amp;', '&amp;amp;'],
  ['the end of CDATA', ']]>', ']]&gt;'],
];
for (const [name, value, written] of escaped) {
  test(`escaped: ${name}`, () => {
    const text = writeRequest({ protocol: '3.0', apps: [{ machineAlias: value, events: [] }] });
    assert.ok(text.includes(` machinealias="${written}" `), text);
    const readable = value.toWellFormed().replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd');
    assert.equal(readRequest(text).apps[0]?.machineAlias, readable);
    const answer = writeResponse({ apps: [{ appId: value, events: [] }] });
    assert.equal(readResponse(answer).apps[0]?.appId, readable);
  });
}

test('every field of a request survives', () => {
  const request = {
    protocol: '3.0',
    ...{
      version: 'a',
      updaterVersion: 'b',
      installSource: 'c',
      isMachine: 1,
      requestId: 'd',
      sessionId: 'e',
    },
    ...{ userId: 'f', testSource: 'g' },
    os: { platform: 'h', version: 'i', servicePack: 'j', arch: 'k' },
    apps: [
      {
        ...{ appId: 'a', version: 'b', track: 'c', fromTrack: 'd', bootId: 'e', oem: 'f', oemVersion: 'g' },
        ...{
          alephVersion: 'h',
          machineId: 'i',
          machineAlias: 'j',
          lang: 'k',
          board: 'l',
          hardwareClass: 'm',
        },
        ...{
          deltaOkay: true,
          nextVersion: 'n',
          client: 'o',
          installAge: 'p',
          brand: 'q',
          multiManifestOk: false,
        },
        ping: { active: 1, lastActiveDays: -1, lastReportDays: 7 },
        updateCheck: { targetVersionPrefix: 'r' },
        events: [{ type: 3, result: 0, errorCode: -2147483614, previousVersion: 's', nextVersion: 't' }],
      },
    ],
  };
  assert.deepEqual(readRequest(writeRequest(request)), request);
});

test('every field of an answer survives', () => {
  const response = {
    ...{ protocol: '3.0', server: 'a', elapsedSeconds: 5 },
    apps: [
      {
        ...{ appId: 'a', status: 'ok', ping: { status: 'ok' }, events: [{ status: 'ok' }, { status: 'x' }] },
        updateCheck: {
          ...{ status: 'ok', pollIntervalSeconds: 3600, reason: 'because', urls: ['a', 'b'] },
          manifests: [
            {
              ...{ version: '1', isFloor: true, floorReason: 'b', isTarget: false },
              packages: [{ name: 'a', sha1: 'b', size: 2 ** 40, required: true, sha256: 'c' }],
              actions: [
                {
                  ...{
                    event: 'a',
                    displayVersion: 'b',
                    sha256: 'c',
                    needsAdmin: true,
                    isDeltaPayload: false,
                  },
                  ...{ disablePayloadBackoff: true, maxFailureCountPerUrl: 0, metadataSignatureRsa: 'd' },
                  ...{ metadataSize: 'e', deadline: 'f', moreInfo: 'g', prompt: false },
                },
              ],
            },
            {
              version: '2',
              isFloor: undefined,
              floorReason: undefined,
              isTarget: true,
              packages: [],
              actions: [],
            },
          ],
        },
      },
    ],
  };
  assert.deepEqual(readResponse(writeResponse(response)), response);
});

test('a number that is none is not written', () => {
  const event = { type: Number.NaN, result: 1 };
  assert.throws(
    () => writeRequest({ protocol: '3.0', apps: [{ events: [event] }] }),
    /eventtype .* whole number/,
  );
  assert.throws(() => writeRequest({ protocol: '3.0', isMachine: 1.5, apps: [] }), TypeError);
});
