// The thread beside the main one: takes jobs of hash-jobs.ts, one after another.

import { parentPort } from 'node:worker_threads';
import { doHashJob, type HashJob } from './hash-jobs.ts';

parentPort?.on('message', ({ id, job }: { id: number; job: HashJob }) => {
  try {
    parentPort?.postMessage({ id, result: doHashJob(job) });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // Of an error itself only the words arrive, not what the system called it.
    parentPort?.postMessage({ id, fault: { ...error, message: error.message } });
  }
});
