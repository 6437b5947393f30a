// Bytes of a device, read without giving way to anything else: this program has nothing else to do.

import { closeSync, openSync, readSync } from 'node:fs';
import { errnoOf } from '../../host/index.ts';
import { diskErrors } from '../errors.ts';

/** Yields so many bytes from that byte on; throws `disk.damaged` when the device ends before. */
export type ReadBytes = (offset: number, length: number) => Buffer;

/** Opens a device for the time of `use`, for reading only. Throws `disk.denied` or `disk.absent`. */
export function withDevice<T>(path: string, use: (read: ReadBytes) => T): T {
  const handle = open(path);
  try {
    return use((offset, length) => {
      const buffer = Buffer.alloc(length);
      if (readSync(handle, buffer, 0, length, offset) === length) return buffer;
      throw diskErrors.error('damaged', `${path} ends before byte ${offset + length}.`);
    });
  } finally {
    closeSync(handle);
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    const errno = errnoOf(cause);
    if (errno === 'EACCES' || errno === 'EPERM') {
      throw diskErrors.error('denied', `${path} may not be read.`, {
        cause,
        hint:
          process.getuid?.() === 0
            ? 'Root is kept from it too: is this a container?'
            : 'Run it again with sudo.',
      });
    }
    throw diskErrors.error('absent', `${path} cannot be opened: ${errno}.`, { cause });
  }
}
