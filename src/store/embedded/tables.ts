// The state of an embedded store as tables: reads, and the changes that one transaction makes. Synchronous;
// whoever calls begins and ends the transactions of SQLite.

import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { Change, Guard, KeyRange, KeyValue, LeaseId, Operation, Revision } from '../model.ts';

type Row = Record<string, SQLOutputValue>;

// History is there to bridge the restart of a reader, not to be an archive.
const keptRevisions = 10_000;
const keptBytes = 32 * 1024 * 1024;
const pruneEvery = 500;

export class Tables {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  /** The revision of the state as it is. */
  revision: Revision = 0;
  /** Changes up to this revision are no longer known. */
  forgotten: Revision = 0;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.reload();
  }

  /** Reads the revision again, after a transaction was rolled back. */
  reload(): void {
    const head = this.#sql('SELECT revision, forgotten FROM head').get() ?? {};
    this.revision = integer(head.revision);
    this.forgotten = integer(head.forgotten);
  }

  get(key: string): KeyValue | undefined {
    const row = this.#sql('SELECT * FROM pair WHERE key = ?').get(Buffer.from(key));
    return row === undefined ? undefined : keyValueOf(row);
  }

  range(range: KeyRange): KeyValue[] {
    return this.#sql('SELECT * FROM pair WHERE key >= ? AND key < ? ORDER BY key')
      .all(Buffer.from(range.from), Buffer.from(range.to))
      .map(keyValueOf);
  }

  head(range: KeyRange): { readonly newest: Revision; readonly count: number } {
    const row = this.#sql(
      'SELECT coalesce(max(modified), 0) AS newest, count(*) AS count FROM pair WHERE key >= ? AND key < ?',
    ).get(Buffer.from(range.from), Buffer.from(range.to));
    return { newest: integer(row?.newest), count: integer(row?.count) };
  }

  /** The changes in a range after a revision that is not forgotten, oldest first. */
  changesAfter(revision: Revision, range: KeyRange): Change[] {
    return this.#sql(
      'SELECT * FROM change WHERE revision > ? AND key >= ? AND key < ? ORDER BY revision, place',
    )
      .all(revision, Buffer.from(range.from), Buffer.from(range.to))
      .map(changeOf);
  }

  guardsHold(guards: readonly Guard[]): boolean {
    return guards.every((guard) => {
      const row = this.#sql('SELECT modified FROM pair WHERE key = ?').get(Buffer.from(guard.key));
      return (row === undefined ? 0 : integer(row.modified)) === guard.modRevision;
    });
  }

  /** Does the operations as one new revision; without an effect there is no new revision. */
  apply(operations: readonly Operation[]): Change[] {
    const revision = this.revision + 1;
    const changes: Change[] = [];
    for (const operation of operations) {
      if (operation.kind === 'put') changes.push(this.#put(operation, revision));
      else if (operation.kind === 'delete') changes.push(...this.#delete([operation.key], revision));
      else
        changes.push(
          ...this.#delete(
            this.range(operation.range).map((pair) => pair.key),
            revision,
          ),
        );
    }
    if (changes.length > 0) this.#record(changes, revision);
    return changes;
  }

  leases(): { id: LeaseId; ttlMs: number }[] {
    return this.#sql('SELECT id, ttl FROM lease')
      .all()
      .map((row) => ({ id: String(row.id), ttlMs: Number(row.ttl) }));
  }

  addLease(id: LeaseId, ttlMs: number): void {
    this.#sql('INSERT INTO lease VALUES (?, ?)').run(id, ttlMs);
  }

  hasLease(id: LeaseId): boolean {
    return this.#sql('SELECT 1 FROM lease WHERE id = ?').get(id) !== undefined;
  }

  /** Removes a lease and, as one revision, all its keys. */
  removeLease(id: LeaseId): Change[] {
    const keys = this.#sql('SELECT key FROM pair WHERE lease = ? ORDER BY key').all(id);
    this.#sql('DELETE FROM lease WHERE id = ?').run(id);
    return this.apply(keys.map((row) => ({ kind: 'delete', key: text(row.key) })));
  }

  #put(put: Extract<Operation, { kind: 'put' }>, revision: Revision): Change {
    const row = this.#sql(
      `INSERT INTO pair VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE
         SET value = excluded.value, modified = excluded.modified, lease = excluded.lease RETURNING *`,
    ).get(Buffer.from(put.key), Buffer.from(put.value), revision, revision, put.lease ?? null);
    return { kind: 'put', keyValue: keyValueOf(row ?? {}) };
  }

  #delete(keys: readonly string[], modRevision: Revision): Change[] {
    return keys
      .filter((key) => this.#sql('DELETE FROM pair WHERE key = ?').run(Buffer.from(key)).changes !== 0)
      .map((key) => ({ kind: 'delete', key, modRevision }));
  }

  #record(changes: readonly Change[], revision: Revision): void {
    const insert = this.#sql('INSERT INTO change VALUES (?, ?, ?, ?, ?, ?)');
    changes.forEach((change, place) => {
      if (change.kind === 'delete') insert.run(revision, place, Buffer.from(change.key), null, 0, null);
      else {
        const { key, value, createRevision, lease } = change.keyValue;
        insert.run(revision, place, Buffer.from(key), Buffer.from(value), createRevision, lease ?? null);
      }
    });
    this.#sql('UPDATE head SET revision = ?').run(revision);
    this.revision = revision;
    if (revision % pruneEvery === 0) this.#prune(revision);
  }

  #prune(revision: Revision): void {
    const size = integer(this.#sql('SELECT coalesce(sum(length(value)), 0) AS size FROM change').get()?.size);
    // Too many bytes in few revisions: a quarter of the revisions stays, until the next time.
    const kept = size > keptBytes ? (revision - this.forgotten) / 4 : keptRevisions;
    const forgotten = Math.max(this.forgotten, Math.floor(revision - kept));
    this.#sql('DELETE FROM change WHERE revision <= ?').run(forgotten);
    this.#sql('UPDATE head SET forgotten = ?').run(forgotten);
    this.forgotten = forgotten;
  }

  #sql(query: string): StatementSync {
    const known = this.#statements.get(query);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(query);
    this.#statements.set(query, statement);
    return statement;
  }
}

function keyValueOf(row: Row): KeyValue {
  return {
    key: text(row.key),
    value: text(row.value),
    createRevision: integer(row.created),
    modRevision: integer(row.modified),
    ...(typeof row.lease === 'string' ? { lease: row.lease } : {}),
  };
}

function changeOf(row: Row): Change {
  const modRevision = integer(row.revision);
  if (row.value === null) return { kind: 'delete', key: text(row.key), modRevision };
  return { kind: 'put', keyValue: keyValueOf({ ...row, modified: modRevision }) };
}

function integer(value: SQLOutputValue | undefined): number {
  if (typeof value !== 'number') throw new TypeError(`not a number: ${String(value)}`);
  return value;
}

function text(value: SQLOutputValue | undefined): string {
  if (!(value instanceof Uint8Array)) throw new TypeError(`not a blob: ${String(value)}`);
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8');
}
