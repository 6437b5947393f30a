// Writes that overlap with fetching and hashing, a few at once. Their buffers are used again and again: what is left
// to be collected adds up to more than all that is needed.

import type { FileHandle } from 'node:fs/promises';
import { batchBytes } from './batches.ts';

/** Batches on their way at once. */
const maxBatches = 6;
/** Synced this often, so that no gibibyte waits at the end. */
const syncBytes = 32 * 1024 * 1024;

export class Writer implements AsyncDisposable {
  readonly #target: FileHandle;
  readonly #free = Array.from({ length: maxBatches }, () => new SharedArrayBuffer(batchBytes));
  readonly #running = new Set<Promise<void>>();
  #syncing: Promise<void> | undefined;
  #unsynced = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(target: FileHandle) {
    this.#target = target;
  }

  /** Room for a batch, to be given back by `write`; waits while all is in use. Throws what an earlier write threw. */
  async room(): Promise<SharedArrayBuffer> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error;
      const room = this.#free.pop();
      if (room !== undefined) return room;
      await Promise.race(this.#running);
    }
  }

  /**
   * Writes the beginning of `room` once `ready` has made sure of what is in it, then calls `written`. What fails is
   * thrown by the next call.
   */
  write(
    room: SharedArrayBuffer,
    { offset, length }: { readonly offset: number; readonly length: number },
    ready: () => Promise<void>,
    written: () => void,
  ): void {
    const writing = this.#write(Buffer.from(room, 0, length), offset, ready)
      .then((whole) => {
        if (whole) written();
      })
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#running.delete(writing);
        this.#free.push(room);
      });
    this.#running.add(writing);
  }

  /** Waits for all, and for the disk. Throws what failed. */
  async flush(): Promise<void> {
    await this.#ended();
    if (this.#failure !== undefined) throw this.#failure.error;
    await this.#target.datasync();
  }

  /** Nothing is written behind the back of who gave up. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ended();
  }

  async #ended(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
    await this.#syncing;
  }

  async #write(bytes: Buffer, offset: number, ready: () => Promise<void>): Promise<boolean> {
    await ready();
    // One that failed is the end: nothing more is written.
    if (this.#failure !== undefined) return false;
    for (let done = 0; done < bytes.length; ) {
      done += (await this.#target.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
    }
    this.#unsynced += bytes.length;
    this.#syncSometimes();
    return true;
  }

  #syncSometimes(): void {
    if (this.#unsynced < syncBytes || this.#syncing !== undefined) return;
    this.#unsynced = 0;
    // Beside what is written next: a disk is not to stand still for it.
    this.#syncing = this.#target
      .datasync()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#syncing = undefined;
      });
  }
}
