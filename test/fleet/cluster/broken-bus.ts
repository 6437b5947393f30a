// A systemd in memory whose connection breaks as a bus does: before a call, after it was taken, or while the
// end of its job is awaited.

import {
  type Job,
  type JobMode,
  type JobVerb,
  MemoryManager,
  systemdErrors,
} from '../../../src/systemd/index.ts';

export type Break = 'before' | 'after' | 'result';

export class BreakingManager extends MemoryManager {
  /** Decides for each job whether, and when, the connection breaks. */
  breaks: (verb: JobVerb, unit: string) => Break | undefined = () => undefined;

  override async job(verb: JobVerb, unit: string, mode?: JobMode): Promise<Job> {
    const when = this.breaks(verb, unit);
    if (when === 'before') throw broken();
    const job = await super.job(verb, unit, mode);
    if (when === 'after') throw broken();
    if (when === undefined) return job;
    const result = Promise.reject<never>(broken());
    result.catch(() => {});
    return { ...job, result };
  }
}

function broken(): Error {
  return systemdErrors.error('disconnected', 'The connection to systemd was lost: test.');
}
