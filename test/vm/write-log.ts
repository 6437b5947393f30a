// Every write that a machine made to its disk, in order, as QEMU's blklogwrites wrote them down: so that the disk can
// be had as it was, or could have been, when power failed between any two of them.
// Form: dm-log-writes, https://docs.kernel.org/admin-guide/device-mapper/log-writes.html

import assert from 'node:assert/strict';
import { type FileHandle, open } from 'node:fs/promises';

export interface LoggedWrite {
  /** Where on the disk, in bytes. */
  readonly offset: number;
  readonly bytes: number;
  readonly kind: 'data' | 'discard' | 'flush';
  /** Where its bytes are in the log. */
  readonly at: number;
}

const magic = 0x6a736677736872n;
const flags = { flush: 1n, discard: 4n };

/** The writes of a log. A log whose machine was killed ends with the last whole one. */
export async function readWriteLog(path: string): Promise<readonly LoggedWrite[]> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  const head = await read(file, 0, 32);
  assert.equal(head.readBigUInt64LE(0), magic, `${path} is a log of writes`);
  const sector = head.readUInt32LE(24);
  const writes: LoggedWrite[] = [];
  for (let at = sector; at + sector <= size; ) {
    const entry = await read(file, at, 32);
    const [start, sectors, flag] = [0, 8, 16].map((from) => entry.readBigUInt64LE(from));
    const bytes = Number(sectors) * sector;
    const isDiscard = ((flag ?? 0n) & flags.discard) !== 0n;
    at += sector;
    if (!isDiscard && at + bytes > size) break;
    const offset = Number(start) * sector;
    // A flush that comes with data is done before that.
    if (((flag ?? 0n) & flags.flush) !== 0n) writes.push({ offset: 0, bytes: 0, kind: 'flush', at });
    if (bytes > 0) writes.push({ offset, bytes, kind: isDiscard ? 'discard' : 'data', at });
    if (!isDiscard) at += bytes;
  }
  return writes;
}

/** A disk as a raw file, to which writes of a log are done again. */
export class ReplayedDisk implements AsyncDisposable {
  readonly path: string;
  readonly #disk: FileHandle;
  readonly #log: FileHandle;

  private constructor(path: string, disk: FileHandle, log: FileHandle) {
    this.path = path;
    this.#disk = disk;
    this.#log = log;
  }

  /** `disk` is the disk as it was when the log began; it is changed. */
  static async open(disk: string, log: string): Promise<ReplayedDisk> {
    return new ReplayedDisk(disk, await open(disk, 'r+'), await open(log, 'r'));
  }

  /** Does these writes, in this order. */
  async apply(writes: Iterable<LoggedWrite>): Promise<void> {
    for (const { kind, offset, bytes, at } of writes) {
      if (kind === 'flush') continue;
      const content = kind === 'discard' ? Buffer.alloc(bytes) : await read(this.#log, at, bytes);
      await this.#disk.write(content, 0, bytes, offset);
    }
  }

  /** The same, and a way back. */
  async applyUndoably(writes: readonly LoggedWrite[]): Promise<() => Promise<void>> {
    const old: { readonly offset: number; readonly content: Buffer }[] = [];
    for (const write of writes) {
      if (write.kind === 'flush') continue;
      old.push({ offset: write.offset, content: await read(this.#disk, write.offset, write.bytes) });
      await this.apply([write]);
    }
    return async () => {
      for (const { offset, content } of old.reverse())
        await this.#disk.write(content, 0, content.length, offset);
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#disk.close();
    await this.#log.close();
  }
}

async function read(file: FileHandle, at: number, bytes: number): Promise<Buffer> {
  const content = Buffer.alloc(bytes);
  const { bytesRead } = await file.read(content, 0, bytes, at);
  assert.equal(bytesRead, bytes);
  return content;
}
