// Answers as servers give them, and what a client makes of each: the update, nothing, or which error code.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  answerErrorCode,
  packageUrl,
  readResponse,
  sameAppId,
  type UpdateOffer,
  updateOffer,
} from '../../src/omaha/index.ts';
import * as samples from './samples.ts';

/** What comes of an answer: `1967.3.0`, `none`, or the number of the error. */
function outcome(text: string | Uint8Array, appId: string | undefined = samples.appId): string | number {
  try {
    const offer = updateOffer(readResponse(text), appId);
    return offer.kind === 'none' ? 'none' : offer.version;
  } catch (error) {
    const code = answerErrorCode(error);
    assert.notEqual(code, undefined, String(error));
    return code ?? 0;
  }
}

function offerOf(text: string, appId: string | undefined = samples.appId): UpdateOffer {
  const offer = updateOffer(readResponse(text), appId);
  assert.ok(offer.kind === 'update');
  return offer;
}

test('an update of Nebraska, whole', () => {
  const offer = offerOf(samples.nebraskaUpdate);
  assert.equal(offer.version, '1967.3.0');
  assert.deepEqual(offer.codebases, [
    'https://mirror.example/amd64-usr/1967.3.0/',
    'http://mirror.example/amd64-usr/1967.3.0',
  ]);
  assert.deepEqual(offer.payload, {
    name: 'update.gz',
    sha1: '+LXvjiaPkeYDLHoNKlf9qbJwvnk=',
    size: 382_137_917,
    required: true,
    sha256: undefined,
  });
  assert.deepEqual(
    offer.packages.map(({ name, required, sha256 }) => [name, required, sha256]),
    [
      ['update.gz', true, undefined],
      ['oem-ami.gz', false, '00ff'],
    ],
  );
  assert.equal(offer.sha256, 'LPlUSP4RfHKCzjaBOqpBwUlQF9dpFnCAS7/0mYrUBvE=');
  assert.equal(offer.isDelta, false);
  assert.equal(offer.disableBackoff, true);
  assert.equal(offer.maxFailureCountPerUrl, 10);
  assert.equal(offer.pollIntervalSeconds, undefined);
});

test('an update of Google: the second action, its literals, the interval', () => {
  const offer = offerOf(samples.googleUpdate, '{87EFFACE-864d-49a5-9bb3-4b050a7c227a}');
  assert.equal(offer.pollIntervalSeconds, 7200);
  // `True` is not `true`.
  assert.equal(offer.isDelta, false);
  assert.equal(offer.disableBackoff, false);
  assert.equal(offer.maxFailureCountPerUrl, 0);
  assert.deepEqual(offer.action, {
    event: 'postinstall',
    displayVersion: '9999.0.0',
    sha256: 'LPlUSP4RfHKCzjaBOqpBwUlQF9dpFnCAS7/0mYrUBvE=',
    needsAdmin: false,
    isDeltaPayload: false,
    disablePayloadBackoff: undefined,
    maxFailureCountPerUrl: 0,
    metadataSignatureRsa: 'abcd',
    metadataSize: '12345',
    deadline: 'now',
    moreInfo: 'https://example/',
    prompt: true,
  });
});

const base = samples.nebraskaUpdate;
const check = (content: string, attributes = 'status="ok"') =>
  `<response protocol="3.0"><app appid="${samples.appId}" status="ok"><updatecheck ${attributes}>${content}</updatecheck></app></response>`;
const urls = '<urls><url codebase="http://a/"/></urls>';
const packages = '<packages><package name="update.gz" size="1"/></packages>';
const actions = '<actions><action event="postinstall" sha256="x"/></actions>';
const manifest = (content: string, attributes = 'version="2"') =>
  `<manifest ${attributes}>${content}</manifest>`;

