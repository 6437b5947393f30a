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

export interface WaitOptions {
  /** Between two looks that are content. Default 3,000. */
  readonly settleMs?: number;
  /** Told who is not content, from `quietMs` (default 20,000) on, whenever that changes. */
  readonly onUnhealthy?: (verdicts: readonly GateVerdict[]) => void;
  readonly quietMs?: number;
}

/**
 * Looks until all gates are content in two looks, or the time is over; returns the last look. Two, because a
 * daemon that falls over again and again runs now and then.
 */
export async function waitUntilHealthy(
  look: () => Promise<readonly GateVerdict[]>,
  waitMs: number,
  { settleMs = 3000, quietMs = 20_000, onUnhealthy }: WaitOptions = {},
): Promise<readonly GateVerdict[]> {
  const begin = monotonicMs();
  let told = '';
  for (let content = 0; ; ) {
    const verdicts = await look();
    const unhealthy = verdicts.filter(({ healthy }) => !healthy);
    content = unhealthy.length === 0 ? content + 1 : 0;
    const passed = monotonicMs() - begin;
    if (content === 2 || (content === 0 && passed >= waitMs)) return verdicts;
    const text = JSON.stringify(unhealthy);
    if (content === 0 && passed >= quietMs && text !== told) {
      onUnhealthy?.(unhealthy);
      told = text;
    }
    await sleep(content === 0 ? Math.min(2000, settleMs) : settleMs);
  }
}
