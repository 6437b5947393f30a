// The lists' columns: which were asked for, and the table or the JSON made of them.

import { cliErrors, renderTable } from '../../cli/index.ts';
import type { Context } from './context.ts';

/** How a field of a row of a list is shown. */
export type Columns<Row> = Readonly<Record<string, (row: Row) => string>>;

/** The fields of --fields, checked. Throws `cli.unavailable` for an unknown one, as fleet does (exit 1). */
export function chosenFields(text: string, columns: Readonly<Record<string, unknown>>): string[] {
  if (text === '') throw cliErrors.error('unavailable', 'Must define output format');
  const fields = text.split(',');
  const unknown = fields.find((field) => !Object.hasOwn(columns, field));
  if (unknown !== undefined) {
    throw cliErrors.error('unavailable', `Invalid key in output format: "${unknown}"`, {
      hint: `Fields: ${Object.keys(columns).join(', ')}.`,
    });
  }
  return fields;
}

/** Prints the rows as --fields and --no-legend say. */
export function printTable<Row>(
  context: Context,
  columns: Columns<Row>,
  fields: readonly string[],
  rows: readonly Row[],
): void {
  context.output.out(
    renderTable({
      header: fields.map((field) => field.toUpperCase()),
      rows: rows.map((row) => fields.map((field) => columns[field]?.(row) ?? '')),
      noLegend: context.flags.bool('no-legend'),
    }),
  );
}

export function printJson(context: Context, value: unknown): void {
  context.output.out(`${JSON.stringify(value, null, 2)}\n`);
}

export function byName<Row>(key: (row: Row) => string): (a: Row, b: Row) => number {
  return (a, b) => {
    const [left, right] = [key(a), key(b)];
    return left < right ? -1 : left > right ? 1 : 0;
  };
}

/** A hash as lists show it. */
export function showHash(hash: string, full: boolean): string {
  return hash === '' ? '-' : full ? hash : hash.slice(0, 7);
}
