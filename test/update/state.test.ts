// The states and the ways between them: each event in each state.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Offer, type Operation, operations, type Wish } from '../../src/update/model.ts';
import { type EngineEvent, type EngineState, idle, next } from '../../src/update/state.ts';

const offer: Offer = {
  version: '2.0.0',
  codebases: ['https://one.example/'],
  packageName: 'manifest.json',
  sizeBytes: 4096,
  sha256: 'x',
  isDelta: false,
  disablePayloadBackoff: false,
  maxFailureCountPerUrl: 10,
};
const wish: Wish = { interactive: false, force: false };
const nowS = 1_800_000_000;

const events: Readonly<Record<EngineEvent['kind'], EngineEvent>> = {
  check: { kind: 'check', wish },
  'nothing-new': { kind: 'nothing-new', nowS, reason: '' },
  offered: { kind: 'offered', nowS, offer, wish },
  refused: { kind: 'refused', code: 35, reason: 'Refused.' },
  'check-failed': { kind: 'check-failed', code: 2404, reason: 'Away.' },
  progress: { kind: 'progress', progress: 0.25 },
  verifying: { kind: 'verifying' },
  downloaded: { kind: 'downloaded' },
  applied: { kind: 'applied', offer },
  'apply-failed': { kind: 'apply-failed', code: 10, reason: 'Broken.' },
  interrupted: { kind: 'interrupted' },
  reported: { kind: 'reported' },
  pinged: { kind: 'pinged' },
  reset: { kind: 'reset' },
  'still-pending': { kind: 'still-pending', version: '2.0.0' },
};

const short = (operation: Operation) => operation.replace('UPDATE_STATUS_', '');
const long = (name: string): Operation => {
  const found = operations.find((operation) => short(operation) === name);
  assert.ok(found !== undefined, name);
  return found;
};
const inState = (name: string): EngineState => ({
  ...idle,
  operation: long(name),
  ...(name === 'IDLE' || name === 'CHECKING_FOR_UPDATE' ? {} : { newVersion: '2.0.0', newSize: 4096 }),
});

/** For each state: event → next state and actions. What is not named changes nothing. */
const ways: Readonly<Record<string, Readonly<Partial<Record<EngineEvent['kind'], string>>>>> = {
  IDLE: { check: 'CHECKING_FOR_UPDATE check' },
  CHECKING_FOR_UPDATE: {
    'nothing-new': 'IDLE schedule',
    offered: 'UPDATE_AVAILABLE report-13/1 apply',
    refused: 'REPORTING_ERROR_EVENT report-3/9/35',
    'check-failed': 'REPORTING_ERROR_EVENT report-3/0/2404',
    interrupted: 'IDLE',
  },
  UPDATE_AVAILABLE: {
    progress: 'DOWNLOADING',
    verifying: 'VERIFYING',
    downloaded: 'FINALIZING report-14/1',
    applied: 'UPDATED_NEED_REBOOT keep-pending report-3/1 schedule',
    'apply-failed': 'REPORTING_ERROR_EVENT report-3/0/10',
    interrupted: 'IDLE',
  },
  DOWNLOADING: {
    progress: 'DOWNLOADING',
    verifying: 'VERIFYING',
    downloaded: 'FINALIZING report-14/1',
    applied: 'UPDATED_NEED_REBOOT keep-pending report-3/1 schedule',
    'apply-failed': 'REPORTING_ERROR_EVENT report-3/0/10',
    interrupted: 'IDLE',
  },
  VERIFYING: {
    downloaded: 'FINALIZING report-14/1',
    applied: 'UPDATED_NEED_REBOOT keep-pending report-3/1 schedule',
    'apply-failed': 'REPORTING_ERROR_EVENT report-3/0/10',
    interrupted: 'IDLE',
  },
  FINALIZING: {
    applied: 'UPDATED_NEED_REBOOT keep-pending report-3/1 schedule',
    'apply-failed': 'REPORTING_ERROR_EVENT report-3/0/10',
    interrupted: 'IDLE',
  },
  UPDATED_NEED_REBOOT: { check: 'UPDATED_NEED_REBOOT ping', reset: 'IDLE' },
  REPORTING_ERROR_EVENT: { reported: 'IDLE schedule', interrupted: 'IDLE' },
};

