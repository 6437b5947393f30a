// Whether a download goes on with what attempts before have left, and when that is given up. In the field's prefs:
// which answer the bytes are of, and how often going on with them failed.

import { createHash } from 'node:crypto';
import type { Offer } from './model.ts';
import type { Prefs } from './prefs/prefs.ts';
import { responseSignature } from './retry.ts';

/** After so many failures of downloads that went on, the next begins from nothing. Of update_engine. */
export const mostResumedFailures = 10;

export interface Attempt {
  /** It goes on with what is there: flag bit 30 of a code that is reported of it. */
  readonly resumed: boolean;
  readonly fromScratch: boolean;
}

export interface Resume {
  /** Before each attempt. */
  begin(): Promise<Attempt>;
  /** Some of the payload is here now. */
  bytesCame(): void;
  /** The attempt that was begun failed. */
  failed(): Promise<void>;
  /** The payload is installed; nothing of it is left to go on with. */
  ended(): Promise<void>;
}

/** What is decided of an attempt: of an answer whose bytes are there, as long as that did not fail too often. Pure. */
export function attemptOf(hasBytes: boolean, resumedFailures: number): Attempt {
  const fromScratch = hasBytes && resumedFailures >= mostResumedFailures;
  return { resumed: hasBytes && !fromScratch, fromScratch };
}

/** The memory of downloads of that offer. */
export async function openResume(prefs: Prefs, offer: Offer): Promise<Resume> {
  const hash = createHash('sha256').update(responseSignature(offer)).digest('base64');
  let hasBytes = (await prefs.get('update-check-response-hash')) === hash;
  let failures = hasBytes ? ((await prefs.getNumber('resumed-update-failures')) ?? 0) : 0;
  let current: Attempt = { resumed: false, fromScratch: false };
  let noting: Promise<void> = Promise.resolve();
  return {
    async begin() {
      current = attemptOf(hasBytes, failures);
      if (current.fromScratch || !hasBytes) {
        [hasBytes, failures] = [false, 0];
        await prefs.note('update-check-response-hash', '');
        await prefs.note('resumed-update-failures', 0);
      }
      return current;
    },
    bytesCame() {
      if (hasBytes) return;
      hasBytes = true;
      noting = prefs.note('update-check-response-hash', hash);
    },
    async failed() {
      await noting;
      if (!current.resumed) return;
      failures += 1;
      await prefs.note('resumed-update-failures', failures);
    },
    async ended() {
      await noting;
      await prefs.note('resumed-update-failures', 0);
      await prefs.note('update-check-response-hash', '');
    },
  };
}
