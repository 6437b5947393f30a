// The jobs that this process has queued and whose end it awaits.
//
// INVARIANTS
// - JobRemoved may come before the answer that names the job: results are kept while such answers are due.
// - A job whose end was missed is rejected, never left open.

import { systemdErrors } from './errors.ts';
import type { JobResult } from './model.ts';

const results: ReadonlySet<string> = new Set<JobResult>([
  'done',
  'canceled',
  'timeout',
  'failed',
  'dependency',
  'skipped',
  'invalid',
  'assert',
  'unsupported',
  'collected',
  'once',
]);

/** Far more than the calls that can await an answer at once. */
const maxEarly = 4096;

interface OpenJob {
  readonly unit: string;
  readonly promise: Promise<JobResult>;
  readonly resolve: (result: JobResult) => void;
  readonly reject: (reason: Error) => void;
}

export class Jobs {
  readonly #open = new Map<number, OpenJob>();
  readonly #early = new Map<number, JobResult>();
  #answersDue = 0;

  /** Call before the job is asked for, and `answered` in any case after. */
  asking(): void {
    this.#answersDue += 1;
  }

  /** The end of the job that systemd named in its answer; undefined when there was no such answer. */
  answered(id: number | undefined, unit: string): Promise<JobResult> | undefined {
    const early = id === undefined ? undefined : this.#early.get(id);
    this.#answersDue -= 1;
    if (this.#answersDue === 0) this.#early.clear();
    if (id === undefined) return undefined;
    if (early !== undefined) return Promise.resolve(early);
    // Two calls may get the same job: systemd merges them.
    const job = this.#open.get(id) ?? { unit, ...Promise.withResolvers<JobResult>() };
    this.#open.set(id, job);
    job.promise.catch(() => {});
    return job.promise;
  }

  /** A JobRemoved signal. */
  removed(id: number, word: string): void {
    const result = isJobResult(word) ? word : 'failed';
    const job = this.#open.get(id);
    if (job === undefined) {
      if (this.#answersDue > 0) this.#keepEarly(id, result);
      return;
    }
    this.#open.delete(id);
    job.resolve(result);
  }

  #keepEarly(id: number, result: JobResult): void {
    this.#early.set(id, result);
    const [oldest] = this.#early.keys();
    if (this.#early.size > maxEarly && oldest !== undefined) this.#early.delete(oldest);
  }

  get ids(): readonly number[] {
    return [...this.#open.keys()];
  }

  /** Gives up the jobs of these numbers: they are gone, and how they ended was not heard. */
  lost(ids: Iterable<number>): void {
    for (const id of ids) {
      const job = this.#open.get(id);
      this.#open.delete(id);
      job?.reject(
        systemdErrors.error(
          'disconnected',
          `How the job of ${job.unit} ended was not heard: the connection to systemd was lost meanwhile.`,
          { hint: `"systemctl status ${job.unit}" shows the unit as it is.` },
        ),
      );
    }
  }
}

function isJobResult(word: string): word is JobResult {
  return results.has(word);
}
