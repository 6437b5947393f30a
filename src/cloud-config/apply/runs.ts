// The record of each source's last run, for `coreos-cloudinit status`: how it ended, what failed, what was left
// out. No contents, no secrets.

import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readFileIfExists } from '../../host/index.ts';
import { startTimeOf } from './lock.ts';
import { writeWhole } from './whole.ts';

export interface RunRecord {
  readonly version: 1;
  /** `TYPE:LOCATION`. */
  readonly source: string;
  /** As the metadata name it. */
  readonly instance?: string;
  readonly bootId: string;
  readonly process: { readonly pid: number; readonly started: string };
  /** ISO 8601. */
  readonly begunAt: string;
  /** Not there: it is under way, or was interrupted. */
  readonly ended?: {
    readonly at: string;
    readonly tookMs: number;
    readonly exit: number;
    readonly counts: Readonly<Record<'done' | 'unchanged' | 'queued' | 'failed', number>>;
    readonly failed: readonly { readonly what: string; readonly error: string }[];
    readonly queued: readonly string[];
  };
  /** What of the user-data was left out, as the findings say it. */
  readonly leftOut: readonly string[];
}

/** How a record is to be read now. */
export type RunState = 'ok' | 'failed' | 'running' | 'interrupted';

const folder = (state: string): string => join(state, 'runs');

export async function writeRun(state: string, record: RunRecord): Promise<void> {
  const name = createHash('sha256').update(record.source).digest('hex').slice(0, 16);
  const path = join(folder(state), `${name}.json`);
  await writeWhole(path, `${JSON.stringify(record, null, 1)}\n`, { mode: 0o600, directoryMode: 0o700 });
}

/** All records in that state folder, the oldest run first; what cannot be read is passed over. */
export async function readRuns(state: string): Promise<RunRecord[]> {
  const names = await readdir(folder(state)).catch(() => []);
  const records: RunRecord[] = [];
  for (const name of names.filter((one) => /^[0-9a-f]+\.json$/.test(one))) {
    try {
      const data: unknown = JSON.parse((await readFileIfExists(join(folder(state), name))) ?? '');
      if (isRecord(data)) records.push(data);
    } catch {
      // A file of another version, or none of ours.
    }
  }
  return records.sort((a, b) => (a.begunAt < b.begunAt ? -1 : 1));
}

/** Whether it ended, and well; a record without an end is looked up among the processes of `bootId`. */
export async function stateOf(record: RunRecord, bootId: string): Promise<RunState> {
  const { ended, leftOut } = record;
  if (ended !== undefined) {
    return ended.exit === 0 && ended.failed.length === 0 && leftOut.length === 0 ? 'ok' : 'failed';
  }
  const { pid, started } = record.process;
  const alive = record.bootId === bootId && (await startTimeOf(pid)) === started;
  return alive ? 'running' : 'interrupted';
}

function isRecord(data: unknown): data is RunRecord {
  if (typeof data !== 'object' || data === null) return false;
  return (
    'version' in data && data.version === 1 && 'source' in data && 'leftOut' in data && 'process' in data
  );
}
