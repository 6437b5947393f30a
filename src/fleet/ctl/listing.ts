// What the three lists share: rows made of what is known of the cluster, printed once or followed.

import { CodedError } from '../../host/index.ts';
import type { Machine, UnitStatus } from '../model.ts';
import { byName, type Columns, chosenFields, printJson, printTable } from './columns.ts';
import type { Context } from './context.ts';

/** One of the lists. A row belongs to the unit, or to the machine, that it is made of. */
export interface Listing<Row> {
  columns(machines: ReadonlyMap<string, Machine>): Columns<Row>;
  /** The columns that say what a row is about: a row that goes is told by them. */
  readonly identity: readonly string[];
  /** Orders the rows, and tells them apart. */
  key(row: Row): string;
  ofUnit(unit: UnitStatus): readonly Row[];
  ofMachine(machine: Machine): readonly Row[];
  /** A row as --json has it. */
  json(row: Row): unknown;
}

/** Checks --fields. Throws `cli.unavailable`. */
export function fieldsOf<Row>(context: Context, listing: Listing<Row>): string[] {
  return chosenFields(context.flags.text('fields') ?? '', listing.columns(new Map()));
}

/** Prints what there is. */
export function printListing<Row>(
  context: Context,
  listing: Listing<Row>,
  fields: readonly string[],
  rows: readonly Row[],
  machines: ReadonlyMap<string, Machine>,
): void {
  const sorted = [...rows].sort(byName(listing.key));
  if (context.flags.bool('json')) printJson(context, sorted.map(listing.json));
  else printTable(context, listing.columns(machines), fields, sorted);
}

/** Gives an error of the API the beginning that fleet gives it. */
export async function listed<Result>(result: Promise<Result>): Promise<Result> {
  try {
    return await result;
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const text = `Error retrieving list of units from repository: ${error.message}`;
    throw new CodedError(error.code, error, text, {
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
}