const outcomes: readonly (readonly [name: string, text: string | Uint8Array, expected: string | number])[] = [
  ['an update of CoreUpdate', samples.coreUpdateUpdate, '1068.6.0'],
  ['nothing of Nebraska', samples.nebraskaNoUpdate, 'none'],
  ['a refusal of Nebraska', samples.nebraskaRefusal, 34],
  ['an answer to an event', samples.coreUpdateEvent, 34],
  ['an empty body', '', 30],
  ['an empty body, as bytes', new Uint8Array(), 30],
  ['blanks', '\n', 31],
  ['text', 'Bad Omaha Request\n', 31],
  ['the header alone, as Nebraska answers junk', '<?xml version="1.0" encoding="UTF-8"?>\n', 31],
  ['JSON', '{}', 31],
  ['half an answer', base.slice(0, base.length / 2), 31],
  ['all but the last byte', base.slice(0, -1), 31],
  ['junk behind it', `${base}x`, 31],
  ['blanks before the declaration, which libxml2 refuses', `\n${base}`, 31],
  ['two answers', base + base, 31],
  ['bytes that are no UTF-8', Buffer.from([0x3c, 0xff, 0x3e]), 31],
  ['a page of a captive portal', '<!DOCTYPE html><html><body>log in</body></html>', 31],
  ['a page that happens to be XML', '<html><body>log in</body></html>', 34],
  ['a request', '<request protocol="3.0"/>', 34],
  ['no app', '<response protocol="3.0" server="x"/>', 34],
  ['an app of another id', base.replace(samples.appId, '{00000000-0000-0000-0000-000000000000}'), 34],
  ['an app of an id without braces', base.replace(samples.appId, samples.appId.slice(1, -1)), '1967.3.0'],
  ['an app of an id in capitals', base.replace(samples.appId, samples.appId.toUpperCase()), '1967.3.0'],
  ['the only app, without an id', base.replace(` appid="${samples.appId}"`, ''), '1967.3.0'],
  [
    'two apps, the second one ours',
    base.replace('<app ', '<app appid="x" status="ok"><updatecheck status="noupdate"/></app><app '),
    '1967.3.0',
  ],
  ['no protocol', base.replace(' protocol="3.0"', ''), '1967.3.0'],
  ['another protocol', base.replace('protocol="3.0"', 'protocol="2.0"'), 34],
  ['protocol 3.1', base.replace('protocol="3.0"', 'protocol="3.1"'), 34],
  ['no server', base.replace(' server="nebraska"', ''), '1967.3.0'],
  ['no daystart', base.replace(/<daystart.*?<\/daystart>/, ''), '1967.3.0'],
  ['junk in daystart', base.replace('elapsed_seconds="0"', 'elapsed_seconds="junk"'), '1967.3.0'],
  ['an app of an unknown status', base.replace('status="ok"><ping', 'status="foo"><ping'), '1967.3.0'],
  ['unknown elements', base.replace('<urls>', '<hello><world/></hello><urls>'), '1967.3.0'],
  ['a check without a status', check('', ''), 34],
  ['a check of an empty status', check('', 'status=""'), 34],
  ['a check of another case', check(urls + manifest(packages + actions), 'status="OK"'), 34],
  ['noupdate with a manifest', check(urls + manifest(packages + actions), 'status="noupdate"'), 'none'],
  ['error-internal', check('', 'status="error-internal"'), 34],
  ['error-osnotsupported', check('', 'status="error-osnotsupported"'), 34],
  ['error-unsupportedProtocol', check('', 'status="error-unsupportedProtocol"'), 34],
  ['error-pluginRestrictedHost', check('', 'status="error-pluginRestrictedHost"'), 34],
  ['error-hash', check('', 'status="error-hash"'), 34],
  ['error-version', check('', 'status="error-version"'), 34],
  ['a status that is a name of prototypes', check('', 'status="constructor"'), 34],
  ['ok and nothing else', check(''), 34],
  ['the least that will do', check(urls + manifest(packages + actions)), '2'],
  ['manifest before urls', check(manifest(packages + actions) + urls), '2'],
  ['actions before packages', check(urls + manifest(actions + packages)), '2'],
  ['no manifest', check(urls), 34],
  ['a manifest without a version', check(urls + manifest(packages + actions, '')), 34],
  ['a manifest of an empty version', check(urls + manifest(packages + actions, 'version=""')), 34],
  ['two manifests: the first', check(urls + manifest(packages + actions) + manifest('', 'version="3"')), '2'],
  ['no urls', check(manifest(packages + actions)), 34],
  ['urls without a url', check(`<urls/>${manifest(packages + actions)}`), 34],
  ['an empty codebase', check(`<urls><url codebase=""/></urls>${manifest(packages + actions)}`), 34],
  ['no codebase', check(`<urls><url/></urls>${manifest(packages + actions)}`), 34],
  [
    'a second codebase that is empty',
    check(`<urls><url codebase="a"/><url codebase=""/></urls>${manifest(packages + actions)}`),
    34,
  ],
  ['no packages', check(urls + manifest(actions)), 34],
  ['packages without a package', check(urls + manifest(`<packages/>${actions}`)), 34],
  [
    'a package without a name',
    check(urls + manifest(`<packages><package size="1"/></packages>${actions}`)),
    34,
  ],
  [
    'a package of an empty name',
    check(urls + manifest(`<packages><package name="" size="1"/></packages>${actions}`)),
    34,
  ],
  [
    'a package without a size',
    check(urls + manifest(`<packages><package name="a"/></packages>${actions}`)),
    34,
  ],
  ...['0', '-1', '+0', '', ' ', 'x', '1x', '1.5', '1e3', '0x10', '99999999999999999999'].map(
    (size): [string, string, number] => [
      `a package of size ${JSON.stringify(size)}`,
      check(urls + manifest(`<packages><package name="a" size="${size}"/></packages>${actions}`)),
      34,
    ],
  ),
  ['a size between blanks', check(urls + manifest(packages.replace('"1"', '" 1 "') + actions)), '2'],
  ['a size beyond 32 bits', check(urls + manifest(packages.replace('"1"', '"5000000000"') + actions)), '2'],
  [
    'a second package without a size',
    check(urls + manifest(packages.replace('</p', '<package name="b"/></p') + actions)),
    '2',
  ],
  ['no actions', check(urls + manifest(packages)), 34],
  [
    'no postinstall',
    check(urls + manifest(`${packages}<actions><action event="install" sha256="x"/></actions>`)),
    34,
  ],
  [
    'POSTINSTALL',
    check(urls + manifest(`${packages}<actions><action event="POSTINSTALL" sha256="x"/></actions>`)),
    34,
  ],
  [
    'postinstall without a hash',
    check(urls + manifest(`${packages}<actions><action event="postinstall"/></actions>`)),
    34,
  ],
  [
    'postinstall with an empty hash',
    check(urls + manifest(`${packages}<actions><action event="postinstall" sha256=""/></actions>`)),
    34,
  ],
  [
    'of two postinstalls the first, which has no hash',
    check(
      urls +
        manifest(
          `${packages}<actions><action event="postinstall"/><action event="postinstall" sha256="x"/></actions>`,
        ),
    ),
    34,
  ],
];

