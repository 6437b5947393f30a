// The screen of `fleetctl top`: drawn anew with each look, steered by single keys, left as it was found.

import { rawTerminal } from '../../ssh/index.ts';
import type { Context } from './context.ts';
import type { SortKey } from './top-table.ts';

const sortKeyOf: Readonly<Record<string, SortKey>> = {
  c: 'cpu',
  m: 'memory',
  i: 'io',
  t: 'tasks',
  u: 'unit',
};
const keys = 'q quit   sort by: c CPU, m memory, i IO, t tasks, u unit';
/** The other screen without a cursor, and back. */
const enter = '\x1b[?1049h\x1b[?25l';
const leave = '\x1b[?25h\x1b[?1049l';

export interface Drawn {
  readonly head: readonly string[];
  readonly table: readonly string[];
  /** Resolves when there may be something new. */
  readonly next: Promise<void>;
}

/** Shows what `draw` gives until the user quits; returns the exit status. */
export async function openScreen(
  context: Context,
  intervalS: number,
  first: SortKey,
  draw: (sort: SortKey) => Drawn,
): Promise<number> {
  const { stdin, stdout } = process;
  const restore = await rawTerminal(leave);
  let sort = first;
  let quit: number | undefined;
  let woken = Promise.withResolvers<void>();
  const wake = () => woken.resolve();
  const typed = (piece: Buffer) => {
    for (const key of piece.toString('latin1')) {
      if (key === 'q' || key === '\x03' || key === '\x04') quit = key === '\x03' ? 130 : 0;
      sort = sortKeyOf[key] ?? sort;
    }
    wake();
  };
  stdin.on('data', typed);
  stdin.once('end', () => typed(Buffer.from('q')));
  stdout.on('resize', wake);
  context.signal.addEventListener('abort', wake, { once: true });
  stdout.write(enter);
  try {
    let next: Promise<void> | undefined;
    while (quit === undefined && !context.signal.aborted) {
      const drawn = draw(sort);
      stdout.write(screenful(drawn, sort, intervalS, stdout.columns || 80, stdout.rows || 24));
      next = drawn.next;
      await Promise.race([next, woken.promise]);
      woken = Promise.withResolvers();
    }
    return quit ?? 130;
  } finally {
    stdin.off('data', typed);
    stdin.pause();
    stdout.off('resize', wake);
    await restore();
  }
}

/** All of the screen, in one piece, so that it does not flicker. */
function screenful(drawn: Drawn, sort: SortKey, intervalS: number, columns: number, rows: number): string {
  const [header = '', ...table] = drawn.table;
  const head = [...drawn.head, `every ${intervalS} s, by ${sort}; ${keys}`, ''];
  const room = Math.max(0, rows - head.length - 1);
  const hidden = table.length > room ? table.length - room + 1 : 0;
  const shown = hidden > 0 ? [...table.slice(0, Math.max(0, room - 1)), `… ${hidden} more`] : table;
  const cut = (line: string) => [...line].slice(0, columns).join('');
  const lines = [...head.map(cut), `\x1b[7m${cut(header).padEnd(columns)}\x1b[0m`, ...shown.map(cut)];
  return `\x1b[H${lines.slice(0, rows).join('\x1b[K\r\n')}\x1b[K\x1b[J`;
}
