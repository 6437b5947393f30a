// Which source it is: all that were named are asked at once; the first in the list that says yes is taken.

import { cloudConfigErrors } from '../errors.ts';
import type { Source } from './source.ts';

/**
 * Asks the sources again and again until one is available; throws `cloud-config.unavailable` when none can
 * become so, or after `waitMs`.
 */
export async function chooseSource(
  sources: readonly Source[],
  options: { readonly signal: AbortSignal; readonly waitMs: number; readonly now: () => number },
): Promise<Source> {
  const deadline = options.now() + options.waitMs;
  for (let pauseMs = 100; ; pauseMs = Math.min(30_000, pauseMs * 2)) {
    const answers = await Promise.all(sources.map((source) => source.available(options.signal)));
    const chosen = sources.find((_, index) => answers[index] === true);
    if (chosen !== undefined) return chosen;
    const left = deadline - options.now();
    if (left <= 0 || !sources.some((source) => source.mayAppear)) {
      const places = sources
        .map((source) => `${source.type} (${source.whyNot?.() ?? source.location})`)
        .join(', ');
      throw cloudConfigErrors.error('unavailable', `No datasources available in time: ${places}.`);
    }
    const { setTimeout: sleep } = await import('node:timers/promises');
    await sleep(Math.min(pauseMs, left), undefined, { signal: options.signal });
  }
}