for (const [from, expected] of Object.entries(ways)) {
  for (const kind of Object.keys(events) as EngineEvent['kind'][]) {
    if (kind === 'still-pending' || kind === 'pinged') continue;
    test(`${from}, ${kind}: ${expected[kind] ?? 'nothing'}`, () => {
      const { state, actions } = next(inState(from), events[kind]);
      const words = actions.map((action) => {
        if (action.kind !== 'report') return action.kind;
        const code = action.code === 0 ? '' : `/${action.code}`;
        return `report-${action.type}/${action.result}${code}`;
      });
      assert.equal([short(state.operation), ...words].join(' '), expected[kind] ?? from);
    });
  }
}

test('a check that ended well has its time; one that was refused, or had no answer, has none', () => {
  const checking = { ...inState('CHECKING_FOR_UPDATE'), lastCheckedS: 5 };
  assert.equal(next(checking, events['nothing-new']).state.lastCheckedS, nowS);
  assert.equal(next(checking, events.offered).state.lastCheckedS, nowS);
  assert.equal(next(checking, events.refused).state.lastCheckedS, 5);
  assert.equal(next(checking, events['check-failed']).state.lastCheckedS, 5);
});

test('an update on its way is named with its size until it has ended', () => {
  let state: EngineState = inState('CHECKING_FOR_UPDATE');
  for (const event of [
    events.offered,
    events.progress,
    events.verifying,
    events.downloaded,
    events.applied,
  ]) {
    state = next(state, event).state;
    assert.deepEqual([state.newVersion, state.newSize], ['2.0.0', 4096]);
  }
  assert.equal(state.progress, 1);
  state = next(state, events.reset).state;
  assert.deepEqual([state.newVersion, state.newSize, state.progress], ['0.0.0', 0, 0]);
});

for (const code of [34, 35, 36, 40]) {
  test(`code ${code} is reported as ${code === 34 ? 'an error' : 'deferred'}`, () => {
    const { actions } = next(inState('CHECKING_FOR_UPDATE'), { kind: 'refused', code, reason: '.' });
    assert.deepEqual(actions, [{ kind: 'report', type: 3, result: code === 34 ? 0 : 9, code }]);
  });
}

test('why an attempt ended stays to be read, until the next one says something else', () => {
  let { state } = next(inState('CHECKING_FOR_UPDATE'), events.refused);
  state = next(state, events.reported).state;
  assert.deepEqual([state.reason, state.lastCode], ['Refused.', 35]);
  state = next(state, events.check).state;
  assert.equal(state.reason, 'Refused.');
  state = next(state, events['nothing-new']).state;
  assert.deepEqual([state.reason, state.lastCode], ['', 0]);
});

test('progress stays between 0 and 1, and one that comes late undoes nothing', () => {
  const downloading = inState('DOWNLOADING');
  assert.equal(next(downloading, { kind: 'progress', progress: 7 }).state.progress, 1);
  assert.equal(next(downloading, { kind: 'progress', progress: -1 }).state.progress, 0);
  assert.equal(next(inState('FINALIZING'), events.progress).state.operation, long('FINALIZING'));
});

test('after a restart a pending update is still pending', () => {
  const { state } = next(idle, events['still-pending']);
  assert.equal(state.operation, long('UPDATED_NEED_REBOOT'));
  assert.match(state.reason, /2\.0\.0 is installed/);
});

test('a ping is followed by the next wait, in whatever state', () => {
  for (const operation of operations) {
    assert.deepEqual(next({ ...idle, operation }, events.pinged).actions, [{ kind: 'schedule' }]);
  }
});
