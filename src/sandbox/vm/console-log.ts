// The serial console of a machine, as the file that QEMU appends to. A line of ours separates the runs.

import { appendFile, open, stat } from 'node:fs/promises';
import { errnoOf } from '../../host/index.ts';

const separator = '=== power on ';

/** Begins a new run in the log. */
export async function beginRun(path: string, now: Date = new Date()): Promise<void> {
  const before = (await sizeOf(path)) === 0 ? '' : '\n';
  await appendFile(path, `${before}${separator}${now.toISOString()}\n`, { mode: 0o600 });
}

/** The size of the log in bytes; 0 when there is none. */
export async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 0;
    throw error;
  }
}

/** What the log holds from that byte on; empty when there is no log. */
export async function readFrom(path: string, offset: number): Promise<string> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return '';
    throw error;
  }
  try {
    const { size } = await handle.stat();
    if (size <= offset) return '';
    const bytes = Buffer.alloc(size - offset);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, offset);
    return bytes.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The last run of a log. */
export function lastRun(text: string): string {
  const at = text.lastIndexOf(separator);
  return at === -1 ? text : text.slice(text.indexOf('\n', at) + 1);
}

/** What a terminal would show of it, as text: without its sequences, carriage returns and NULs. */
export function plainText(text: string): string {
  return text
    .replace(/\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]/g, '')
    .replace(/[\r\0]/g, '');
}

/** The last lines that say something. */
export function lastLines(text: string, count = 12): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-count).join('\n');
}
