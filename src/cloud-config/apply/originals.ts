// What operations are about to take the place of: looked at, and copied away, before anything is changed.

import { readFile, readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Operation } from '../model.ts';
import { findUser } from './accounts.ts';
import { isSettled } from './apply.ts';
import { hashOf, itemOf, type Prior } from './items.ts';
import { type Machine, under } from './machine.ts';
import { keyOf, type ManifestItem } from './manifest.ts';
import { statOf } from './stat.ts';
import { writeWhole } from './whole.ts';
import { withinRoot } from './within-root.ts';

export interface Originals {
  /** Operations that are left out: what stands there is the word of a superior source. */
  readonly yielding: ReadonlySet<Operation>;
  readonly priors: ReadonlyMap<string, Prior>;
  /** Files that were changed here since we wrote them and are about to be replaced, with their copies. */
  readonly changed: ReadonlyMap<string, string>;
}

/** The items of the other sources, and whether they are superior to the one that runs. */
export interface Others {
  readonly items: readonly ManifestItem[];
  readonly superior: boolean;
}

/** `copies` is the folder for copies, below the machine's root. */
export async function keepOriginals(
  operations: readonly Operation[],
  known: readonly ManifestItem[],
  others: Others,
  machine: Machine,
  copies: string,
): Promise<Originals> {
  const records = new Map(known.map((item) => [keyOf(item), item]));
  const priors = new Map<string, Prior>();
  const changed = new Map<string, string>();
  const yielding = new Set<Operation>();
  const theirs = Map.groupBy(others.items, keyOf);
  for (const operation of operations) {
    const item = itemOf(operation);
    if (item === undefined) continue;
    const key = keyOf(item);
    const record = records.get(key);
    if (item.kind === 'user') {
      priors.set(key, { settled: (await findUser(machine, item.name)) !== undefined });
    } else if (!('path' in operation)) {
      if (record === undefined) priors.set(key, { settled: await isSettled(operation, machine) });
    } else if (!(await isSettled(operation, machine))) {
      const rivals = theirs.get(key) ?? [];
      const ours = new Set([record, ...rivals].flatMap((one) => [one?.sha256, one?.was]));
      const prior = await priorOfPath(operation.path, item, ours, machine, copies);
      if (
        others.superior &&
        prior.written !== undefined &&
        rivals.some(({ sha256 }) => sha256 === prior.written)
      ) {
        yielding.add(operation);
      }
      priors.set(key, prior);
      if (record !== undefined && prior.before?.kind === 'file')
        changed.set(operation.path, prior.before.copy);
    } else if (record === undefined) priors.set(key, { settled: true });
  }
  return { priors, changed, yielding };
}

async function priorOfPath(
  path: string,
  item: Pick<ManifestItem, 'kind'>,
  ours: ReadonlySet<string | undefined>,
  machine: Machine,
  copies: string,
): Promise<Prior> {
  const target = await withinRoot(machine, path);
  const stat = statOf(target);
  if (stat === undefined) {
    return { settled: false, created: true, folders: await missingFolders(path, machine) };
  }
  // An append leaves all that was there; of what ends with the boot nothing is kept.
  if (item.kind === 'append') return { settled: false };
  if (stat.isSymbolicLink()) {
    if (path.startsWith('/run/')) return { settled: false };
    return { settled: false, before: { kind: 'link', target: await readlink(target) } };
  }
  if (!stat.isFile()) return { settled: false };
  const content = await readFile(target);
  const written = hashOf(content);
  if (ours.has(written)) return { settled: false, written };
  if (path.startsWith('/run/')) return { settled: false };
  const copy = join(copies, hashOf(path).slice(0, 32));
  try {
    await writeWhole(under(machine, copy), content, { mode: 0o600, directoryMode: 0o700 });
  } catch {
    // No room for a copy: what cannot be given back is not undone, but the cloud-config is applied.
    return { settled: true };
  }
  const { mode, uid, gid } = stat;
  return { settled: false, before: { kind: 'file', copy, mode: mode & 0o7777, uid, gid } };
}

/** Folders that writing there makes, the outermost first. */
async function missingFolders(path: string, machine: Machine): Promise<string[]> {
  const missing: string[] = [];
  for (let folder = dirname(path); folder !== '/'; folder = dirname(folder)) {
    if (statOf(await withinRoot(machine, folder)) !== undefined) break;
    missing.unshift(folder);
  }
  return missing;
}
