// The definition of systemd-repart that is meant for a partition: repart.d(5), as far as growing goes.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RepartDefinition, TableEntry } from './model.ts';

/** In order of priority: a file hides those of the same name in later folders. */
export const definitionFolders: readonly string[] = [
  '/etc/repart.d',
  '/run/repart.d',
  '/usr/local/lib/repart.d',
  '/usr/lib/repart.d',
];

const rootTypes: Readonly<Record<string, string>> = {
  x64: '4f68bce3-e8cd-4db1-96e7-fbcaf984b709',
  arm64: 'b921b045-1df0-41c3-af44-4c6f280d3fae',
};

/** GUIDs by the names that a definition may use for the partitions that a root can be on. */
const typeNames: Readonly<Record<string, string | undefined>> = {
  root: rootTypes[process.arch],
  'root-x86-64': rootTypes['x64'],
  'root-arm64': rootTypes['arm64'],
  'linux-generic': '0fc63daf-8483-4772-8e79-3d69d8477de4',
};

/** The first definition for a partition of that type and label, in these folders. */
export function findDefinition(
  entry: Pick<TableEntry, 'type' | 'label'>,
  folders: readonly string[] = definitionFolders,
): RepartDefinition | undefined {
  const files = new Map<string, string>();
  for (const folder of folders.filter((each) => existsSync(each))) {
    for (const name of readdirSync(folder)) {
      if (name.endsWith('.conf') && !files.has(name)) files.set(name, join(folder, name));
    }
  }
  for (const name of [...files.keys()].sort()) {
    const path = files.get(name) ?? '';
    const keys = partitionKeys(readFileSync(path, 'utf8'));
    const type = keys.get('Type') ?? '';
    if ((typeNames[type] ?? type).toLowerCase() !== entry.type) continue;
    if (keys.has('Label') && keys.get('Label') !== entry.label) continue;
    return { path, maxBytes: bytesOf(keys.get('SizeMaxBytes')) };
  }
  return undefined;
}

function partitionKeys(text: string): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  let section = '';
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line.startsWith('[')) section = line;
    const [, key, value] = /^(\w+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (section === '[Partition]' && key !== undefined && value !== undefined) keys.set(key, value);
  }
  return keys;
}

/** `10G`: powers of 1024, as systemd has them. */
function bytesOf(text: string | undefined): number | undefined {
  const [, digits, unit = ''] = /^(\d+)([KMGTPE]?)$/.exec(text ?? '') ?? [];
  return digits === undefined
    ? undefined
    : Number(digits) * 1024 ** ['', 'K', 'M', 'G', 'T', 'P', 'E'].indexOf(unit);
}
