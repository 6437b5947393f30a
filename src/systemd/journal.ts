// The journal of this machine, read through `journalctl -o json`.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { systemdErrors } from './errors.ts';

export interface JournalOptions {
  /** Only messages of and about these units; all without any. */
  readonly units?: readonly string[];
  /** At most this many of the newest entries that exist already; all without. */
  readonly lines?: number;
  /** Goes on with new entries until the signal aborts. */
  readonly follow?: boolean;
  /** Only entries after the one with this cursor. */
  readonly afterCursor?: string;
  /** Only entries at or after this time, in milliseconds since 1970. */
  readonly sinceMs?: number;
  /** Only entries of the current boot. */
  readonly thisBoot?: boolean;
  readonly signal?: AbortSignal;
}

export interface JournalEntry {
  readonly cursor: string;
  /** In microseconds since 1970. */
  readonly timestampUs: number;
  readonly message: string;
  /** syslog's 0 (emergency) to 7 (debug); undefined when the sender gave none. */
  readonly priority: number | undefined;
  /** The unit it came from, or that systemd speaks of; empty for neither. */
  readonly unit: string;
  /** The name of the program, as in "name[123]:". */
  readonly identifier: string;
  readonly pid: number | undefined;
  readonly hostname: string;
}

/**
 * Entries, oldest first. Ends at the end of the journal, or with `follow` when the signal aborts; leaving
 * the loop ends it too. Throws `systemd.journal` when journalctl fails.
 */
export async function* readJournal(options: JournalOptions = {}): AsyncGenerator<JournalEntry, void> {
  const aborted = () => options.signal?.aborted === true;
  if (aborted()) return;
  const child = spawn('journalctl', journalArguments(options), { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close').catch((cause: unknown) => {
    throw systemdErrors.error('journal', 'The journal cannot be read: journalctl could not be run.', {
      cause,
    });
  });
  ended.catch(() => {});
  const stop = () => child.kill('SIGTERM');
  options.signal?.addEventListener('abort', stop, { once: true });
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => {
    complaint = (complaint + text.toString()).slice(-1000);
  });
  try {
    for await (const line of createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY })) {
      const entry = parseJournalLine(line);
      if (entry !== undefined) yield entry;
      if (aborted()) return;
    }
    const [status] = await ended;
    if (status !== 0 && !aborted()) {
      throw systemdErrors.error(
        'journal',
        `The journal cannot be read: ${complaint.trim() || `status ${status}`}`,
      );
    }
  } finally {
    options.signal?.removeEventListener('abort', stop);
    stop();
  }
}

/** The arguments of journalctl for these options. */
export function journalArguments(options: JournalOptions): readonly string[] {
  return [
    '--output=json',
    // Messages beyond 4 KiB come whole only so.
    '--all',
    '--no-pager',
    '--quiet',
    ...(options.units ?? []).map((unit) => `--unit=${unit}`),
    ...(options.lines !== undefined ? [`--lines=${options.lines}`] : options.follow ? ['--no-tail'] : []),
    ...(options.follow === true ? ['--follow'] : []),
    ...(options.afterCursor === undefined ? [] : [`--after-cursor=${options.afterCursor}`]),
    ...(options.sinceMs === undefined ? [] : [`--since=@${(options.sinceMs / 1000).toFixed(6)}`]),
    ...(options.thisBoot === true ? ['--boot'] : []),
  ];
}

/** The entry in one line of journalctl's JSON; undefined for a line that is none. */
export function parseJournalLine(line: string): JournalEntry | undefined {
  const fields = parseObject(line);
  const cursor = text(fields?.__CURSOR);
  if (fields === undefined || cursor === '') return undefined;
  return {
    cursor,
    timestampUs: number(fields.__REALTIME_TIMESTAMP) ?? 0,
    message: text(fields.MESSAGE),
    priority: number(fields.PRIORITY),
    unit: text(fields.UNIT) || text(fields._SYSTEMD_UNIT),
    identifier: text(fields.SYSLOG_IDENTIFIER) || text(fields._COMM),
    pid: number(fields._PID) ?? number(fields.SYSLOG_PID),
    hostname: text(fields._HOSTNAME),
  };
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field is a string, the numbers of its bytes when it is not text, or a list when it came repeatedly. */
function text(value: unknown): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return '';
  if (value.every((byte) => typeof byte === 'number')) return Buffer.from(value).toString('utf8');
  return text(value[0]);
}

function number(value: unknown): number | undefined {
  const digits = text(value);
  return /^\d+$/.test(digits) ? Number(digits) : undefined;
}
