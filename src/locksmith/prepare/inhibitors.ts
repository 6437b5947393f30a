// Programs that hold the machine up. Those that block are waited for; those that only delay get their moment from
// logind. Pure.

import type { Inhibitor } from '../../systemd/index.ts';

export interface InhibitorNews {
  /** Sentences about those that have to go first. */
  readonly blocking: readonly string[];
  /** About those that logind waits for, for a moment. */
  readonly delaying: readonly string[];
}

/** What stands in the way of a shutdown. */
export function inhibitorNews(inhibitors: readonly Inhibitor[]): InhibitorNews {
  const about = ({ who, why, pid }: Inhibitor) => `${who} (pid ${pid})${why === '' ? '' : `: ${why}`}`;
  const concerned = inhibitors.filter(({ what }) => what.includes('shutdown'));
  // "block-weak" gives way to root.
  return {
    blocking: concerned.filter(({ mode }) => mode === 'block').map(about),
    delaying: concerned.filter(({ mode }) => mode === 'delay').map(about),
  };
}
