// What a machine knows of the reboot that it comes from, and whether its boot is healthy.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failedUpdate, usrHashOf } from '../../src/locksmith/after-boot.ts';
import { type BootFacts, healthOf } from '../../src/locksmith/health.ts';

const record = {
  ...{ reason: 'an update to 2 is installed', isUpdate: true, bootId: 'one', usrHash: 'aa' },
  ...{ drained: false, locked: true, at: '2026-11-22T14:00:00.000Z' },
};

test('an update that does not run after its reboot has failed', () => {
  const expected =
    'the reboot of 2026-11-22T14:00:00.000Z was for an update to 2 is installed, and the machine is back on its old system';
  assert.equal(failedUpdate(record, { bootId: 'two', usrHash: 'aa' }), expected);
  assert.equal(failedUpdate(record, { bootId: 'two', usrHash: 'bb' }), undefined);
  // The daemon was started again, no boot was.
  assert.equal(failedUpdate(record, { bootId: 'one', usrHash: 'aa' }), undefined);
  assert.equal(failedUpdate({ ...record, isUpdate: false }, { bootId: 'two', usrHash: 'aa' }), undefined);
  assert.equal(failedUpdate({ ...record, usrHash: '' }, { bootId: 'two', usrHash: '' }), undefined);
  assert.equal(failedUpdate(undefined, { bootId: 'two', usrHash: 'aa' }), undefined);
});

test('the system that runs is known by its root hash', () => {
  assert.equal(usrHashOf('ro quiet usrhash=0A1b console=ttyS0\n'), '0a1b');
  assert.equal(usrHashOf('usrhash=ff'), 'ff');
  assert.equal(usrHashOf('ro mount.usrhash=ff'), '');
});

test('a boot is healthy when its gates and its blessing are through, else when it is up', () => {
  const facts: BootFacts = { isTried: true, bootComplete: 'active', blessing: 'active', system: 'running' };
  const rows: readonly (readonly [Partial<BootFacts>, boolean, RegExp])[] = [
    [{}, true, /passed its health gates/],
    [{ bootComplete: 'inactive' }, false, /boot-complete.target is inactive/],
    [{ blessing: 'activating' }, false, /keelson-bless.service is activating/],
    [{ blessing: undefined }, true, /passed/],
    [{ system: 'degraded' }, true, /passed/],
    [{ system: 'stopping' }, false, /stopping/],
    [{ isTried: false, bootComplete: 'inactive', blessing: undefined }, true, /it is up/],
    [{ isTried: false, system: 'degraded' }, true, /it is up/],
    [{ isTried: false, system: 'starting' }, false, /start-up is not over/],
  ];
  for (const [change, yes, text] of rows) {
    const health = healthOf({ ...facts, ...change });
    assert.equal(health.yes, yes, JSON.stringify(change));
    assert.match(health.text, text);
  }
});
