// Who sees which /usr, and who writes below it: read from /proc. Root sees all; others see their own.

import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Mount, parseMountInfo } from '../mount-info.ts';

/** A mount namespace whose root is the machine's own, with the processes in it. */
export interface Namespace {
  /** The kernel's number of it. */
  readonly id: string;
  readonly pids: readonly number[];
  readonly mounts: readonly Mount[];
  /** Opened on purpose, for one command: see open.ts. */
  readonly opened: boolean;
}

/** A file below /usr that somebody has open for writing. */
export interface Writer {
  readonly pid: number;
  /** The program's name. */
  readonly command: string;
  /** The unit that it runs in; empty when that is not known. */
  readonly unit: string;
  readonly path: string;
}

/** The first word of the shell that has opened a namespace for a command, after its script. */
export const openedMark = 'keelson-open-usr';

/** The namespaces whose root is that of PID 1, that one's own first. Containers have other roots. */
export function mountNamespaces(proc = '/proc'): readonly Namespace[] {
  const root = tell(() => statSync(join(proc, '1/root/.')));
  const found = new Map<string, { pids: number[]; opened: boolean }>();
  for (const pid of pidsIn(proc)) {
    const id = tell(() => readlinkSync(join(proc, `${pid}/ns/mnt`)));
    const own = tell(() => statSync(join(proc, `${pid}/root/.`)));
    if (id === undefined || own === undefined || own.dev !== root?.dev || own.ino !== root.ino) continue;
    const entry = found.get(id) ?? { pids: [], opened: false };
    found.set(id, entry);
    entry.pids.push(pid);
    const words = tell(() => readFileSync(join(proc, `${pid}/cmdline`), 'utf8'))?.split('\0');
    if (words?.[1] === '-c' && words[3] === openedMark) entry.opened = true;
  }
  return [...found].flatMap(([id, { pids, opened }]) => {
    const text = tell(() => readFileSync(join(proc, `${pids[0]}/mountinfo`), 'utf8'));
    return text === undefined ? [] : [{ id, pids, opened, mounts: parseMountInfo(text) }];
  });
}

/**
 * Who has a file below `usr` open for writing, or mapped so, in any of these namespaces. Folders in `except`
 * and file systems other than that of `usr` do not count.
 */
export function writersBelow(
  namespaces: readonly Namespace[],
  device: string,
  except: readonly string[],
  usr = '/usr',
  proc = '/proc',
): readonly Writer[] {
  const writers: Writer[] = [];
  const isBelow = (path: string) =>
    path.startsWith(`${usr}/`) && !except.some((folder) => path.startsWith(`${folder}/`));
  for (const { pids, mounts } of namespaces) {
    const ids = new Set(mounts.filter((mount) => mount.device === device).map(({ id }) => id));
    for (const pid of pids) {
      const paths = new Set([...openFiles(proc, pid, ids), ...mappedFiles(proc, pid)].filter(isBelow));
      for (const path of paths)
        writers.push({ pid, command: commandOf(proc, pid), unit: unitOf(proc, pid), path });
    }
  }
  return writers;
}

function openFiles(proc: string, pid: number, mountIds: ReadonlySet<number>): string[] {
  const names = tell(() => readdirSync(join(proc, `${pid}/fd`))) ?? [];
  return names.flatMap((name) => {
    const path = tell(() => readlinkSync(join(proc, `${pid}/fd/${name}`)));
    if (path?.startsWith('/') !== true) return [];
    const info = tell(() => readFileSync(join(proc, `${pid}/fdinfo/${name}`), 'utf8')) ?? '';
    const flags = Number.parseInt(/^flags:\s*([0-7]+)/m.exec(info)?.[1] ?? '0', 8);
    const mount = Number(/^mnt_id:\s*(\d+)/m.exec(info)?.[1]);
    // O_WRONLY or O_RDWR, and not O_PATH, which opens nothing.
    const writes = (flags & 3) !== 0 && (flags & 0o10000000) === 0;
    return writes && mountIds.has(mount) ? [path] : [];
  });
}

/** A shared mapping that can be written to holds its file open without a descriptor. */
function mappedFiles(proc: string, pid: number): string[] {
  const maps = tell(() => readFileSync(join(proc, `${pid}/maps`), 'utf8')) ?? '';
  return [...maps.matchAll(/^\S+ .w.s \S+ \S+ \d+\s+(\/.*)$/gm)].map((match) => match[1] ?? '');
}

function commandOf(proc: string, pid: number): string {
  return tell(() => readFileSync(join(proc, `${pid}/comm`), 'utf8'))?.trim() ?? '?';
}

function unitOf(proc: string, pid: number): string {
  const text = tell(() => readFileSync(join(proc, `${pid}/cgroup`), 'utf8')) ?? '';
  return /\/([^/]+\.(?:service|scope))(?:\/[^.]*)?$/m.exec(text)?.[1] ?? '';
}

function pidsIn(proc: string): number[] {
  const numbers = readdirSync(proc).flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  return numbers.sort((a, b) => a - b);
}

/** What `read` gives, or undefined: processes come and go, and some are not ours to look at. */
function tell<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
