// Requests as the field's clients send them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '../../src/host/index.ts';
import { readRequest, writeRequest } from '../../src/omaha/index.ts';
import * as samples from './samples.ts';

test("update_engine's check after an update", () => {
  assert.deepEqual(readRequest(samples.updateEngineCheck), {
    protocol: '3.0',
    version: 'update_engine-0.4.10',
    updaterVersion: 'update_engine-0.4.10',
    installSource: 'scheduler',
    isMachine: 1,
    requestId: undefined,
    sessionId: undefined,
    userId: undefined,
    testSource: undefined,
    os: { platform: 'CoreOS', version: 'Chateau', servicePack: '1911.3.0_x86_64', arch: undefined },
    apps: [
      {
        appId: '{e96281a6-d1af-4bde-9a0a-97b76e56dc57}',
        version: '1911.3.0',
        track: 'stable',
        fromTrack: undefined,
        bootId: '{965fb4c5-ad3e-4eb7-a4c2-ca0c0e31ec84}',
        oem: 'ami',
        oemVersion: '0.1.1-r1',
        alephVersion: '1688.5.3',
        machineId: 'abce671d61774703ac7be60715220bfe',
        machineAlias: '',
        lang: 'en-US',
        board: 'amd64-usr',
        hardwareClass: '',
        deltaOkay: false,
        nextVersion: undefined,
        client: undefined,
        installAge: undefined,
        brand: undefined,
        multiManifestOk: undefined,
        ping: { active: 1, lastActiveDays: undefined, lastReportDays: undefined },
        updateCheck: { targetVersionPrefix: undefined },
        events: [
          { type: 3, result: 2, errorCode: undefined, previousVersion: '1855.4.0', nextVersion: undefined },
        ],
      },
    ],
  });
});

test('update_engine without an alias', () => {
  const [app] = readRequest(samples.containerLinuxCheck).apps;
  assert.equal(app?.machineAlias, undefined);
  assert.equal(app?.events[0]?.previousVersion, '');
});

test('a machine that came back in its old slot', () => {
  const [app] = readRequest(samples.rollbackCheck).apps;
  assert.deepEqual(app?.events, [
    { type: 3, result: 0, errorCode: 44, previousVersion: undefined, nextVersion: undefined },
  ]);
});

test('a ping alone, while a reboot is pending', () => {
  const [app] = readRequest(samples.pingOnly).apps;
  assert.equal(app?.ping?.active, 1);
  assert.equal(app?.updateCheck, undefined);
  assert.deepEqual(app?.events, []);
});

test('the stub of machines that booted over the network', () => {
  const { os, apps } = readRequest(samples.pxeStub);
  const [app] = apps;
  assert.equal(os?.servicePack, '1911.3.0');
  assert.deepEqual([app?.oem, app?.oemVersion, app?.alephVersion], ['diskless', undefined, undefined]);
  assert.deepEqual([app?.ping, app?.updateCheck], [undefined, undefined]);
  assert.deepEqual(
    app?.events.map(({ type, result, previousVersion }) => [type, result, previousVersion]),
    [[3, 2, '']],
  );
});

test('ue-rs', () => {
  const { installSource, apps } = readRequest(samples.ueRsCheck);
  assert.equal(installSource, 'ondemand');
  const [app] = apps;
  assert.deepEqual([app?.bootId, app?.board, app?.ping], [undefined, undefined, undefined]);
  assert.equal(app?.version, '3340.0.0+nightly-20220823-2100');
  assert.deepEqual(app?.updateCheck, { targetVersionPrefix: undefined });
});

test("go-omaha's client", () => {
  const { sessionId, userId, installSource, os, apps } = readRequest(samples.goOmahaCheck);
  assert.equal(sessionId, '{965fb4c5-ad3e-4eb7-a4c2-ca0c0e31ec84}');
  assert.equal(userId, 'abce671d61774703ac7be60715220bfe');
  assert.equal(installSource, 'ondemandupdate');
  assert.equal(os?.arch, 'x64');
  assert.equal(apps[0]?.appId, 'e96281a6-d1af-4bde-9a0a-97b76e56dc57');
});

test("Nebraska's syncer", () => {
  const [app] = readRequest(samples.syncerCheck).apps;
  assert.equal(app?.multiManifestOk, true);
  assert.equal(app?.board, 'arm64-usr');
});

test('updateservicectl instance fake', () => {
  const request = readRequest(samples.fakeInstance);
  assert.equal(request.version, '');
  assert.equal(request.apps[0]?.machineId, '{deadbeef-0000-0000-0000-000000000001}');
});

