// Looks at all gates, once or until they are content.

import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../../host/index.ts';
import { judge } from './gates.ts';
import { gatherHealth } from './gather.ts';
import type { GateVerdict } from './model.ts';
import { askGate, findGates } from './user-gates.ts';

/** What every gate says now. One of health.d takes the place of ours of that name. */
export async function lookOnce(home: string): Promise<readonly GateVerdict[]> {
  const own = findGates();
  const verdicts = judge(await gatherHealth(home), new Set(own.map(({ name }) => name)));
  const asked = await Promise.all(own.filter(({ kind }) => kind !== 'off').map((gate) => askGate(gate)));
  return [...verdicts, ...asked];
}

/**
 * Looks until all gates are content in two looks, `settleMs` apart, or the time is over; returns the last look.
 * Two, because a daemon that falls over again and again runs now and then.
 */
export async function waitUntilHealthy(
  look: () => Promise<readonly GateVerdict[]>,
  waitMs: number,
  settleMs = 3000,
): Promise<readonly GateVerdict[]> {
  const end = monotonicMs() + waitMs;
  for (let content = 0; ; ) {
    const verdicts = await look();
    content = verdicts.every(({ healthy }) => healthy) ? content + 1 : 0;
    if (content === 2 || (content === 0 && monotonicMs() >= end)) return verdicts;
    await sleep(content === 0 ? Math.min(2000, settleMs) : settleMs);
  }
}
