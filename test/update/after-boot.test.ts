// What became of an update, and what the next check tells of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SlotInfo, SlotStatus } from '../../src/disk/index.ts';
import { afterBoot, checkEvent } from '../../src/update/after-boot.ts';

const pending = { version: '2.0.0', from: '1.0.0', bootId: 'one', armed: true };
const info = (fields: Partial<SlotInfo>): SlotInfo => ({
  ...{ slot: 'A', state: 'good', running: false, next: false, version: undefined },
  ...{ rootHash: undefined, triesLeft: undefined, triesDone: 0, problem: undefined },
  ...fields,
});
const slots = (other: Partial<SlotInfo>): SlotStatus => ({
  ...{ loader: 'systemd-boot', running: 'A', next: 'A', failed: [], problems: [] },
  slots: [
    info({ slot: 'A', running: true, version: '1.0.0' }),
    info({ slot: 'B', version: '2.0.0', ...other }),
  ],
});

test('nothing was pending', () => {
  const facts = { bootId: 'two', version: '1.0.0', slots: undefined };
  assert.deepEqual(afterBoot(undefined, facts), { kind: 'nothing-pending' });
});

const cases: readonly (readonly [string, string, string, SlotStatus | undefined, string])[] = [
  ['the same boot goes on', 'one', '1.0.0', undefined, 'waits'],
  ['the same boot, whatever the slots say', 'one', '1.0.0', slots({ state: 'failed' }), 'waits'],
  ['the new version runs', 'two', '2.0.0', undefined, 'came-up'],
  ['it runs in the boot that installed it, by kexec without one', 'one', '2.0.0', undefined, 'came-up'],
  ['the old version runs, no slots to ask', 'two', '1.0.0', undefined, 'came-back'],
  [
    'its tries are used up',
    'two',
    '1.0.0',
    slots({ state: 'failed', triesLeft: 0, triesDone: 3 }),
    'came-back',
  ],
  ['it is damaged', 'two', '1.0.0', slots({ state: 'broken' }), 'came-back'],
  [
    'it was tried once and a person went back',
    'two',
    '1.0.0',
    slots({ state: 'trial', next: true, triesLeft: 2, triesDone: 1 }),
    'came-back',
  ],
  [
    'it was never tried and is next',
    'two',
    '1.0.0',
    slots({ state: 'trial', next: true, triesLeft: 3 }),
    'waits',
  ],
  ['it was put aside and never tried', 'two', '1.0.0', slots({ state: 'set-aside' }), 'passed-over'],
  ['its slot holds something else', 'two', '1.0.0', slots({ version: '1.5.0', state: 'good' }), 'came-back'],
  ['a third version runs', 'two', '1.5.0', slots({ state: 'failed' }), 'came-back'],
];
for (const [name, bootId, version, status, expected] of cases) {
  test(name, () => {
    const found = afterBoot(pending, { bootId, version, slots: status });
    assert.equal(found.kind, expected);
    if (found.kind === 'came-back') assert.match(found.reason, /2\.0\.0 did not pass/);
  });
}

const unfinished: typeof cases = [
  ['the same boot, nothing written to its end', 'one', '1.0.0', undefined, 'not-finished'],
  ['the same boot, the slot holds nothing', 'one', '1.0.0', slots({ state: 'empty' }), 'not-finished'],
  [
    'the same boot, killed after the last step',
    'one',
    '1.0.0',
    slots({ state: 'trial', next: true, triesLeft: 3 }),
    'waits',
  ],
  [
    'another boot, power failed in the middle',
    'two',
    '1.0.0',
    slots({ version: undefined, state: 'empty' }),
    'not-finished',
  ],
  ['another boot, no slots to ask', 'two', '1.0.0', undefined, 'not-finished'],
  ['another boot, power failed after the last step, and it runs', 'two', '2.0.0', undefined, 'came-up'],
  [
    'another boot, it was whole and used up its tries',
    'two',
    '1.0.0',
    slots({ state: 'failed', triesLeft: 0, triesDone: 3 }),
    'came-back',
  ],
];
for (const [name, bootId, version, status, expected] of unfinished) {
  test(`not noted as whole: ${name}`, () => {
    const found = afterBoot({ ...pending, armed: false }, { bootId, version, slots: status });
    assert.equal(found.kind, expected);
  });
}

test('the tries are told', () => {
  const status = slots({ state: 'failed', triesLeft: 0, triesDone: 3 });
  const found = afterBoot(pending, { bootId: 'two', version: '1.0.0', slots: status });
  assert.ok(found.kind === 'came-back');
  assert.match(found.reason, /came back in 1\.0\.0 after 3 tries/);
});

test('the first check ever, the later ones, after an update, after a way back', () => {
  assert.deepEqual(checkEvent(undefined, '2.0.0'), { type: 3, result: 2, previousVersion: '0.0.0.0' });
  assert.deepEqual(checkEvent('', '2.0.0'), { type: 3, result: 2, previousVersion: '' });
  assert.deepEqual(checkEvent('1.0.0', '2.0.0'), { type: 3, result: 2, previousVersion: '1.0.0' });
  assert.deepEqual(checkEvent('2.0.0', '2.0.0'), { type: 3, result: 0, code: 44 });
});