test('Chrome OS', () => {
  const [app] = readRequest(samples.chromeOsCheck).apps;
  assert.deepEqual(app?.ping, { active: 1, lastActiveDays: -1, lastReportDays: -1 });
  assert.deepEqual(app?.updateCheck, { targetVersionPrefix: '' });
  assert.equal(app?.fromTrack, 'developer-build');
});

const head = '<request protocol="3.0">';
const app = (attributes: string, content = '') =>
  `${head}<app appid="a" ${attributes}>${content}</app></request>`;

const taken: readonly (readonly [
  name: string,
  text: string,
  read: (text: string) => unknown,
  value: unknown,
])[] = [
  ['no app at all', '<request protocol="3.0"/>', (t) => readRequest(t).apps.length, 0],
  ['no os', `${head}</request>`, (t) => readRequest(t).os, undefined],
  ['several apps, in order', `${head}<app appid="b"/><app appid="a"/></request>`, ids, ['b', 'a']],
  ['an app without an id', `${head}<app/></request>`, ids, [undefined]],
  ['an empty id', `${head}<app appid=""/></request>`, ids, ['']],
  ['an id with odd letters', `${head}<app appid="{X&lt;&quot;&#x3A9;}"/></request>`, ids, ['{X<"Ω}']],
  ['single quotes', `<request protocol='3.0'><app appid='a"b'/></request>`, ids, ['a"b']],
  ['unknown attributes', app('groupid="{82D9}" previousbootid="x" foo="bar"'), ids, ['a']],
  [
    'unknown elements',
    `${head}<hw sse="1"/><app appid="a"><data name="x">text</data></app></request>`,
    ids,
    ['a'],
  ],
  ['text between elements', `${head}text<app appid="a">more</app>text</request>`, ids, ['a']],
  [
    'comments',
    `<!-- a --><request protocol="3.0"><!-- b --><app appid="a"/></request><!-- c -->`,
    ids,
    ['a'],
  ],
  [
    'processing instructions',
    `<?php x?><request protocol="3.0"><?x y?><app appid="a"/></request>`,
    ids,
    ['a'],
  ],
  ['CDATA', `${head}<![CDATA[<app appid="b"/>]]><app appid="a"/></request>`, ids, ['a']],
  ['a default namespace', `<request xmlns="urn:x" protocol="3.0"><app appid="a"/></request>`, ids, ['a']],
  ['prefixes', `<o:request xmlns:o="urn:x" protocol="3.0"><o:app o:appid="a"/></o:request>`, ids, ['a']],
  ['a prefixed attribute beside a plain one', `${head}<app x:appid="b" appid="a"/></request>`, ids, ['a']],
  ['a prefix that nobody declared', `<q:request protocol="3.0"><app appid="a"/></q:request>`, ids, ['a']],
  ['a byte order mark', `\ufeff${app('')}`, ids, ['a']],
  ['a declaration in lower case', `<?xml version="1.0" encoding="utf-8"?>${app('')}`, ids, ['a']],
  ['a declaration without encoding', `<?xml version="1.0"?>${app('')}`, ids, ['a']],
  ['blanks before the declaration', `\n  <?xml version="1.0"?>\n${app('')}`, ids, ['a']],
  ['standalone', `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>${app('')}`, ids, ['a']],
  ['line ends of Windows', app('').replace('>', '>\r\n'), ids, ['a']],
  ['no line ends', app('version="1"'), (t) => readRequest(t).apps[0]?.version, '1'],
  ['blanks in an attribute are kept', app('track=" a  b "'), (t) => readRequest(t).apps[0]?.track, ' a  b '],
  ['a line end in an attribute is a blank', app('track="a\nb"'), (t) => readRequest(t).apps[0]?.track, 'a b'],
  ['one as a reference stays', app('track="a&#10;b"'), (t) => readRequest(t).apps[0]?.track, 'a\nb'],
  ['references in decimal and hex', app('track="&#937;&#x3a9;"'), (t) => readRequest(t).apps[0]?.track, 'ΩΩ'],
  ['a character beyond 16 bits', app('track="&#x1F600;😀"'), (t) => readRequest(t).apps[0]?.track, '😀😀'],
  [
    'the five entities',
    app('track="&lt;&gt;&amp;&quot;&apos;"'),
    (t) => readRequest(t).apps[0]?.track,
    '<>&"\'',
  ],
  ['delta_okay="true"', app('delta_okay="true"'), delta, true],
  ['delta_okay="1"', app('delta_okay="1"'), delta, true],
  ['delta_okay="TRUE"', app('delta_okay="TRUE"'), delta, true],
  ['delta_okay=" t "', app('delta_okay=" t "'), delta, true],
  ['delta_okay="F"', app('delta_okay="F"'), delta, false],
  ['delta_okay=""', app('delta_okay=""'), delta, false],
  ['no delta_okay', app(''), delta, undefined],
  ['an event without attributes', app('', '<event/>'), events, ['0/0/undefined']],
  ['an event of an empty type', app('', '<event eventtype="" eventresult=""/>'), events, ['0/0/undefined']],
  ['blanks around numbers', app('', '<event eventtype=" 3 " eventresult="+1"/>'), events, ['3/1/undefined']],
  [
    'two events',
    app('', '<event eventtype="13" eventresult="1"/><event eventtype="14" eventresult="1"/>'),
    events,
    ['13/1/undefined', '14/1/undefined'],
  ],
  [
    'a negative code',
    app('', '<event eventtype="3" eventresult="0" errorcode="-2147483614"/>'),
    events,
    ['3/0/-2147483614'],
  ],
  [
    'an unsigned code',
    app('', '<event eventtype="3" eventresult="0" errorcode="2415919138"/>'),
    events,
    ['3/0/2415919138'],
  ],
  ['an unknown event', app('', '<event eventtype="4711" eventresult="99"/>'), events, ['4711/99/undefined']],
  [
    'of two pings the first',
    app('', '<ping active="1"/><ping active="0"/>'),
    (t) => readRequest(t).apps[0]?.ping?.active,
    1,
  ],
  [
    'a check before a ping',
    app('', '<updatecheck/><ping active="1"/>'),
    (t) => readRequest(t).apps[0]?.updateCheck !== undefined,
    true,
  ],
  ['an app inside an app is none', app('', '<app appid="b"/>'), ids, ['a']],
  ['an attribute named __proto__', app('__proto__="x" constructor="y"'), ids, ['a']],
];

