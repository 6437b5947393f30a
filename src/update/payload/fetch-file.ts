// A file that is fetched whole to a folder, on from where an interrupted run left it.

import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { payloadError } from './errors.ts';
import { RemoteFile, type RemoteOptions } from './remote-file.ts';

export interface WantedFile {
  /** A plain name, checked. */
  readonly name: string;
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
}

const bufferBytes = 1024 * 1024;

/**
 * Fetches it to `path`. What is there is hashed, not trusted; when it does not lead to the right hash all is fetched
 * again, then from the next mirror. Throws `update.payload.hash` when no mirror has it, and as `RemoteFile`.
 */
export async function fetchFile(options: RemoteOptions, wanted: WantedFile, path: string): Promise<void> {
  await using file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  const size = (await file.stat()).size;
  let begin = size > wanted.bytes ? 0 : size;
  for (;;) {
    const mirror = options.mirrors.current;
    const hash = createHash('sha256');
    await file.truncate(begin);
    await hashBeginning(file, begin, hash);
    const remote = new RemoteFile(options, wanted.name, wanted.bytes);
    const ranges = begin === wanted.bytes ? [] : [{ offset: begin, length: wanted.bytes - begin }];
    for await (const { offset, bytes } of remote.read(ranges)) {
      hash.update(bytes);
      await writeAll(file, bytes, offset);
    }
    await file.sync();
    const found = hash.digest('hex');
    if (found === wanted.sha256) return;
    const resumed = begin > 0;
    begin = 0;
    if (resumed) continue;
    await file.truncate(0);
    const message = `${mirror.base}${wanted.name} is not what was announced: its SHA-256 is ${found}, expected ${wanted.sha256}.`;
    options.mirrors.drop(mirror, payloadError('hash', message));
  }
}

async function hashBeginning(file: FileHandle, bytes: number, hash: Hash): Promise<void> {
  const buffer = Buffer.alloc(Math.min(bufferBytes, Math.max(1, bytes)));
  for (let at = 0; at < bytes; ) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, bytes - at), at);
    if (bytesRead === 0) return;
    hash.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
  }
}
