import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, showMachine, whoIsAway } from '../../../src/fleet/ctl/waiting.ts';
import type { Assignment, UnitState, UnitStatus } from '../../../src/fleet/model.ts';

const hash = 'h1';
const assignment: Assignment = {
  unit: 'a.service',
  machineID: 'm1',
  hash,
  targetState: 'launched',
  reason: '',
  revision: 5,
};
const state: UnitState = {
  name: 'a.service',
  machineID: 'm1',
  hash,
  systemdLoadState: 'loaded',
  systemdActiveState: 'active',
  systemdSubState: 'running',
  reached: 'launched',
  jobResult: 'done',
  assignmentRevision: 5,
};
const unit: UnitStatus = {
  name: 'a.service',
  desiredState: 'launched',
  currentState: 'launched',
  global: false,
  hash,
  assignments: [assignment],
  states: [state],
};
const launched = { name: 'a.service', goal: 'launched', hash } as const;
const kind = (status: UnitStatus | undefined, wanted: Parameters<typeof judge>[0] = launched) =>
  judge(wanted, status).kind;

test('a start has succeeded when its job has, on the machine that was decided on', () => {
  assert.deepEqual(judge(launched, unit), { kind: 'reached', machineID: 'm1' });
  const { jobResult: _, ...running } = state;
  assert.equal(kind({ ...unit, states: [running] }), 'pending');
  assert.equal(kind({ ...unit, states: [{ ...state, machineID: 'm2' }] }), 'pending');
  assert.equal(kind({ ...unit, states: [{ ...state, systemdActiveState: 'inactive' }] }), 'reached');
});

test('what is left of an earlier decision is no answer', () => {
  assert.equal(kind({ ...unit, states: [{ ...state, assignmentRevision: 4 }] }), 'pending');
  assert.equal(kind({ ...unit, states: [{ ...state, hash: 'h0' }] }), 'pending');
  assert.equal(kind({ ...unit, hash: 'h2' }), 'pending');
  assert.equal(kind({ ...unit, assignments: [{ ...assignment, targetState: 'loaded' }] }), 'pending');
  assert.equal(kind({ ...unit, desiredState: 'loaded' }), 'pending');
});

test('a failed job and a unit that failed at once are failures', () => {
  const failed = judge(launched, {
    ...unit,
    states: [{ ...state, jobResult: 'timeout', problem: 'It took 90 s.' }],
  });
  assert.deepEqual(failed, {
    kind: 'failed',
    machineID: 'm1',
    reason: 'systemd\'s job ended with "timeout". It took 90 s.',
  });
  assert.equal(kind({ ...unit, states: [{ ...state, systemdActiveState: 'failed' }] }), 'failed');
});

test('a unit that cannot be loaded is a failure; one that failed before it was stopped is not', () => {
  const loaded = { name: 'a.service', goal: 'loaded' } as const;
  const at = (changes: Partial<UnitState>): UnitStatus => ({
    ...unit,
    desiredState: 'loaded',
    assignments: [{ ...assignment, targetState: 'loaded' }],
    states: [{ ...state, reached: 'loaded', ...changes }],
  });
  assert.equal(kind(at({ jobResult: 'failed', problem: 'No room.' }), loaded), 'failed');
  assert.equal(kind(at({ systemdActiveState: 'failed' }), loaded), 'reached');
});

test('nowhere, gone, inactive', () => {
  const nowhere = { ...unit, assignments: [], states: [], waiting: 'No machine.' };
  assert.deepEqual(judge(launched, nowhere), { kind: 'pending', waiting: 'No machine.' });
  const gone = { name: 'a.service', goal: 'gone' } as const;
  assert.equal(kind(undefined, gone), 'reached');
  assert.equal(kind(unit, gone), 'pending');
  const inactive = { name: 'a.service', goal: 'inactive' } as const;
  assert.equal(kind({ ...unit, desiredState: 'inactive' }, inactive), 'pending');
  assert.equal(kind({ ...unit, desiredState: 'inactive', assignments: [], states: [] }, inactive), 'reached');
  assert.equal(kind(undefined), 'pending');
});

test('a global unit is judged by all its machines', () => {
  const two = { ...unit, global: true, assignments: [assignment, { ...assignment, machineID: 'm2' }] };
  assert.equal(kind(two), 'pending');
  assert.equal(kind({ ...two, states: [state, { ...state, machineID: 'm2' }] }), 'reached');
});

test('machines by short and full name', () => {
  const machines = new Map([['0a1b2c3d4e5f', { primaryIP: '10.0.0.7' }]]);
  assert.equal(showMachine('0a1b2c3d4e5f', machines), '0a1b2c3d.../10.0.0.7');
  assert.equal(showMachine('0a1b2c3d4e5f', machines, true), '0a1b2c3d4e5f/10.0.0.7');
  assert.equal(showMachine('ffffffffffff', machines), 'ffffffff...');
});

test('a machine that is away is a reason to wait, where others are there', () => {
  const there = (...ids: readonly string[]) => new Map(ids.map((id) => [id, { primaryIP: '10.0.0.7' }]));
  assert.equal(whoIsAway(unit, there('m1', 'm2')), undefined);
  assert.equal(
    whoIsAway(unit, there('m2')),
    'Its machine m1... is away; it goes on once that is back or the unit has moved.',
  );
  assert.equal(whoIsAway(unit, there()), undefined);
  assert.equal(whoIsAway(undefined, there('m2')), undefined);
});
