// The retry state of downloads in the prefs.
//
// The files are written one after another, and a kill between two of them must not pair the numbers of one answer
// with another one: the signature, without which the others say nothing, goes first and comes last.

import { freshRetry, type RetryState } from '../retry.ts';
import type { Prefs } from './prefs.ts';

/** Seconds between 1601 and 1970: older engines counted microseconds since 1601, Flatcar's counts seconds since 1970. */
const epochDeltaS = 11_644_473_600n;
/** No time in seconds since 1970 is that large, and none in microseconds since 1601 that small. */
const secondsBelow = 1_000_000_000_000n;

export async function loadRetry(prefs: Prefs): Promise<RetryState> {
  const signature = await prefs.get('current-response-signature');
  if (signature === undefined) return freshRetry;
  return {
    signature,
    urlIndex: (await prefs.getNumber('current-url-index')) ?? 0,
    failureCount: (await prefs.getNumber('current-url-failure-count')) ?? 0,
    attempt: (await prefs.getNumber('payload-attempt-number')) ?? 0,
    backoffUntilMs: fromFieldTime(await prefs.get('backoff-expiry-time')),
  };
}

/** Keeps `state`; what did not change since `before` costs no write. */
export async function saveRetry(prefs: Prefs, state: RetryState, before: RetryState): Promise<void> {
  if (state.signature !== before.signature) {
    // Numbers of another answer are meant for no mirror of this one: gone before its signature comes.
    await prefs.delete('current-response-signature');
  }
  await prefs.set('current-url-index', state.urlIndex);
  await prefs.set('current-url-failure-count', state.failureCount);
  await prefs.set('payload-attempt-number', state.attempt);
  await prefs.set('backoff-expiry-time', toFieldTime(state.backoffUntilMs));
  await prefs.set('current-response-signature', state.signature);
}

function toFieldTime(ms: number): string {
  return String(Math.ceil(ms / 1000));
}

function fromFieldTime(text: string | undefined): number {
  if (text === undefined || !/^\d{1,18}$/.test(text.trim())) return 0;
  const time = BigInt(text.trim());
  if (time < secondsBelow) return Number(time) * 1000;
  const ms = (time - epochDeltaS * 1_000_000n) / 1000n;
  return ms > 0n ? Number(ms) : 0;
}
