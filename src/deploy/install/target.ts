// A disk that is being written to, for which nobody else can take it meanwhile.

import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { errnoOf, run } from '../../host/index.ts';
import { deployErrors } from '../errors.ts';
import type { DiskWrite } from './model.ts';
import type { Range } from './plan.ts';

const pieceBytes = 4 * 1024 * 1024;
/** Synced this often, so that what progress tells is on the disk. */
const syncBytes = 64 * 1024 * 1024;

export interface Target extends AsyncDisposable {
  /** Fills places with zeros, synced. */
  zero(ranges: readonly Range[]): Promise<void>;
  /** Copies all of a source to its place, zeros as well, synced. */
  copy(write: DiskWrite, onBytes: (bytes: number) => void): Promise<void>;
  /** Reads a copy back from the disk. Throws `deploy.disk` with the offset where it is not what was written. */
  compare(write: DiskWrite, onBytes: (bytes: number) => void): Promise<void>;
  /** Writes a few bytes, synced. */
  put(bytes: Uint8Array, offset: number): Promise<void>;
  /** Lets the kernel forget what it has of the disk in memory: what is read next comes from the disk. */
  forget(): Promise<void>;
}

/** Opens a disk for us alone. Throws `deploy.disk` when somebody uses it. */
export async function openTarget(device: string, signal?: AbortSignal): Promise<Target> {
  const flags = constants.O_RDWR | constants.O_EXCL;
  const disk = await open(device, flags).catch((cause: unknown) => {
    const code = errnoOf(cause);
    if (code !== 'EBUSY' && code !== 'EROFS' && code !== 'EACCES') throw cause;
    throw deployErrors.error('disk', `${device} cannot be written to (${code}).`, { cause });
  });
  const failed = (what: string, offset: number) => (cause: unknown) => {
    throw deployErrors.error(
      'disk',
      `${device} failed at offset ${offset}, ${what} (${errnoOf(cause) ?? 'unknown'}). It boots nothing now.`,
      { cause, hint: 'dmesg tells what the disk said.' },
    );
  };
  const write = async (piece: Uint8Array, offset: number, what: string) => {
    await writeWhole(disk, piece, offset).catch(failed(`writing ${what}`, offset));
  };
  return {
    async zero(ranges) {
      for (const { offset, bytes } of ranges) await write(Buffer.alloc(bytes), offset, 'zeros');
      await disk.sync();
    },
    async copy({ what, source, offset }, onBytes) {
      let unsynced = 0;
      await readPieces(source, signal, async (piece, position) => {
        await write(piece, offset + position, what);
        unsynced += piece.length;
        if (unsynced >= syncBytes) {
          await disk.datasync();
          unsynced = 0;
        }
        onBytes(piece.length);
      });
      await disk.sync().catch(failed(`writing ${what}`, offset));
    },
    async compare({ what, source, offset }, onBytes) {
      const back = Buffer.alloc(pieceBytes);
      await readPieces(source, signal, async (piece, position) => {
        const at = offset + position;
        const found = back.subarray(0, piece.length);
        await readWhole(disk, found, at).catch(failed(`reading ${what} back`, at));
        if (!found.equals(piece)) {
          throw deployErrors.error(
            'disk',
            `${device} does not read as it was written: ${what}, at offset ${at + firstDifference(found, piece)}.`,
            { hint: 'The disk is faulty, or somebody else wrote to it. It boots nothing now.' },
          );
        }
        onBytes(piece.length);
      });
    },
    async put(bytes, offset) {
      await write(bytes, offset, 'the boot sector');
      await disk.sync();
    },
    async forget() {
      await run('blockdev', ['--flushbufs', device]);
    },
    [Symbol.asyncDispose]: () => disk.close(),
  };
}

async function readPieces(
  source: DiskWrite['source'],
  signal: AbortSignal | undefined,
  onPiece: (piece: Buffer, position: number) => Promise<void>,
): Promise<void> {
  await using file = await open(source.path, 'r');
  const buffer = Buffer.alloc(pieceBytes);
  for (let position = 0; position < source.bytes; ) {
    signal?.throwIfAborted();
    const wanted = Math.min(pieceBytes, source.bytes - position);
    const { bytesRead } = await file.read(buffer, 0, wanted, position);
    if (bytesRead === 0) {
      throw deployErrors.error(
        'source',
        `${source.path} ends at offset ${position}; it had ${source.bytes} bytes when it was checked.`,
      );
    }
    await onPiece(buffer.subarray(0, bytesRead), position);
    position += bytesRead;
  }
}

async function writeWhole(disk: FileHandle, piece: Uint8Array, offset: number): Promise<void> {
  for (let done = 0; done < piece.length; ) {
    done += (await disk.write(piece, done, piece.length - done, offset + done)).bytesWritten;
  }
}

async function readWhole(disk: FileHandle, piece: Buffer, offset: number): Promise<void> {
  for (let done = 0; done < piece.length; ) {
    const { bytesRead } = await disk.read(piece, done, piece.length - done, offset + done);
    // The end of the disk: what is missing differs from what was written.
    if (bytesRead === 0) return void piece.fill(0xff, done);
    done += bytesRead;
  }
}

function firstDifference(one: Buffer, other: Buffer): number {
  return one.findIndex((byte, index) => byte !== other[index]);
}
