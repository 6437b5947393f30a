// Which source it is: the first in the list that says yes. What lies on the machine is asked before the
// network, and what is there for certain is waited for a while before the others count.

import { cloudConfigErrors } from '../errors.ts';
import type { Source } from './source.ts';

export interface ChoiceOptions {
  readonly signal: AbortSignal;
  /** In all, in milliseconds. */
  readonly waitMs: number;
  /** How long sources that evidence calls certain hold back those after them. Default 30,000. */
  readonly certainMs?: number;
  readonly now: () => number;
  /** Told which source was taken and why, when there was something to choose; and what is waited for. */
  readonly explain?: (sentence: string) => void;
}

/**
 * Asks the sources again and again until one is available; throws `cloud-config.unavailable` when none can
 * become so, or after `waitMs`.
 */
export async function chooseSource(sources: readonly Source[], options: ChoiceOptions): Promise<Source> {
  const began = options.now();
  let told = '';
  for (let pauseMs = 100; ; pauseMs = Math.min(30_000, pauseMs * 2)) {
    const passed = options.now() - began;
    const held = passed < (options.certainMs ?? 30_000);
    const chosen = await firstAvailable(sources, held, options.signal);
    if (chosen !== undefined) {
      if (sources.length > 1 || chosen.evidence !== undefined)
        options.explain?.(explanation(chosen, sources));
      return chosen;
    }
    const left = options.waitMs - passed;
    if (left <= 0 || !sources.some((source) => source.mayAppear)) {
      const places = sources.map((source) => missing(source, becauseOf(source)));
      throw cloudConfigErrors.error('unavailable', `No datasources available in time: ${places.join(', ')}.`);
    }
    const waiting = `Waiting for ${sources.map((source) => missing(source)).join(', ')}.`;
    if (passed >= quietMs && waiting !== told) {
      options.explain?.(waiting);
      told = waiting;
    }
    const { setTimeout: sleep } = await import('node:timers/promises');
    await sleep(Math.min(pauseMs, left), undefined, { signal: options.signal });
  }
}

/** Nothing is said of a source that is a moment late. */
const quietMs = 2_000;

const missing = (source: Source, because = ''): string =>
  `${source.type} (${source.whyNot?.() ?? source.location}${because})`;

/** One round of questions; with `held` nothing after a certain source that may still appear is asked. */
async function firstAvailable(
  sources: readonly Source[],
  held: boolean,
  signal: AbortSignal,
): Promise<Source | undefined> {
  const certain = sources.findIndex((source) => source.evidence?.certain === true && source.mayAppear);
  const asked = held && certain !== -1 ? sources.slice(0, certain + 1) : sources;
  for (const overNetwork of [false, true]) {
    const group = asked.filter((source) => (source.overNetwork ?? false) === overNetwork);
    const answers = await Promise.all(group.map((source) => source.available(signal)));
    const chosen = group.find((_, index) => answers[index] === true);
    if (chosen !== undefined) return chosen;
  }
  return undefined;
}

const becauseOf = ({ evidence }: Source): string =>
  evidence === undefined ? '' : `, because ${evidence.why}`;

function explanation(chosen: Source, sources: readonly Source[]): string {
  const others = sources
    .filter((source) => source !== chosen)
    .map(({ type, location }) => `${type} (${location})`);
  const passed = others.length === 0 ? '' : ` Not taken: ${others.join(', ')}.`;
  const why = chosen.evidence === undefined ? ', the first of those named that is there' : becauseOf(chosen);
  return `Source: ${chosen.type} (${chosen.location})${why}.${passed}`;
}
