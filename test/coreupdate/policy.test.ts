// Which machine is offered what, and what it is told when it is nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseChannels } from '../../src/coreupdate/channels.ts';
import type { CatalogRelease } from '../../src/coreupdate/model.ts';
import { architectureOf, decide, type Question } from '../../src/coreupdate/policy.ts';

const now = Date.UTC(2026, 5, 1);

function release(version: string, more: Partial<CatalogRelease> = {}): CatalogRelease {
  return {
    ...{ path: version, kind: 'release', version, architecture: 'amd64', downgradeFrom: [] },
    file: { name: 'manifest.json', bytes: 1, sha256: 'x' },
    ...more,
  };
}

const releases = [
  release('1.0.0'),
  release('1.1.0'),
  release('1.2.0'),
  release('2.0.0', { minimumVersion: '1.2.0' }),
  release('3.0.0', { minimumVersion: '2.0.0', expires: now - 1 }),
  release('1.2.0', { architecture: 'arm64', path: 'arm64/1.2.0' }),
  release('0.9.0', { downgradeFrom: ['1.0.0', '1.1.0'] }),
];

type Case = readonly [
  name: string,
  channels: unknown,
  ask: {
    version: string;
    track?: string;
    board?: string;
    bootId?: string;
    machineId?: string;
  } & Partial<Question>,
  expected: string | RegExp,
];

