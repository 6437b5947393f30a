// A full payload of update_engine onto a partition and into a kernel's file: verified whole, then written, then read
// back.

import { createHash, type KeyObject } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { errnoOf, run } from '../../../host/index.ts';
import { payloadError } from '../errors.ts';
import { bunzip } from './bunzip.ts';
import { blockBytes, type Operation } from './model.ts';
import { type Product, roomOf } from './rules.ts';
import { piecesOf, type VerifyOptions, verifyCrau } from './verify.ts';

export interface ApplyOptions {
  /** The payload, a plain file. */
  readonly payload: string;
  readonly keys: readonly KeyObject[];
  readonly expected?: NonNullable<VerifyOptions['expected']>;
  /** The idle slot: a partition, or a file, which is made. */
  readonly partition: string;
  /** Files for what procedures bring; what has no file is verified and left. */
  readonly kernel?: string;
  readonly pcrPolicy?: string;
  readonly onStep?: (text: string) => void;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Applies it. Nothing is written before all of it was verified, decompressed and found to fit.
 * Throws `update.payload.…` with the codes 7 10 11 12 14 15 16 17 18 21 23 24 28 29 32 38.
 */
export async function applyCrau(options: ApplyOptions): Promise<void> {
  const { keys, onStep, onProgress, signal } = options;
  const expected = options.expected ?? {};
  await using file = await opened(options.payload, constants.O_RDONLY);
  onStep?.('Verifying the payload');
  const more = signal === undefined ? {} : { signal };
  const { products, blobs } = await verifyCrau({ file, keys, expected, ...more });
  const targets = { partition: options.partition, kernel: options.kernel, 'PCR policy': options.pcrPolicy };
  const total = products.reduce((sum, { info }) => sum + info.bytes, 0);
  let done = 0;
  for (const product of products) {
    const path = targets[product.name];
    if (path === undefined) continue;
    onStep?.(`Writing the ${product.name}`);
    await using target = await opened(path, constants.O_RDWR | constants.O_CREAT);
    await checkFits(target, product, path);
    for (const operation of product.operations) {
      signal?.throwIfAborted();
      await write(target, operation, file, blobs).catch((cause: unknown) => {
        if (errnoOf(cause) === undefined || !(cause instanceof Error)) throw cause;
        throw payloadError('write', `${path} cannot be written: ${cause.message}.`, { cause });
      });
      done += roomOf(operation);
      onProgress?.(Math.min(done, total), total);
    }
    if ((await target.stat()).isFile()) await target.truncate(product.info.bytes);
    await target.sync();
    onStep?.(`Reading the ${product.name} back`);
    await readBack(target, product, path);
  }
}

async function opened(path: string, flags: number): Promise<FileHandle> {
  return await open(path, flags, 0o600).catch((cause: unknown) => {
    throw payloadError('target', `${path} cannot be opened (${errnoOf(cause) ?? cause}).`, { cause });
  });
}

/** Before the first byte: a device has its size, a file gets it. */
async function checkFits(target: FileHandle, { name, info }: Product, path: string): Promise<void> {
  const stats = await target.stat();
  if (stats.isFile()) return;
  const { stdout } = await run('blockdev', ['--getsize64', path]);
  if (Number(stdout.trim()) >= info.bytes) return;
  throw payloadError('target', `${path} has ${stdout.trim()} bytes, the ${name} ${info.bytes}.`);
}

async function write(
  target: FileHandle,
  operation: Operation,
  file: FileHandle,
  blobs: number,
): Promise<void> {
  const blob = piecesOf(file, blobs + operation.offset, operation.length);
  const room = roomOf(operation);
  const spread = new Spread(target, operation);
  for await (const piece of operation.type === 1 ? bunzip(blob, room) : blob) await spread.write(piece);
  // What is short of the last block is zeroes.
  await spread.fill();
}

/** Writes one piece behind the other over an operation's extents. */
class Spread {
  readonly #target: FileHandle;
  readonly #extents: Operation['extents'];
  #extent = 0;
  /** Within the extent. */
  #at = 0;

  constructor(target: FileHandle, { extents }: Operation) {
    this.#target = target;
    this.#extents = extents;
  }

  async write(piece: Buffer): Promise<void> {
    for (let done = 0; done < piece.length; ) {
      const extent = this.#extents[this.#extent];
      if (extent === undefined) throw payloadError('unsupported', 'An operation has more bytes than blocks.');
      const left = extent.blocks * blockBytes - this.#at;
      const part = piece.subarray(done, done + left);
      if (extent.start !== undefined) await this.#put(part, extent.start * blockBytes + this.#at);
      done += part.length;
      this.#at += part.length;
      if (this.#at < extent.blocks * blockBytes) continue;
      this.#extent += 1;
      this.#at = 0;
    }
  }

  async fill(): Promise<void> {
    const zeroes = Buffer.alloc(64 * 1024);
    for (
      let extent = this.#extents[this.#extent];
      extent !== undefined;
      extent = this.#extents[this.#extent]
    ) {
      const left = extent.blocks * blockBytes - this.#at;
      if (left === 0) this.#extent += 1;
      else await this.write(zeroes.subarray(0, Math.min(left, zeroes.length)));
    }
  }

  async #put(bytes: Buffer, offset: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      done += (await this.#target.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
    }
  }
}

async function readBack(target: FileHandle, { name, info }: Product, path: string): Promise<void> {
  // posix_fadvise(POSIX_FADV_DONTNEED), which Node has no call for.
  await run('dd', [`if=${path}`, 'iflag=nocache', 'count=0', 'status=none'], { accept: 'any' });
  const hash = createHash('sha256');
  for await (const piece of piecesOf(target, 0, info.bytes)) hash.update(piece);
  const found = hash.digest();
  if (found.equals(info.hash)) return;
  throw payloadError('hash', `The ${name} in ${path} has the SHA-256 ${found.toString('hex')} in the end.`, {
    code: name === 'partition' ? 'NewRootfsVerificationError' : 'NewKernelVerificationError',
  });
}
