// The journal of one machine: what is there, then what comes, also after the connection broke or the machine
// was booted again.

import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs, CodedError } from '../../host/index.ts';
import { programLines, remoteLines, shellCommand } from '../../ssh/index.ts';
import { parseJournalLine } from '../../systemd/index.ts';
import type { Machine } from '../model.ts';
import type { Context } from './context.ts';
import type { LogLine } from './logs-format.ts';
import { journalWords, type LogPart, type LogQuery } from './logs-query.ts';
import { localMachineID, machineHost } from './remote.ts';

export interface LogSource {
  readonly machineID: string;
  readonly units: readonly string[];
  readonly query: LogQuery;
  /** The machines of the cluster, kept up to date. */
  readonly machines: ReadonlyMap<string, Machine>;
}

/** One part of that journal, oldest line first. Throws `ssh.*` when it cannot be had. */
export async function* readPart(
  context: Context,
  source: LogSource,
  part: LogPart,
  signal = context.signal,
): AsyncGenerator<LogLine, void> {
  const { machineID, units, query, machines } = source;
  const words = journalWords(units, query, part);
  const [program = '', ...args] = words;
  const lines =
    machineID === (await localMachineID())
      ? programLines(program, args, signal)
      : remoteLines(
          machineHost(context, machineID, machines),
          shellCommand(words),
          await context.ssh(),
          signal,
        );
  for await (const raw of lines) {
    const entry = parseJournalLine(raw);
    if (entry !== undefined) yield { machineID, timeUs: entry.timestampUs, entry, raw };
  }
}

/** The newest lines that are there, in order. */
export async function readPast(context: Context, source: LogSource, lines: number): Promise<LogLine[]> {
  const found: LogLine[] = [];
  for await (const line of readPart(context, source, { kind: 'past', lines })) found.push(line);
  // Some versions of journalctl give them newest first when --grep is used as well.
  const [first, last] = [found[0], found.at(-1)];
  return first !== undefined && last !== undefined && first.timeUs > last.timeUs ? found.reverse() : found;
}

export interface FollowCalls {
  onLine(line: LogLine): void;
  /** All that was there has been told, or cannot be had for now. */
  onCaughtUp(): void;
  /** The journal cannot be had: why. Told once, until it can be had again. */
  onLost(why: string): void;
  onFound(): void;
}

/** Tells the past (at most `lines` of it) and whatever comes, until the signal aborts. */
export async function followJournal(
  context: Context,
  source: LogSource,
  calls: FollowCalls,
  signal: AbortSignal,
): Promise<void> {
  const { lines } = source.query;
  let cursor: string | undefined;
  let past = false;
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      if (!past) {
        // One at least, for a place to go on from.
        const part: LogPart = { kind: 'past', lines: lines === undefined ? undefined : Math.max(1, lines) };
        const found =
          lines === undefined ? await all(context, source) : await readPast(context, source, part.lines ?? 1);
        cursor = found.at(-1)?.entry.cursor;
        for (const line of lines === 0 ? [] : found) calls.onLine(line);
        past = true;
        calls.onCaughtUp();
        calls.onFound();
      }
      for await (const line of readPart(context, source, { kind: 'live', cursor }, signal)) {
        attempt = 0;
        calls.onFound();
        if (line.entry.cursor === cursor) continue;
        cursor = line.entry.cursor;
        calls.onLine(line);
      }
      if (!signal.aborted) calls.onLost('The connection ended.');
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof CodedError)) throw error;
      calls.onLost(error.message);
    }
    await sleep(backoffMs(attempt, { firstMs: 250, maxMs: 5000 }), undefined, { signal }).catch(() => {});
  }
}

async function all(context: Context, source: LogSource): Promise<LogLine[]> {
  const found: LogLine[] = [];
  for await (const line of readPart(context, source, { kind: 'past', lines: undefined })) found.push(line);
  return found;
}