for (const [name, text, expected] of outcomes) {
  test(`answer: ${name} → ${expected}`, () => assert.equal(outcome(text), expected));
}

test('without an id the first check in the document counts, as in update_engine', () => {
  const text = `<response><app appid="x"/><app appid="y"><updatecheck status="noupdate" PollInterval="3000"/></app>${samples.nebraskaUpdate.match(/<app[\s\S]*<\/app>/)?.[0]}</response>`;
  const offer = updateOffer(readResponse(text));
  assert.deepEqual(offer, { kind: 'none', reason: undefined, pollIntervalSeconds: 3000 });
});

const failures: readonly (readonly [text: string | undefined, count: number])[] = [
  [undefined, 10],
  ['0', 0],
  ['3', 3],
  ['+4', 4],
  ['04', 4],
  [' 4 ', 10],
  ['4.0', 10],
  ['0x4', 10],
  ['4 times', 10],
  ['-1', 10],
  ['junk', 10],
  ['', 10],
  ['4294967295', 4294967295],
  ['4294967296', 10],
];
for (const [text, count] of failures) {
  test(`MaxFailureCountPerUrl ${text ?? 'missing'} → ${count}`, () => {
    const attribute = text === undefined ? '' : ` MaxFailureCountPerUrl="${text}"`;
    const found = offerOf(
      check(urls + manifest(packages + actions.replace(' sha256', `${attribute} sha256`))),
    );
    assert.equal(found.maxFailureCountPerUrl, count);
  });
}

for (const [literal, value] of [
  ['true', true],
  ['True', false],
  ['TRUE', false],
  ['1', false],
  ['', false],
  ['false', false],
] as const) {
  test(`DisablePayloadBackoff and IsDeltaPayload ${JSON.stringify(literal)} → ${value}`, () => {
    const attributes = ` DisablePayloadBackoff="${literal}" IsDeltaPayload="${literal}" sha256`;
    const found = offerOf(check(urls + manifest(packages + actions.replace(' sha256', attributes))));
    assert.deepEqual([found.disableBackoff, found.isDelta], [value, value]);
  });
}

for (const [text, seconds] of [
  ['3600', 3600],
  ['0', 0],
  ['-5', undefined],
  ['+3600', 3600],
  [' 3600', undefined],
  ['3600s', undefined],
  ['soon', undefined],
  ['', undefined],
] as const) {
  test(`PollInterval ${JSON.stringify(text)} → ${seconds}, with noupdate too`, () => {
    const offer = updateOffer(
      readResponse(check('', `status="noupdate" PollInterval="${text}"`)),
      samples.appId,
    );
    assert.equal(offer.pollIntervalSeconds, seconds);
  });
}

test('mirrors, packages and actions may come in several lists', () => {
  const offer = offerOf(
    check(
      `${urls}<urls/>${urls.replace('http://a/', 'https://b')}${manifest(
        `<packages/>${packages}<actions><action event="update"/></actions>${actions}`,
      )}`,
    ),
  );
  assert.deepEqual(offer.codebases, ['http://a/', 'https://b']);
  assert.equal(offer.payload.name, 'update.gz');
  assert.equal(offer.sha256, 'x');
});

test('the reason of a refusal reaches the reader', () => {
  const why = (text: string) => () => updateOffer(readResponse(text), samples.appId);
  assert.throws(why(samples.nebraskaRefusal), /as many machines as may are being updated now/);
  assert.throws(why(check('', 'status="error-hash"')), /"error-hash": the server has no usable hash/);
  assert.throws(why(base.replace(samples.appId, '{other}')), /is about "\{other\}", not about "\{e962/);
  const offer = updateOffer(
    readResponse(check('', 'status="noupdate" reason="paused &amp; &quot;off&quot;"')),
    samples.appId,
  );
  assert.deepEqual(offer, { kind: 'none', reason: 'paused & "off"', pollIntervalSeconds: undefined });
});

test('an address always has its slash', () => {
  assert.equal(packageUrl('http://a/b/', 'c'), 'http://a/b/c');
  assert.equal(packageUrl('http://a/b', 'c'), 'http://a/b/c');
});

test('ids of applications', () => {
  assert.ok(sameAppId('{AB-c}', 'ab-C'));
  assert.ok(!sameAppId('{ab', 'ab'));
  assert.ok(!sameAppId('', 'a'));
});