function ids(text: string): unknown {
  return readRequest(text).apps.map(({ appId }) => appId);
}

function delta(text: string): unknown {
  return readRequest(text).apps[0]?.deltaOkay;
}

function events(text: string): unknown {
  return readRequest(text).apps[0]?.events.map((one) => `${one.type}/${one.result}/${one.errorCode}`);
}

for (const [name, text, read, value] of taken) {
  test(`taken: ${name}`, () => {
    assert.deepEqual(read(text), value);
    // As bytes they are the same.
    assert.deepEqual(readRequest(Buffer.from(text)), readRequest(text));
  });
}

const refused: readonly (readonly [
  name: string,
  input: string | Uint8Array,
  code: string,
  message: RegExp,
])[] = [
  ['nothing', '', 'omaha.empty', /request is empty/],
  ['blanks', ' \n\t', 'omaha.malformed', /no XML/],
  ['text', 'hello', 'omaha.malformed', /line 1/],
  ['JSON', '{"request":{}}', 'omaha.malformed', /line 1/],
  ['another document', '<response protocol="3.0"/>', 'omaha.invalid', /<response>; expected <request>/],
  ['HTML', '<html><body>hi</body></html>', 'omaha.invalid', /<html>/],
  ['another protocol', '<request protocol="2.0"/>', 'omaha.protocol', /unsupported omaha protocol: "2\.0"/],
  ['protocol 3', '<request protocol="3"/>', 'omaha.protocol', /"3"/],
  ['protocol 3.1', '<request protocol="3.1"/>', 'omaha.protocol', /"3\.1"/],
  ['no protocol', '<request/>', 'omaha.protocol', /unsupported omaha protocol: ""/],
  ['protocol with a blank', '<request protocol=" 3.0"/>', 'omaha.protocol', /" 3\.0"/],
  ['a tag that is not closed', `${head}<app appid="a">`, 'omaha.malformed', /line 1, column \d+/],
  ['tags closed crosswise', `${head}<app><ping></app></ping></request>`, 'omaha.malformed', /line 1/],
  ['a second root', `${head}</request><request/>`, 'omaha.malformed', /one root/],
  ['junk behind the end', `${head}</request>junk`, 'omaha.malformed', /outside of root/],
  ['junk before the start', `junk${head}</request>`, 'omaha.malformed', /line 1/],
  [
    'an attribute twice',
    `${head}<app appid="a" appid="b"/></request>`,
    'omaha.malformed',
    /duplicate attribute: appid/,
  ],
  ['an attribute without quotes', `${head}<app appid=a/></request>`, 'omaha.malformed', /unquoted/],
  ['a bare attribute', `${head}<app appid/></request>`, 'omaha.malformed', /line 1/],
  [
    'an alias with a quote, as update_engine sends it',
    samples.updateEngineCheck.replace('machinealias=""', 'machinealias="my "big" box"'),
    'omaha.malformed',
    /line 4, column \d+/,
  ],
  ['a bare <', app('track="a<b"'), 'omaha.malformed', /disallowed character/],
  ['a bare &', app('track="a & b"'), 'omaha.malformed', /unclosed tag/],
  ['an unknown entity', app('track="&nbsp;"'), 'omaha.malformed', /undefined entity/],
  [
    'a document type',
    `<!DOCTYPE request><request protocol="3.0"/>`,
    'omaha.malformed',
    /document type is declared/,
  ],
  [
    'an entity of its own',
    `<!DOCTYPE r [<!ENTITY x "y">]><request protocol="3.0"><app appid="&x;"/></request>`,
    'omaha.malformed',
    /document type/,
  ],
  [
    'an entity outside',
    `<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><request protocol="&x;"/>`,
    'omaha.malformed',
    /document type/,
  ],
  ['a NUL', app('track="a\0b"'), 'omaha.malformed', /disallowed character/],
  ['a NUL as a reference', app('track="&#0;"'), 'omaha.malformed', /character entity/],
  ['a control character', app('track="\x01"'), 'omaha.malformed', /disallowed character/],
  ['one as a reference', app('track="&#1;"'), 'omaha.malformed', /character entity/],
  ['half a surrogate as a reference', app('track="&#xD800;"'), 'omaha.malformed', /character entity/],
  [
    'Latin-1 by name',
    `<?xml version="1.0" encoding="ISO-8859-1"?>${app('')}`,
    'omaha.malformed',
    /encoding is not UTF-8/,
  ],
  [
    'Latin-1 by its bytes',
    Buffer.from(app('track="\u00e9"'), 'latin1'),
    'omaha.malformed',
    /not valid UTF-8/,
  ],
  ['UTF-16', Buffer.from(`\ufeff${app('')}`, 'utf16le'), 'omaha.malformed', /not valid UTF-8|no XML/],
  ['UTF-8 that is cut', Buffer.from(app('track="Ω"')).subarray(0, -19), 'omaha.malformed', /not valid UTF-8/],
  ['XML 1.1', `<?xml version="1.1"?>${app('')}`, 'omaha.malformed', /version is 1\.1/],
  [
    'a declaration in the middle',
    `<!-- a --><?xml version="1.0"?>${app('')}`,
    'omaha.malformed',
    /declaration/,
  ],
  ['a comment that never ends', `${head}<!-- </request>`, 'omaha.malformed', /line 1/],
  ['CDATA that never ends', `${head}<![CDATA[ </request>`, 'omaha.malformed', /line 1/],
  [
    'a type of event that is no number',
    app('', '<event eventtype="abc"/>'),
    'omaha.invalid',
    /eventtype of <event> at line 1/,
  ],
  ['a result that is no number', app('', '<event eventresult="1.5"/>'), 'omaha.invalid', /eventresult/],
  ['a code that is no number', app('', '<event errorcode="0x22"/>'), 'omaha.invalid', /errorcode/],
  [
    'a code that no number holds',
    app('', '<event errorcode="99999999999999999999"/>'),
    'omaha.invalid',
    /errorcode/,
  ],
  ['a type of event that is blank', app('', '<event eventtype=" "/>'), 'omaha.invalid', /eventtype/],
  ['delta_okay=" "', app('delta_okay=" "'), 'omaha.invalid', /delta_okay/],
  ['a ping that is no number', app('', '<ping active="yes"/>'), 'omaha.invalid', /active of <ping>/],
  ['delta_okay="maybe"', app('delta_okay="maybe"'), 'omaha.invalid', /delta_okay .* true or false/],
  ['delta_okay="yes"', app('delta_okay="yes"'), 'omaha.invalid', /delta_okay/],
  ['ismachine="x"', '<request protocol="3.0" ismachine="x"/>', 'omaha.invalid', /ismachine/],
];

for (const [name, input, code, message] of refused) {
  test(`refused: ${name}`, () => {
    assert.throws(
      () => readRequest(input),
      (error) => {
        assert.ok(error instanceof CodedError, String(error));
        assert.equal(error.code, code);
        assert.match(error.message, message);
        assert.equal(error.http, 400);
        return true;
      },
    );
  });
}

test('an unescaped quote is told as what it is', () => {
  const text = samples.updateEngineCheck.replace('oem="ami"', 'oem="my "ami""');
  assert.throws(() => readRequest(text), { hint: /&quot;/ });
});

test('an & that is not escaped as well', () => {
  assert.throws(() => readRequest(app('track="a & b"')), { hint: /&amp;/ });
});

for (const [name, text] of Object.entries(samples.requests)) {
  test(`round trip: ${name}`, () => {
    const request = readRequest(text);
    assert.deepEqual(readRequest(writeRequest(request)), request);
  });
}
