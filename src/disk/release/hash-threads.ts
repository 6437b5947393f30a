// Hashing on two threads: one beside the main one takes what it can, and the main one the rest. Little is hashed on
// the main one alone.

import { existsSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { doHashJob, type HashJob, type HashResults } from './hash-jobs.ts';
import { blockBytes } from './tree-leaves.ts';

/** So many jobs wait at the other thread: it has one to go on with when the main one is busy. */
const maxWaiting = 3;

interface Waiting {
  readonly job: HashJob;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/** To start the other thread takes as long as to hash this much. */
const worthBytes = 16 * 1024 * 1024;

/** Where the worker is: beside this file, and in a bundle below the folder of the commands. */
const places = ['./hash-worker.ts', './disk/release/hash-worker.js', '../disk/release/hash-worker.js'];

/** Takes jobs from when it is made until it is disposed of. */
export class HashThreads implements AsyncDisposable {
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #started = false;
  #bytes = 0;
  #next = 0;

  /** Does a job. Throws what reading throws. */
  async run<Job extends HashJob>(job: Job): Promise<HashResults[Job['kind']]> {
    this.#bytes += bytesOf(job);
    if (this.#bytes > worthBytes && !this.#started) this.#start();
    const worker = this.#worker;
    if (worker === undefined || this.#waiting.size >= maxWaiting) return await here(job);
    return await new Promise((resolve, reject) => {
      const id = this.#next++;
      this.#waiting.set(id, { job, resolve, reject });
      worker.postMessage({ id, job });
    });
  }

  #start(): void {
    this.#started = true;
    const place = places
      .map((each) => new URL(each, import.meta.url))
      .find((url) => url.protocol === 'file:' && existsSync(url));
    if (place === undefined) return;
    const worker = new Worker(place, { resourceLimits: { maxYoungGenerationSizeMb: 2 } });
    worker.on(
      'message',
      ({ id, result, fault }: { id: number; result: never; fault?: { message: string } }) => {
        const waiting = this.#waiting.get(id);
        this.#waiting.delete(id);
        if (fault === undefined) waiting?.resolve(result);
        else waiting?.reject(Object.assign(new Error(fault.message), fault));
      },
    );
    // Without it all is done here, only later.
    worker.on('error', () => this.#lost());
    worker.on('exit', () => this.#lost());
    worker.unref();
    this.#worker = worker;
  }

  #lost(): void {
    this.#worker = undefined;
    const left = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { job, resolve, reject } of left) {
      here(job).then((result) => resolve(result as never), reject);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const worker = this.#worker;
    this.#started = true;
    this.#worker = undefined;
    await worker?.terminate();
  }
}

function bytesOf(job: HashJob): number {
  if (job.kind === 'digests') return job.lengths.reduce((sum, length) => sum + length, 0);
  if (job.kind === 'scan') return job.to - job.from;
  return job.runs.reduce((sum, { count }) => sum + count * blockBytes, 0);
}

/** On the main thread, which looks at its connections in between. */
async function here<Job extends HashJob>(job: Job): Promise<HashResults[Job['kind']]> {
  await setImmediate();
  return doHashJob(job) as HashResults[Job['kind']];
}

/** Calls `work` with each item, so many at once, in their order; ends when all have. Throws what one threw first. */
export async function someAtOnce<Item>(
  items: Iterable<Item>,
  width: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  let failed = false;
  const lane = async () => {
    for (let next = iterator.next(); next.done !== true && !failed; next = iterator.next()) {
      await work(next.value).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: width }, lane));
  const fault = ended.find((one) => one.status === 'rejected');
  if (fault !== undefined) throw fault.reason;
}
