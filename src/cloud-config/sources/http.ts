// The HTTP client of all network sources: bounded in time, size and tries.

import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../../host/index.ts';
import { cloudConfigErrors } from '../errors.ts';
import { maxSourceBytes } from './read.ts';

export interface FetchOptions {
  readonly signal: AbortSignal;
  /** Tries in all. Default 15. */
  readonly tries?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly random?: () => number;
}

const requestMs = 10_000;

/**
 * Gets a document. Network errors and statuses other than 2xx and 4xx are tried again, with pauses from
 * 100 ms up to 5 s; a 4xx is final. Throws `cloud-config.source`.
 */
export async function fetchDocument(url: string, options: FetchOptions): Promise<Uint8Array> {
  const tries = options.tries ?? 15;
  let reason = '';
  for (let attempt = 0; attempt < tries; attempt++) {
    if (attempt > 0) {
      const pause = backoffMs(attempt - 1, { firstMs: 100, maxMs: 5_000 }, options.random);
      await sleep(pause, undefined, { signal: options.signal });
    }
    const answer = await fetchOnce(url, options);
    if ('body' in answer) return answer.body;
    if (answer.final) throw cloudConfigErrors.error('source', `${url} answered ${answer.reason}.`);
    reason = answer.reason;
  }
  throw cloudConfigErrors.error('unavailable', `${url} could not be fetched in ${tries} tries: ${reason}.`);
}

type Answer = { readonly body: Uint8Array } | { readonly reason: string; readonly final: boolean };

async function fetchOnce(url: string, options: FetchOptions): Promise<Answer> {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(requestMs)]);
  try {
    const response = await fetch(url, { signal, headers: { ...options.headers }, redirect: 'follow' });
    if (!response.ok) {
      await response.body?.cancel();
      const final = response.status >= 400 && response.status < 500;
      return { reason: `${response.status} ${response.statusText}`, final };
    }
    return { body: await bodyOf(response) };
  } catch (error) {
    options.signal.throwIfAborted();
    if (cloudConfigErrors.is(error)) throw error;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { reason: cause instanceof Error ? cause.message : String(cause), final: false };
  }
}

async function bodyOf(response: Response): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    if (!(piece instanceof Uint8Array)) continue;
    size += piece.length;
    if (size > maxSourceBytes) {
      throw cloudConfigErrors.error(
        'source',
        `${response.url} is larger than ${maxSourceBytes / 1024 / 1024} MiB.`,
      );
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
