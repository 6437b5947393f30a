// Lists with --watch: on a terminal the list as it is now, elsewhere a line for each row that changes.

import { setTimeout as sleep } from 'node:timers/promises';
import { renderTable } from '../../cli/index.ts';
import { backoffMs } from '../../host/index.ts';
import type { FleetEvent } from '../model.ts';
import type { Context, Screen } from './context.ts';
import { type Listing, printListing } from './listing.ts';
import { isPassing } from './wait.ts';
import { type RowChange, WatchedRows } from './watched-rows.ts';

/** A burst of changes is drawn once. */
const redrawMs = 100;

/** Ends when the user interrupts it. Throws what the first connection throws. */
export async function watchListing<Row>(
  context: Context,
  listing: Listing<Row>,
  fields: readonly string[],
): Promise<number> {
  const { output, signal } = context;
  const rows = new WatchedRows(listing, fields, context.flags.bool('json'));
  const shown =
    output.screen === undefined || context.flags.bool('json')
      ? asLines(context, listing, fields, rows)
      : onScreen(context, listing, fields, rows);
  const client = await context.client();
  let synced = false;
  /** Up to where everything has been told: a stream that breaks is taken up from there. */
  let since: number | undefined;
  for (let attempt = 0; ; attempt++) {
    if (since === undefined) rows.restart();
    try {
      for await (const event of client.events(undefined, signal, since)) {
        attempt = 0;
        if (event.type === 'reset') rows.restart();
        if (
          (event.type === 'synced' || event.type === 'bookmark' || event.type === 'ping') &&
          event.revision > 0
        ) {
          since = event.revision;
        }
        const changes = rows.take(event);
        if (event.type === 'synced') {
          if (!synced) shown.begin();
          synced = true;
        }
        if (synced) shown.changed(changes, event);
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!synced || !isPassing(error)) throw error;
      if (attempt === 0) output.err(`${error.message} Trying again.`);
    }
    await sleep(backoffMs(attempt, { firstMs: 100, maxMs: 2_000 }), undefined, { signal });
  }
}

interface Shower<Row> {
  /** All that there is has been told. */
  begin(): void;
  changed(changes: readonly RowChange<Row>[], event: FleetEvent): void;
}

function asLines<Row>(
  context: Context,
  listing: Listing<Row>,
  fields: readonly string[],
  rows: WatchedRows<Row>,
): Shower<Row> {
  const { output, flags } = context;
  const json = flags.bool('json');
  const print = ({ change, row, cells }: RowChange<Row>) =>
    output.out(
      json
        ? `${JSON.stringify({ change, row: listing.json(row) })}\n`
        : renderTable({ header: fields, rows: [cells], noLegend: true }),
    );
  return {
    begin: () => {
      if (!json) printListing(context, listing, fields, rows.rows, rows.machines);
      else for (const row of rows.rows) print({ change: 'added', row, cells: [] });
    },
    changed: (changes) => {
      for (const change of changes) print(change);
    },
  };
}

function onScreen<Row>(
  context: Context,
  listing: Listing<Row>,
  fields: readonly string[],
  rows: WatchedRows<Row>,
): Shower<Row> {
  const { output, signal } = context;
  let due: NodeJS.Timeout | undefined;
  const draw = () => {
    due = undefined;
    const screen = output.screen;
    if (screen === undefined || signal.aborted) return;
    const columns = listing.columns(rows.machines);
    const table = renderTable({
      header: fields.map((field) => field.toUpperCase()),
      rows: rows.rows.map((row) => fields.map((field) => columns[field]?.(row) ?? '')),
      noLegend: context.flags.bool('no-legend'),
    });
    output.out(screenful(table, screen));
  };
  signal.addEventListener('abort', () => clearTimeout(due), { once: true });
  return {
    begin: draw,
    changed: (changes, { type }) => {
      // A machine's address is in the rows of its units.
      if (changes.length === 0 && !type.startsWith('machine')) return;
      due ??= setTimeout(draw, redrawMs);
    },
  };
}

/** The text from the terminal's first line on, as much of it as there is room for; clears what was there. */
export function screenful(text: string, { rows, columns }: Screen): string {
  const lines = text.split('\n').slice(0, -1);
  const room = Math.max(1, rows - 1);
  const shown = lines.length <= room ? lines : lines.slice(0, Math.max(1, room - 1));
  const more = lines.length - shown.length;
  const all = more === 0 ? shown : [...shown, `… and ${more} more`];
  // Tabs make a line longer than its characters: the terminal cuts it, its wrapping turned off meanwhile.
  const drawn = all.map((line) => `${[...line].slice(0, columns).join('')}\x1b[K\n`).join('');
  return `\x1b[H\x1b[?7l${drawn}\x1b[?7h\x1b[J`;
}
