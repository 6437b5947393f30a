// What a machine takes of what it is offered.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Offer, Wish } from '../../src/update/model.ts';
import { decide, type PolicyFacts } from '../../src/update/policy.ts';

const offer: Offer = {
  version: '1.2.0',
  codebases: ['https://one.example/'],
  packageName: 'manifest.json',
  sizeBytes: 1000,
  sha256: 'x',
  isDelta: false,
  disablePayloadBackoff: false,
  maxFailureCountPerUrl: 10,
};
const facts: PolicyFacts = { version: '1.1.0', runningSlot: 'blessed', failed: [], backoffLeftMs: 0 };
const timer: Wish = { interactive: false, force: false };
const forced: Wish = { interactive: true, force: true };
const failed = [{ version: '1.2.0', reason: 'It did not boot.', sinceS: 1 }];

interface Case {
  readonly offer?: Partial<Offer>;
  readonly facts?: Partial<PolicyFacts>;
  readonly wish?: Wish;
  readonly expected: 'taken' | 'downgrade' | number;
  readonly says?: RegExp;
}

const cases: Readonly<Record<string, Case>> = {
  'a newer version is taken': { expected: 'taken' },
  'by a person as well': { wish: { interactive: true, force: false }, expected: 'taken' },
  'a version with a slash is none': { offer: { version: '../1' }, expected: 34, says: /offers version/ },
  'nor one with a line break': { offer: { version: '1.2.0\n' }, expected: 34 },
  'nor an empty one': { offer: { version: '' }, expected: 34 },
  'nor one of a thousand letters': { offer: { version: 'a'.repeat(1000) }, expected: 34 },
  'what runs is not installed again': { offer: { version: '1.1.0' }, expected: 35, says: /is what runs/ },
  'not by force either': { offer: { version: '1.1.0' }, wish: forced, expected: 35 },
  'a lower version in the old format is refused': {
    offer: { version: '1.0.0', packageName: 'update.gz' },
    expected: 35,
    says: /older than 1\.1\.0/,
  },
  'not by force either, for nothing signed leads back': {
    offer: { version: '1.0.0', packageName: 'update.gz' },
    wish: forced,
    expected: 35,
  },
  'a lower release is for its signed manifest to say': { offer: { version: '1.0.0' }, expected: 'downgrade' },
  'numbers count as numbers': { offer: { version: '1.10.0', packageName: 'update.gz' }, expected: 'taken' },
  'a version before the release is lower': {
    offer: { version: '1.1.0~rc1', packageName: 'update.gz' },
    expected: 35,
  },
  'Container Linux’s versions are compared as theirs': {
    offer: { version: '1967.3.0', packageName: 'update.gz' },
    facts: { version: '1911.3.0' },
    expected: 'taken',
  },
  'a machine that does not know its version takes any': {
    offer: { packageName: 'update.gz' },
    facts: { version: '0.0.0' },
    expected: 'taken',
  },
  'a version that failed is not installed again': {
    facts: { failed },
    expected: 35,
    says: /failed here: It did not boot\..*-force/,
  },
  'by a person neither': { facts: { failed }, wish: { interactive: true, force: false }, expected: 35 },
  'unless told': { facts: { failed }, wish: forced, expected: 'taken' },
  'another version than the failed one is taken': {
    offer: { version: '1.2.1' },
    facts: { failed },
    expected: 'taken',
  },
  'the idle slot is the way back while the running one is on trial': {
    facts: { runningSlot: 'on-trial' },
    expected: 36,
    says: /still on trial/,
  },
  'no force changes that': { facts: { runningSlot: 'on-trial' }, wish: forced, expected: 36 },
  'a machine without slots says so': { facts: { runningSlot: 'none' }, expected: 36, says: /no slot/ },
  'after too many failures it waits': {
    facts: { backoffLeftMs: 5 * 3_600_000 },
    expected: 40,
    says: /waits 5 h/,
  },
  'for days': { facts: { backoffLeftMs: 16 * 86_400_000 }, expected: 40, says: /waits 16 days/ },
  'unless told now': { facts: { backoffLeftMs: 1000 }, wish: forced, expected: 'taken' },
  'one millisecond is a wait': { facts: { backoffLeftMs: 1 }, expected: 40 },
  'what failed is told before the wait': { facts: { failed, backoffLeftMs: 1000 }, expected: 35 },
  'what runs is told before the trial': {
    offer: { version: '1.1.0' },
    facts: { runningSlot: 'on-trial' },
    expected: 35,
  },
  'the trial is told before the wait': {
    facts: { runningSlot: 'on-trial', backoffLeftMs: 1000 },
    expected: 36,
  },
};

for (const [name, one] of Object.entries(cases)) {
  test(name, () => {
    const offered = { ...offer, ...one.offer };
    const decision = decide(offered, { ...facts, ...one.facts }, one.wish ?? timer);
    if (decision.take) {
      assert.equal(decision.downgrade ? 'downgrade' : 'taken', one.expected);
      return;
    }
    assert.equal(decision.code, one.expected);
    assert.match(decision.reason, one.says ?? /./);
    assert.match(decision.reason, /\.$/);
  });
}
