// Opens the file of an embedded store: alone, checked, and so that what was committed survives a power loss.

import { open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { errnoOf, syncDirectory } from '../../host/index.ts';
import { storeErrors } from '../errors.ts';
import { cannotOpen, damaged, databaseFailure, isSharedMemoryFailure } from './failure.ts';

// 'keel': tells our files from other programs' databases.
const applicationId = 0x6b65656c;
const format = 1;

// Keys and values are blobs: SQLite compares blobs byte by byte, which is the order the model asks for.
const schema = `
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${format};
  CREATE TABLE head (only INTEGER PRIMARY KEY CHECK (only = 0), revision INTEGER NOT NULL,
    forgotten INTEGER NOT NULL) STRICT;
  INSERT INTO head VALUES (0, 1, 1);
  CREATE TABLE pair (key BLOB PRIMARY KEY, value BLOB NOT NULL, created INTEGER NOT NULL,
    modified INTEGER NOT NULL, lease TEXT) STRICT, WITHOUT ROWID;
  CREATE INDEX pair_by_lease ON pair (lease) WHERE lease IS NOT NULL;
  CREATE TABLE change (revision INTEGER NOT NULL, place INTEGER NOT NULL, key BLOB NOT NULL, value BLOB,
    created INTEGER NOT NULL, lease TEXT, PRIMARY KEY (revision, place)) STRICT, WITHOUT ROWID;
  CREATE TABLE lease (id TEXT PRIMARY KEY, ttl REAL NOT NULL) STRICT, WITHOUT ROWID;
`;

/**
 * Opens the database at `path` (`:memory:` for none) for this process alone, making it when missing.
 * Throws `store.unusable` when another process has it, or when it is damaged or not a store.
 */
export async function openDatabase(path: string): Promise<DatabaseSync> {
  const fresh = path === ':memory:' || (await prepareFile(path));
  let database: DatabaseSync | undefined;
  try {
    const inspected = fresh || inspectUnwritten(path);
    database = new DatabaseSync(path, { timeout: 1000 });
    // Exclusive before WAL: the lock is then held for good, and no -shm file is used.
    database.exec('PRAGMA locking_mode = exclusive; PRAGMA journal_mode = wal; PRAGMA synchronous = full');
    database.exec('PRAGMA journal_size_limit = 16777216');
    if (!inspected) inspect(database, path);
    database.exec('BEGIN IMMEDIATE');
    if (number(database, 'PRAGMA user_version') === 0) database.exec(schema);
    database.exec('COMMIT');
    if (fresh && path !== ':memory:') await syncDirectory(dirname(path));
    return database;
  } catch (cause) {
    database?.close();
    throw databaseFailure(path, cause);
  }
}

/** Makes the file when it is missing, for its owner only; true when there is nothing in it yet. */
async function prepareFile(path: string): Promise<boolean> {
  const size = await sizeOf(path);
  if (size !== undefined && size > 0) return false;
  // SQLite would silently delete a log whose database is empty or gone.
  const log = await sizeOf(`${path}-wal`);
  if (log !== undefined && log > 0)
    throw damaged(path, `it is ${size === 0 ? 'empty' : 'missing'}, but its log ${path}-wal is not`);
  try {
    await (await open(path, 'a', 0o600)).close();
  } catch (cause) {
    throw cannotOpen(path, cause);
  }
  return true;
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return undefined;
    throw cannotOpen(path, cause);
  }
}

/**
 * Inspects through a connection that cannot write: closing one that can would fold the log into a damaged
 * file and delete it. False when that is impossible, because no room is left for its index of the log.
 */
function inspectUnwritten(path: string): boolean {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 1000 });
  try {
    inspect(database, path);
    return true;
  } catch (cause) {
    if (isSharedMemoryFailure(cause)) return false;
    throw cause;
  } finally {
    database.close();
  }
}

/** Throws unless this is a whole store of ours, or an empty database. */
function inspect(database: DatabaseSync, path: string): void {
  const version = number(database, 'PRAGMA user_version');
  if (version === 0 && number(database, 'SELECT count(*) FROM sqlite_schema') === 0) return;
  if (number(database, 'PRAGMA application_id') !== applicationId)
    throw storeErrors.error('unusable', `${path} is a database, but not a store of keelson.`);
  if (version !== format) {
    throw storeErrors.error(
      'unusable',
      `The store ${path} has format ${version}; this version of keelson reads format ${format}.`,
      { hint: 'Install the version of keelson that made it, or a newer one.' },
    );
  }
  const [verdict] = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {});
  if (verdict !== 'ok') throw damaged(path, String(verdict));
}

function number(database: DatabaseSync, query: string): number {
  return Number(Object.values(database.prepare(query).get() ?? {})[0]);
}
