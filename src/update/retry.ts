// Which mirror is tried next and how long a download that keeps failing stays away. Pure; what it returns is
// kept in prefs, so that a restart does not begin anew.

import { fuzzed } from './cadence.ts';
import type { Offer } from './model.ts';

export interface RetryState {
  readonly urlIndex: number;
  /** Failures in a row of the current URL. */
  readonly failureCount: number;
  /** How often all mirrors were gone through, or the whole payload came and was no use. */
  readonly attempt: number;
  /** Milliseconds since 1970 before which nothing is downloaded; 0 for no wait. */
  readonly backoffUntilMs: number;
  /** The answer that all this is about. */
  readonly signature: string;
}

export const freshRetry: RetryState = {
  urlIndex: 0,
  failureCount: 0,
  attempt: 0,
  backoffUntilMs: 0,
  signature: '',
};

/** Time and chance of this moment. */
export interface Moment {
  readonly nowMs: number;
  readonly random: () => number;
}

const minuteMs = 60_000;
const dayMinutes = 24 * 60;
const fuzzMinutes = 12 * 60;
const mostDays = 16;

/** The mirror is at fault: the next one is tried. */
const blamesMirror = new Set([10, 11, 12, 17, 18, 21, 22, 23, 24, 25, 26, 27, 28, 29, 32, 33, 38, 39]);
/** Something between us and the mirror: it gets a few more chances. */
const blamesWay = new Set([1, 9, 14, 20, 37]);

/** What is the same as long as the answer is: its text in the field's own form. */
export function responseSignature(offer: Offer): string {
  const urls = offer.codebases.map((codebase, index) => `Url${index} = ${payloadUrl(codebase, offer)}\n`);
  return (
    `NumURLs = ${offer.codebases.length}\n${urls.join('')}` +
    `Payload Size = ${offer.sizeBytes}\nPayload Sha256 Hash = ${offer.sha256}\n` +
    `Is Delta Payload = ${Number(offer.isDelta)}\n` +
    `Max Failure Count Per Url = ${offer.maxFailureCountPerUrl}\n` +
    `Disable Payload Backoff = ${Number(offer.disablePayloadBackoff)}\n`
  );
}

/** Codebase and name as one URL; a `/` that is missing between them is added. */
export function payloadUrl(codebase: string, { packageName }: Pick<Offer, 'packageName'>): string {
  return codebase.endsWith('/') ? codebase + packageName : `${codebase}/${packageName}`;
}

/** The state for this answer: another answer, or an index beyond its mirrors, starts from nothing. */
export function retryFor(state: RetryState, offer: Offer, nowMs: number): RetryState {
  const signature = responseSignature(offer);
  const fits = state.signature === signature && state.urlIndex < offer.codebases.length;
  if (!fits) return { ...freshRetry, signature };
  // A clock that was set back must not lock updates out for years.
  const longestMs = (mostDays * dayMinutes + fuzzMinutes) * minuteMs;
  return state.backoffUntilMs > nowMs + longestMs ? { ...state, backoffUntilMs: 0 } : state;
}

/** After a failure with that code (without flag bits). */
export function afterFailure(state: RetryState, offer: Offer, code: number, moment: Moment): RetryState {
  if (blamesMirror.has(code)) return nextUrl(state, offer, moment);
  if (!blamesWay.has(code) && code < 2000) return state;
  const failureCount = state.failureCount + 1;
  if (failureCount < offer.maxFailureCountPerUrl) return { ...state, failureCount };
  return nextUrl(state, offer, moment);
}

/** After bytes came: the mirror works. */
export function afterBytes(state: RetryState): RetryState {
  return state.failureCount === 0 ? state : { ...state, failureCount: 0 };
}

/** After the whole payload came: should it be of no use, the next download waits. */
export function afterDownload(state: RetryState, offer: Offer, moment: Moment): RetryState {
  return nextAttempt(state, offer, moment);
}

/** Milliseconds that the download still has to wait; 0 when it may begin. */
export function backoffLeftMs(state: RetryState, offer: Offer, nowMs: number): number {
  if (offer.disablePayloadBackoff || offer.isDelta) return 0;
  return Math.max(0, state.backoffUntilMs - nowMs);
}

function nextUrl(state: RetryState, offer: Offer, moment: Moment): RetryState {
  const urlIndex = state.urlIndex + 1;
  if (urlIndex < offer.codebases.length) return { ...state, urlIndex, failureCount: 0 };
  return nextAttempt({ ...state, urlIndex: 0, failureCount: 0 }, offer, moment);
}

function nextAttempt(state: RetryState, offer: Offer, { nowMs, random }: Moment): RetryState {
  if (offer.isDelta) return state;
  const attempt = state.attempt + 1;
  if (offer.disablePayloadBackoff) return { ...state, attempt, backoffUntilMs: 0 };
  const days = Math.min(2 ** (attempt - 1), mostDays);
  const minutes = fuzzed(days * dayMinutes, fuzzMinutes, random);
  return { ...state, attempt, backoffUntilMs: nowMs + minutes * minuteMs };
}
