// The HTTP client of all network sources: which failures are tried again, when, and how often.

import { setTimeout as sleep } from 'node:timers/promises';
import { cloudConfigErrors } from '../errors.ts';
import { type Answer, HopelessRequest, type RequestOptions, request, shown } from './request.ts';

export interface FetchOptions extends RequestOptions {
  /** Tries in all. Default 15. */
  readonly tries?: number;
  /** Milliseconds before try number `attempt` + 2. Default: 100, doubled up to 3,200, then 5,000 each. */
  readonly pauseMs?: (attempt: number) => number;
  /** Statuses below 500 that this service gives for "later". */
  readonly retried?: readonly number[];
}

/** What makers of network sources take besides the URL, so that tests need not wait. */
export type FetchLimits = Pick<FetchOptions, 'tries' | 'pauseMs' | 'timeoutMs'>;

/** The pauses of the original: 46 s in all. */
export const usualPauseMs = (attempt: number): number => (attempt < 6 ? 100 * 2 ** attempt : 5_000);

/**
 * Asks until there is an answer of 2xx or 4xx. Network errors, bodies cut off and other statuses are tried
 * again. Throws `cloud-config.unavailable` after the last try, and `cloud-config.source` for what no try
 * would mend.
 */
export async function fetchAnswer(url: string, options: FetchOptions): Promise<Answer> {
  const { href } = webUrl(url);
  const tries = options.tries ?? 15;
  const name = shown(new URL(href));
  let reason = '';
  for (let attempt = 0; attempt < tries; attempt++) {
    if (attempt > 0) {
      const pause = (options.pauseMs ?? usualPauseMs)(attempt - 1);
      await sleep(pause, undefined, { signal: options.signal });
    }
    try {
      const answer = await request(href, options);
      if (isFinal(answer.status) && !options.retried?.includes(answer.status)) return answer;
      reason = `answered ${answer.statusText}`;
    } catch (error) {
      options.signal.throwIfAborted();
      if (error instanceof HopelessRequest) {
        throw cloudConfigErrors.error('source', `${name}: ${error.message}.`, { cause: error });
      }
      if (cloudConfigErrors.is(error)) throw error;
      reason = reasonOf(error);
    }
  }
  throw cloudConfigErrors.error('unavailable', `${name} could not be fetched in ${tries} tries: ${reason}.`);
}

const isOk = (status: number): boolean => status >= 200 && status < 300;
const isFinal = (status: number): boolean => isOk(status) || (status >= 400 && status < 500);

/** Gets a document; a 4xx is final. Throws as `fetchAnswer`, and `cloud-config.source` for a 4xx. */
export async function fetchDocument(url: string, options: FetchOptions): Promise<Uint8Array> {
  const answer = await fetchAnswer(url, options);
  if (!isOk(answer.status)) throw refused(answer);
  return answer.body;
}

/** Gets a document that need not be there: a 4xx is none. */
export async function fetchOptional(url: string, options: FetchOptions): Promise<Uint8Array | undefined> {
  const answer = await fetchAnswer(url, options);
  return isOk(answer.status) ? answer.body : undefined;
}

/** The same as text. */
export async function fetchOptionalText(url: string, options: FetchOptions): Promise<string | undefined> {
  const body = await fetchOptional(url, options);
  return body === undefined ? undefined : Buffer.from(body).toString('utf8');
}

/** The value of a JSON document that need not be there. Throws `cloud-config.source` when it is not JSON. */
export async function fetchOptionalJson(url: string, options: FetchOptions): Promise<unknown> {
  const text = await fetchOptionalText(url, options);
  return text === undefined || text.trim() === '' ? undefined : parseJson(text, url);
}

/** Parses JSON of a source; throws `cloud-config.source` that names the place. */
export function parseJson(text: string, location: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw cloudConfigErrors.error('source', `${location} is not JSON: ${reason}.`, { cause });
  }
}

/** The error of an answer that is a refusal. */
export function refused(answer: Answer): Error {
  return cloudConfigErrors.error('source', `${answer.url} answered ${answer.statusText}.`);
}

/** What one question without a second try came to: the answer of 2xx, or why there is none. */
export type Probe = { readonly answer: Answer } | { readonly reason: string; readonly status?: number };

/** Asks once. Never throws but for an aborted signal. */
export async function probe(url: string, options: RequestOptions): Promise<Probe> {
  try {
    const answer = await request(url, options);
    if (isOk(answer.status)) return { answer };
    return { reason: `${answer.url} answered ${answer.statusText}`, status: answer.status };
  } catch (error) {
    options.signal.throwIfAborted();
    return { reason: `${shown(new URL(url))}: ${reasonOf(error)}` };
  }
}

function reasonOf(error: unknown): string {
  // A name with several addresses fails with the failures of all of them.
  const one = error instanceof AggregateError ? error.errors[0] : error;
  return one instanceof Error ? one.message.replace(/\.$/, '') : String(one);
}

/** A URL given by a person; throws `cloud-config.usage` unless it is an http or https one. */
export function webUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw cloudConfigErrors.error('usage', `${JSON.stringify(text)} is not an http or https URL.`);
  }
  return url;
}
