// What locksmithd does next: one row a situation, and what must never come out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Decision, decide, type Facts } from '../../src/locksmith/decide.ts';

const nowMs = Date.UTC(2026, 10, 22, 14);
const soon = nowMs + 60_000;
const calm: Facts = {
  nowMs,
  reason: undefined,
  hold: undefined,
  hindered: undefined,
  opening: { open: true, next: { startMs: nowMs } },
  lock: 'none',
  lockTrouble: undefined,
  healthy: { yes: true, text: '' },
  keepLock: undefined,
};
const due: Facts = { ...calm, reason: 'an update to 2 is installed' };
const closed = { open: false, next: { startMs: soon } };
const trouble = { text: 'semaphore is at 0.', untilMs: soon };

const say = (decision: Decision) =>
  decision.kind === 'wait'
    ? `wait ${decision.phase}${decision.untilMs === undefined ? '' : ' until'}${decision.lockText === undefined ? '' : ' with lock'}`
    : decision.kind;

const rows: readonly (readonly [string, Partial<Facts>, string])[] = [
  ['nothing to do', { ...calm }, 'wait idle'],
  ['a reboot, no lock, no window', { ...due }, 'reboot'],
  ['outside of the window', { ...due, opening: closed }, 'wait waiting-window until'],
  ['no window ever', { ...due, opening: undefined }, 'wait waiting-window until'],
  ['held back for good', { ...due, hold: { text: 'x', untilMs: undefined } }, 'wait held-back'],
  ['held back for a time', { ...due, hold: { text: 'x', untilMs: soon } }, 'wait held-back until'],
  ['a lock that nobody has asked for yet', { ...due, lock: 'unknown' }, 'look'],
  ['a lock is free', { ...due, lock: 'free' }, 'acquire'],
  ['a lock is full', { ...due, lock: 'free', lockTrouble: trouble }, 'wait waiting-lock until'],
  ['a lock is asked again', { ...due, lock: 'free', lockTrouble: { ...trouble, untilMs: nowMs } }, 'acquire'],
  ['a lock is ours', { ...due, lock: 'held' }, 'reboot'],
  ['ours, but the window closed while we waited', { ...due, lock: 'held', opening: closed }, 'release'],
  [
    'ours, but a person holds it back',
    { ...due, lock: 'held', hold: { text: 'x', untilMs: undefined } },
    'release',
  ],
  ['ours, but something is in the way', { ...due, lock: 'held', hindered: trouble }, 'release'],
  ['ours, but nothing to reboot for any more', { ...calm, lock: 'held' }, 'release'],
  ['something is in the way', { ...due, hindered: trouble }, 'wait held-back until'],
  ['something was in the way', { ...due, hindered: { ...trouble, untilMs: nowMs } }, 'reboot'],
  ['back and healthy', { ...calm, lock: 'held-from-before' }, 'release'],
  [
    'back and not healthy yet',
    { ...calm, lock: 'held-from-before', healthy: { yes: false, text: 'x' } },
    'wait releasing with lock',
  ],
  [
    'back, not healthy, and another reboot due',
    { ...due, lock: 'held-from-before', healthy: { yes: false, text: 'x' } },
    'wait releasing with lock',
  ],
  ['back, healthy, and another update is due', { ...due, lock: 'held-from-before' }, 'release'],
  [
    'back, healthy, another update due in another window',
    { ...due, lock: 'held-from-before', opening: closed },
    'release',
  ],
  [
    'back on the old system',
    { ...calm, lock: 'held-from-before', keepLock: 'x' },
    'wait releasing with lock',
  ],
  [
    'back on the old system, and a newer update',
    { ...due, lock: 'held-from-before', keepLock: 'x' },
    'reboot',
  ],
  [
    'back and healthy, but etcd is away',
    { ...calm, lock: 'held-from-before', lockTrouble: trouble },
    'wait releasing until with lock',
  ],
  ['etcd is away from the start', { ...calm, lock: 'unknown', lockTrouble: trouble }, 'wait idle until'],
  [
    'etcd is away and a reboot is due',
    { ...due, lock: 'unknown', lockTrouble: trouble },
    'wait waiting-lock until',
  ],
];

for (const [situation, facts, expected] of rows) {
  test(situation, () => assert.equal(say(decide({ ...calm, ...facts })), expected));
}

test('whatever is known: no reboot outside a window, against a hold, without its lock; and waits have an end', () => {
  const time = fc.constantFrom(nowMs - 1, nowMs, soon);
  const textUntil = fc.option(fc.record({ text: fc.constant('x'), untilMs: time }), { nil: undefined });
  const anything = fc.record({
    nowMs: fc.constant(nowMs),
    reason: fc.option(fc.constant('x'), { nil: undefined }),
    hold: textUntil,
    hindered: textUntil,
    opening: fc.option(fc.record({ open: fc.boolean(), next: fc.constant({ startMs: soon }) }), {
      nil: undefined,
    }),
    lock: fc.constantFrom(
      'none' as const,
      'free' as const,
      'held' as const,
      'held-from-before' as const,
      'unknown' as const,
    ),
    lockTrouble: textUntil,
    healthy: fc.record({ yes: fc.boolean(), text: fc.constant('x') }),
    keepLock: fc.option(fc.constant('x'), { nil: undefined }),
  });
  fc.assert(
    fc.property(anything, (facts) => {
      const decision = decide(facts);
      if (decision.kind === 'reboot') {
        assert.ok(facts.reason !== undefined && facts.hold === undefined && facts.opening?.open === true);
        assert.ok(['none', 'held', 'held-from-before'].includes(facts.lock));
      }
      // A lock that is ours is used or given back, never sat upon.
      if (facts.lock === 'held') assert.ok(['reboot', 'release'].includes(decision.kind));
      if (decision.kind === 'release' && facts.lock === 'held-from-before') assert.ok(facts.healthy.yes);
      if (decision.kind === 'wait' && facts.hold === undefined && facts.reason !== undefined) {
        assert.ok(decision.untilMs !== undefined || decision.lockText !== undefined);
      }
    }),
    { numRuns: 2000 },
  );
});
