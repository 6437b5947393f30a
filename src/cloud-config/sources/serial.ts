// One question and its answer over a serial line.

import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf, run } from '../../host/index.ts';
import { cloudConfigErrors } from '../errors.ts';

export interface SerialLine {
  readonly device: string;
  readonly baud: number;
  /** The byte that ends an answer. */
  readonly end: number;
  /** For the whole answer, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const maxAnswerBytes = 4 * 1024 * 1024;

/** Sends `question`, returns what comes up to the ending byte; throws `cloud-config.unavailable`. */
export async function askOverSerial(question: string, line: SerialLine): Promise<string> {
  await run('stty', ['-F', line.device, String(line.baud), 'raw', '-echo'], { deadlineMs: 5_000 }).catch(
    (cause: Error) => {
      throw cloudConfigErrors.error('unavailable', `${line.device} cannot be set up: ${cause.message}`, {
        cause,
      });
    },
  );
  // Not waiting in the kernel: a line where nobody answers would hold the thread, and with it our end.
  const flags = constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK;
  const handle = await open(line.device, flags);
  try {
    const until = performance.now() + line.timeoutMs;
    const late = () =>
      cloudConfigErrors.error(
        'unavailable',
        `${line.device} gave no whole answer in ${line.timeoutMs / 1000} s.`,
      );
    await transfer(() => writeAll(handle, question), until, line.signal, late);
    return await readAnswer(handle, line, until, late);
  } finally {
    await handle.close();
  }
}

async function writeAll(handle: FileHandle, question: string): Promise<true> {
  await handle.writeFile(question);
  return true;
}

async function readAnswer(
  handle: FileHandle,
  line: SerialLine,
  until: number,
  late: () => Error,
): Promise<string> {
  const pieces: Buffer[] = [];
  const buffer = Buffer.alloc(4096);
  for (let size = 0; size < maxAnswerBytes; ) {
    const { bytesRead } = await transfer(
      () => handle.read(buffer, 0, buffer.length),
      until,
      line.signal,
      late,
    );
    if (bytesRead === 0) await sleep(pollMs);
    const piece = Buffer.from(buffer.subarray(0, bytesRead));
    const end = piece.indexOf(line.end);
    pieces.push(end === -1 ? piece : piece.subarray(0, end));
    if (end !== -1) return Buffer.concat(pieces).toString('utf8');
    if (performance.now() > until) throw late();
    size += bytesRead;
  }
  throw cloudConfigErrors.error('source', `${line.device} answered with more than ${maxAnswerBytes} bytes.`);
}

const pollMs = 20;

/** Repeats what the line is not ready for. */
async function transfer<Result>(
  attempt: () => Promise<Result>,
  until: number,
  signal: AbortSignal,
  late: () => Error,
): Promise<Result> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (errnoOf(error) !== 'EAGAIN') throw error;
    }
    if (performance.now() > until) throw late();
    await sleep(pollMs, undefined, { signal });
  }
}