/** A version that is offered, or what the reason has to say. */
const cases: readonly Case[] = [
  ['older', { stable: '1.2.0' }, { version: '1.0.0' }, '1.2.0'],
  ['much older', { stable: '1.2.0' }, { version: '0.0.0' }, '1.2.0'],
  ['of no numbers', { stable: '1.2.0' }, { version: 'ForcedUpdate' }, '1.2.0'],
  ['the same', { stable: '1.2.0' }, { version: '1.2.0' }, /at 1\.2\.0, as Channel "stable" is/],
  ['newer', { stable: '1.1.0' }, { version: '1.2.0' }, /newer than 1\.1\.0 .* no way down/],
  ['newer, with a way down', { stable: '0.9.0' }, { version: '1.1.0' }, '0.9.0'],
  ['newer, with a way down for others', { stable: '0.9.0' }, { version: '1.2.0' }, /no way down/],
  ['1.10 is newer than 1.9', { stable: '1.2.0' }, { version: '1.10.0' }, /newer/],
  ['a version with a tilde is older', { stable: '1.2.0' }, { version: '1.2.0~rc1' }, '1.2.0'],
  [
    'no channel',
    { stable: '1.2.0' },
    { version: '1.0.0', track: 'alpha' },
    /no channel for group "alpha"; there are "stable"/,
  ],
  ['no channel at all', {}, { version: '1.0.0' }, /There are no channels here/],
  ['no track is stable', { stable: '1.2.0', beta: '1.1.0' }, { version: '1.0.0', track: '' }, '1.2.0'],
  ['its own channel', { stable: '1.1.0', beta: '1.2.0' }, { version: '1.0.0', track: 'beta' }, '1.2.0'],
  [
    'a group of a channel',
    { beta: '1.2.0', lab: { channel: 'beta' } },
    { version: '1.0.0', track: 'lab' },
    '1.2.0',
  ],
  [
    "Flatcar's id of alpha",
    { alpha: '1.2.0' },
    { version: '1.0.0', track: '{5B810680-e36a-4879-b98a-4f989e80b899}' },
    '1.2.0',
  ],
  [
    'an id that is a channel itself',
    { alpha: '1.2.0', '5b810680-e36a-4879-b98a-4f989e80b899': '1.1.0' },
    { version: '1.0.0', track: '5b810680-e36a-4879-b98a-4f989e80b899' },
    '1.1.0',
  ],
  ['any group', { '*': '1.2.0' }, { version: '1.0.0', track: 'whatever' }, '1.2.0'],
  ['any group, but this one', { '*': '1.2.0', lab: '1.1.0' }, { version: '1.0.0', track: 'lab' }, '1.1.0'],
  ['newest', { stable: 'newest' }, { version: '1.2.0', board: 'arm64-usr' }, /at 1\.2\.0/],
  ['newest of the others', { stable: 'newest' }, { version: '1.0.0', board: 'arm64-usr' }, '1.2.0'],
  [
    'newest of nothing',
    { stable: 'newest' },
    { version: '1.0.0', board: 'riscv64-usr' },
    /no release for riscv64/,
  ],
  [
    'another architecture',
    { stable: '1.1.0' },
    { version: '1.0.0', board: 'arm64-usr' },
    /at 1\.1\.0, of which there is no usable release for arm64/,
  ],
  ['a version that is not there', { stable: '9.9.9' }, { version: '1.0.0' }, /at 9\.9\.9, of which/],
  ['paused', { stable: { version: '1.2.0', paused: true } }, { version: '1.0.0' }, /"stable" is paused\.$/],
  [
    'paused, with a reason',
    { stable: { version: '1.2.0', paused: 'audit' } },
    { version: '1.0.0' },
    /is paused: audit\.$/,
  ],
  ['paused: false', { stable: { version: '1.2.0', paused: false } }, { version: '1.0.0' }, '1.2.0'],
  [
    'a floor',
    { stable: { version: '1.2.0', floors: { '1.1.0': 'disk format' } } },
    { version: '1.0.0' },
    '1.1.0',
  ],
  [
    'the lowest floor',
    { stable: { version: '1.2.0', floors: { '1.1.0': '', '1.0.0': '' } } },
    { version: '0.1.0' },
    '1.0.0',
  ],
  ['at a floor', { stable: { version: '1.2.0', floors: { '1.1.0': '' } } }, { version: '1.1.0' }, '1.2.0'],
  [
    'floors above the target do not count',
    { stable: { version: '1.1.0', floors: { '1.2.0': '' } } },
    { version: '1.0.0' },
    '1.1.0',
  ],
  [
    'a floor that is not there',
    { stable: { version: '1.2.0', floors: { '1.1.5': '' } } },
    { version: '1.0.0' },
    /leads over 1\.1\.5, of which/,
  ],
  ['a stepping stone', { stable: '2.0.0' }, { version: '1.0.0' }, '1.2.0'],
  ['behind the stone', { stable: '2.0.0' }, { version: '1.2.0' }, '2.0.0'],
  ['no stone', { stable: '3.0.0' }, { version: '2.0.0' }, /3\.0\.0 expired on 2026-05-31T23:59:59\.999Z/],
  ['a stone to a stone', { stable: '3.0.0' }, { version: '0.1.0' }, '1.2.0'],
  [
    'room for one more',
    { stable: { version: '1.2.0', maxInProgress: 2 } },
    { version: '1.0.0', inProgress: () => 1 },
    '1.2.0',
  ],
  [
    'no room',
    { stable: { version: '1.2.0', maxInProgress: 2 } },
    { version: '1.0.0', inProgress: () => 2 },
    /updates 2 machines at once, and 2 are under way/,
  ],
  [
    'room, but nobody says for whom',
    { stable: { version: '1.2.0', maxInProgress: 2 } },
    { version: '1.0.0', machineId: '' },
    /does not say which it is/,
  ],
  [
    'nobody says who asks, and nobody counts',
    { stable: '1.2.0' },
    { version: '1.0.0', machineId: '' },
    '1.2.0',
  ],
  [
    'no room ever',
    { stable: { version: '1.2.0', maxInProgress: 0 } },
    { version: '1.0.0', inProgress: () => 0 },
    /updates 0 machines/,
  ],
  [
    'no room, but a person asks',
    { stable: { version: '1.2.0', maxInProgress: 0 } },
    { version: '1.0.0', installSource: 'ondemandupdate' },
    '1.2.0',
  ],
  [
    'no room, but a person asks by ue-rs',
    { stable: { version: '1.2.0', maxInProgress: 0 } },
    { version: '1.0.0', installSource: 'ondemand' },
    '1.2.0',
  ],
  ['a nightly of the same release', { stable: '1.2.0' }, { version: '1.2.0+nightly-20220823' }, /newer/],
  ['a nightly of an older one', { stable: '1.2.0' }, { version: '1.1.0+nightly-20220823' }, '1.2.0'],
  [
    'no room, but granted in this boot',
    { stable: { version: '1.2.0', maxInProgress: 0 } },
    { version: '1.0.0', bootId: 'b', grant: { version: '1.2.0', bootId: 'b', at: 0 } },
    '1.2.0',
  ],
  [
    'no room, and granted in another boot',
    { stable: { version: '1.2.0', maxInProgress: 0 } },
    { version: '1.0.0', bootId: 'c', grant: { version: '1.2.0', bootId: 'b', at: 0 } },
    /updates 0/,
  ],
  [
    'no room, and granted another version',
    { stable: { version: '1.2.0', maxInProgress: 0 } },
    { version: '1.0.0', bootId: 'b', grant: { version: '1.1.0', bootId: 'b', at: 0 } },
    /updates 0/,
  ],
  [
    'granted, and paused since',
    { stable: { version: '1.2.0', paused: true } },
    { version: '1.0.0', bootId: 'b', grant: { version: '1.2.0', bootId: 'b', at: 0 } },
    /paused/,
  ],
];

