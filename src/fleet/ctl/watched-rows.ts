// The rows of a list that is followed: kept from the stream of events, with what changes among them. Pure.

import type { FleetEvent, Machine } from '../model.ts';
import { byName } from './columns.ts';
import type { Listing } from './listing.ts';

export type RowChange<Row> = {
  readonly change: 'added' | 'changed' | 'removed';
  readonly row: Row;
  /** As the fields show it; what does not identify a row that went is "-". */
  readonly cells: readonly string[];
};

interface Shown<Row> {
  readonly row: Row;
  readonly cells: readonly string[];
  /** Two rows of the same text look the same. */
  readonly text: string;
}

export class WatchedRows<Row> {
  readonly #listing: Listing<Row>;
  readonly #fields: readonly string[];
  /** Whether every difference of a row counts, and not only those that its cells show. */
  readonly #whole: boolean;
  readonly machines = new Map<string, Machine>();
  /** By unit or machine, then by the row's key. */
  readonly #rows = new Map<string, Map<string, Shown<Row>>>();
  /** Who was not told of since a stream began anew. */
  #stale: Set<string> | undefined;

  constructor(listing: Listing<Row>, fields: readonly string[], whole: boolean) {
    this.#listing = listing;
    this.#fields = fields;
    this.#whole = whole;
  }

  /** A stream begins: what it does not tell of until it is in step is there no more. */
  restart(): void {
    this.#stale = new Set([...this.#rows.keys(), ...[...this.machines.keys()].map((id) => `m ${id}`)]);
  }

  /** Takes an event; the rows that differ now. */
  take(event: FleetEvent): RowChange<Row>[] {
    if (event.type === 'unit') return this.#put(`u ${event.unit.name}`, this.#listing.ofUnit(event.unit));
    if (event.type === 'unit-removed') return this.#put(`u ${event.name}`, []);
    if (event.type === 'machine') {
      this.machines.set(event.machine.id, event.machine);
      return this.#put(`m ${event.machine.id}`, this.#listing.ofMachine(event.machine));
    }
    if (event.type === 'machine-removed') {
      this.machines.delete(event.id);
      return this.#put(`m ${event.id}`, []);
    }
    if (event.type !== 'synced' || this.#stale === undefined) return [];
    const gone = [...this.#stale];
    this.#stale = undefined;
    return gone.flatMap((owner) => {
      if (owner.startsWith('m ')) this.machines.delete(owner.slice(2));
      return this.#put(owner, []);
    });
  }

  /** All rows, in order. */
  get rows(): Row[] {
    const all = [...this.#rows.values()].flatMap((rows) => [...rows.values()].map(({ row }) => row));
    return all.sort(byName(this.#listing.key));
  }

  #put(owner: string, rows: readonly Row[]): RowChange<Row>[] {
    this.#stale?.delete(owner);
    const before = this.#rows.get(owner) ?? new Map<string, Shown<Row>>();
    const now = new Map(rows.map((row) => [this.#listing.key(row), this.#show(row)]));
    if (now.size === 0) this.#rows.delete(owner);
    else this.#rows.set(owner, now);
    const changes: RowChange<Row>[] = [];
    for (const [key, { row, cells }] of before) {
      if (now.has(key)) continue;
      const left = this.#fields.map((field, index) =>
        this.#listing.identity.includes(field) ? (cells[index] ?? '') : '-',
      );
      changes.push({ change: 'removed', row, cells: left });
    }
    for (const [key, { row, cells, text }] of now) {
      const old = before.get(key);
      if (old?.text !== text) changes.push({ change: old === undefined ? 'added' : 'changed', row, cells });
    }
    return changes;
  }

  #show(row: Row): Shown<Row> {
    const columns = this.#listing.columns(this.machines);
    const cells = this.#fields.map((field) => columns[field]?.(row) ?? '');
    return { row, cells, text: this.#whole ? JSON.stringify(this.#listing.json(row)) : cells.join('\t') };
  }
}
