// Bytes onto a disk and back from it: whole, synced, and read from the disk rather than from memory.

import { open } from 'node:fs/promises';
import { hashFile, run } from '../../host/index.ts';

const chunkBytes = 4 * 1024 * 1024;
/** Synced this often, so that progress is the disk's and no gibibyte waits at the end. */
const syncBytes = 64 * 1024 * 1024;

/**
 * Writes all bytes of `source` to the beginning of `target`, zeroes as well, and syncs. A `place` (a partition)
 * has to be there and keeps what it has behind; a `file` must not be there yet.
 */
export async function copyInto(
  source: string,
  target: string,
  kind: 'place' | 'file',
  onBytes: (written: number) => void = () => {},
): Promise<void> {
  await using input = await open(source, 'r');
  const { size } = await input.stat();
  await using output = await open(target, kind === 'place' ? 'r+' : 'wx');
  const chunk = Buffer.alloc(Math.min(chunkBytes, Math.max(1, size)));
  let synced = 0;
  for (let at = 0; at < size; ) {
    const { bytesRead } = await input.read(chunk, 0, chunk.length, at);
    if (bytesRead === 0) break;
    for (let done = 0; done < bytesRead; ) {
      done += (await output.write(chunk, done, bytesRead - done, at + done)).bytesWritten;
    }
    at += bytesRead;
    if (at - synced >= syncBytes) {
      await output.datasync();
      synced = at;
    }
    onBytes(at);
  }
  await output.sync();
}

/** Lets the kernel forget what it holds of a file or device in memory, so that the next read is from the disk. */
export async function forgetCached(path: string): Promise<void> {
  // posix_fadvise(POSIX_FADV_DONTNEED), which Node has no call for.
  await run('dd', [`if=${path}`, 'iflag=nocache', 'count=0', 'status=none'], { accept: 'any' });
}

/** SHA-256 of a file, read from the disk. */
export async function hashFromDisk(path: string): Promise<string> {
  await forgetCached(path);
  return hashFile(path);
}