for (const [name, channels, ask, expected] of cases) {
  test(`policy: ${name}`, () => {
    const { version, track = 'stable', board = 'amd64-usr', bootId = 'b', machineId = 'm', ...rest } = ask;
    const { byName, problems } = parseChannels(JSON.stringify(channels));
    assert.deepEqual(problems, []);
    const decision = decide(
      { releases, channels: byName, problems: [] },
      {
        app: { appId: 'a', version, track, board, bootId, machineId, events: [] },
        ...{ os: undefined, installSource: 'scheduler', grant: undefined, inProgress: () => 0, now, ...rest },
      },
    );
    if (typeof expected === 'string') {
      assert.equal(decision.kind === 'offer' ? decision.release.version : decision.reason, expected);
    } else {
      assert.equal(decision.kind, 'none');
      assert.match(decision.kind === 'none' ? decision.reason : '', expected);
    }
  });
}

test('the reason of a floor travels with it', () => {
  const { byName } = parseChannels('{"stable": {"version": "1.2.0", "floors": {"1.1.0": "disk format"}}}');
  const question = {
    app: { appId: 'a', version: '1.0.0', events: [] },
    ...{ os: undefined, installSource: undefined, grant: undefined, inProgress: () => 0, now },
  };
  const decision = decide({ releases, channels: byName, problems: [] }, question);
  assert.ok(decision.kind === 'offer');
  assert.equal(decision.floorReason, 'disk format');
  assert.equal(decision.isNew, true);
});

for (const [board, arch, servicePack, expected] of [
  ['amd64-usr', undefined, undefined, 'amd64'],
  ['arm64-usr', 'x64', undefined, 'arm64'],
  [undefined, 'x64', undefined, 'amd64'],
  [undefined, 'arm64', undefined, 'arm64'],
  [undefined, 'aarch64', undefined, 'arm64'],
  [undefined, 'x86', undefined, 'i386'],
  [undefined, '386', undefined, 'i386'],
  [undefined, undefined, '1911.3.0_x86_64', 'amd64'],
  [undefined, undefined, '1911.3.0_aarch64', 'arm64'],
  ['', '', 'ForcedUpdate_x86_64', 'amd64'],
  ['toString-usr', 'constructor', '__proto__', 'amd64'],
  [undefined, undefined, undefined, 'amd64'],
] as const) {
  test(`architecture of ${board}, ${arch}, ${servicePack} → ${expected}`, () => {
    assert.equal(architectureOf({ board }, { arch, servicePack }), expected);
  });
}

const wrong: readonly (readonly [text: string, problem: RegExp])[] = [
  ['', /is no JSON/],
  ['{', /is no JSON/],
  ['[]', /is no object/],
  ['"1.2.3"', /is no object/],
  ['{"a": 1}', /"a" is left out: it has to be a version/],
  ['{"a": "1 2"}', /"1 2" is no version/],
  ['{"a": "../x"}', /is no version/],
  ['{"a": "+1"}', /is no version/],
  ['{"a": "1+..\\u002f"}', /is no version/],
  ['{"a": {}}', /its version is missing/],
  ['{"a": {"version": "1", "pause": true}}', /no setting "pause"/],
  ['{"a": {"version": "1", "paused": 1}}', /paused is 1/],
  ['{"a": {"version": "1", "maxInProgress": -1}}', /maxInProgress is -1/],
  ['{"a": {"version": "1", "maxInProgress": 1.5}}', /maxInProgress is 1\.5/],
  ['{"a": {"version": "1", "floors": {"x y": ""}}}', /floor "x y" is no version/],
  ['{"a": {"version": "1", "floors": ["1"]}}', /floors has to be an object/],
  ['{"a": {"channel": "b"}}', /no channel "b"/],
  ['{"a": {"channel": 1}}', /no channel 1/],
  ['{"__proto__": {"version": 1}}', /"__proto__" is left out/],
];
for (const [text, problem] of wrong) {
  test(`channels.json ${text}`, () => {
    const { byName, problems } = parseChannels(text);
    assert.equal(byName.size, 0);
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? '', problem);
  });
}

test('what is wrong in one channel costs no other', () => {
  const { byName, problems } = parseChannels('{"a": 1, "b": "1.0", "c": {"channel": "b"}}');
  assert.deepEqual([...byName.keys()], ['b', 'c']);
  assert.equal(problems.length, 1);
});
