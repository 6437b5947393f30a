// Makes the changes of many callers durable together: whatever was asked for in one turn of the event loop
// costs one sync of the disk, as in etcd.

import type { DatabaseSync } from 'node:sqlite';
import { storeErrors } from '../errors.ts';
import type { Change, Revision } from '../model.ts';
import { databaseFailure } from './failure.ts';
import type { Tables } from './tables.ts';

interface Job {
  /** Refuses with `store.invalid` before its first change, or does all of it. */
  readonly work: () => readonly Change[];
  readonly resolve: (revision: Revision) => void;
  readonly reject: (error: unknown) => void;
}

interface Outcome {
  readonly revision: Revision;
  readonly changes: readonly Change[];
  readonly refusal?: unknown;
}

export class CommitQueue {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #tables: Tables;
  readonly #publish: (changes: readonly Change[], revision: Revision) => void;
  #waiting: Job[] = [];
  #closed = false;

  constructor(
    path: string,
    database: DatabaseSync,
    tables: Tables,
    publish: (changes: readonly Change[], revision: Revision) => void,
  ) {
    this.#path = path;
    this.#database = database;
    this.#tables = tables;
    this.#publish = publish;
  }

  /** Does the work, and fulfils with the revision after it once that is on the disk. */
  add(work: () => readonly Change[]): Promise<Revision> {
    this.assertOpen();
    const { promise, resolve, reject } = Promise.withResolvers<Revision>();
    this.#waiting.push({ work, resolve, reject });
    if (this.#waiting.length === 1) setImmediate(() => this.flush());
    return promise;
  }

  /** Commits what waits, now. */
  flush(): void {
    const jobs = this.#waiting;
    this.#waiting = [];
    if (jobs.length === 0 || this.#commit(jobs) === undefined) return;
    // One of them asks for more than the disk can take, or the disk failed: let each find out alone.
    for (const job of jobs) {
      const failure = this.#commit([job]);
      if (failure !== undefined) job.reject(failure);
    }
  }

  /** Commits what waits and takes nothing more. */
  close(): void {
    this.flush();
    this.#closed = true;
  }

  /** Throws `store.unusable` once closed. */
  assertOpen(): void {
    if (this.#closed) throw storeErrors.error('unusable', `The store ${this.#path} is closed.`);
  }

  /** Does all jobs in one transaction of SQLite and answers them, or changes nothing and returns why. */
  #commit(jobs: readonly Job[]): Error | undefined {
    let outcomes: readonly Outcome[];
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      outcomes = jobs.map((job) => this.#perform(job));
      this.#database.exec('COMMIT');
    } catch (cause) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      this.#tables.reload();
      return databaseFailure(this.#path, cause);
    }
    outcomes.forEach((outcome, index) => {
      if (outcome.changes.length > 0) this.#publish(outcome.changes, outcome.revision);
      if (outcome.refusal === undefined) jobs[index]?.resolve(outcome.revision);
      else jobs[index]?.reject(outcome.refusal);
    });
    return undefined;
  }

  #perform(job: Job): Outcome {
    try {
      const changes = job.work();
      return { revision: this.#tables.revision, changes };
    } catch (refusal) {
      if (!storeErrors.is(refusal, 'invalid')) throw refusal;
      return { revision: this.#tables.revision, changes: [], refusal };
    }
  }
}
