// bzip2, through the program of that name: bytes in, bytes out.

import { spawn } from 'node:child_process';
import { payloadError } from '../errors.ts';

/** The program, and the Debian package that has it. */
export const crauTools = { bzip2: 'bzip2' } as const;

/**
 * What comes out of compressed bytes, up to `maxBytes`. Throws `update.payload.unsupported` (28) when they are no
 * bzip2, end early or are more than that, or when the program is missing.
 */
export async function* bunzip(
  compressed: AsyncIterable<Buffer>,
  maxBytes: number,
): AsyncGenerator<Buffer, void, undefined> {
  const child = spawn('bzip2', ['-dc'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = new Promise<number | string>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'error'));
  });
  // It ends before its input does when that is no bzip2.
  child.stdin.on('error', () => {});
  const fed = feed(compressed, child.stdin);
  fed.catch(() => child.kill());
  try {
    let bytes = 0;
    for await (const piece of child.stdout) {
      bytes += piece.length;
      if (bytes > maxBytes)
        throw payloadError('unsupported', `More comes out of bzip2 than ${maxBytes} bytes.`);
      yield piece;
    }
    await fed;
    const status = await ended;
    if (status === 0) return;
    throw status === 'ENOENT'
      ? payloadError('unsupported', 'bzip2 is not installed.', { hint: 'apt-get install bzip2' })
      : payloadError('unsupported', 'What should be compressed by bzip2 is not, or ends early.');
  } finally {
    child.kill();
  }
}

async function feed(pieces: AsyncIterable<Buffer>, into: NodeJS.WritableStream): Promise<void> {
  for await (const piece of pieces) {
    if (into.write(piece) || !into.writable) continue;
    await new Promise<void>((resolve) => {
      const go = () => {
        for (const event of ['drain', 'close', 'error']) into.removeListener(event, go);
        resolve();
      };
      for (const event of ['drain', 'close', 'error']) into.once(event, go);
    });
  }
  into.end();
}
