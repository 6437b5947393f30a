// Reads update.conf and the release files from where they are.

import { join } from 'node:path';
import { errnoOf, readFileIfExists } from '../../host/index.ts';
import type { Finding } from './key-values.ts';
import { configPaths, type ReadSettings, readSettings } from './settings.ts';

/** Nobody's update.conf is longer; what is is not read whole. */
const maxBytes = 256 * 1024;

/** The settings of the machine below `root`. A file that cannot be read is told and does not count. */
export async function readConfig(root = ''): Promise<ReadSettings> {
  const texts: Record<string, string> = {};
  const unreadable: Finding[] = [];
  for (const path of configPaths) {
    try {
      const text = await readFileIfExists(join(root, path));
      if (text !== undefined) texts[path] = text.slice(0, maxBytes);
    } catch (error) {
      unreadable.push({ path, line: 0, message: `It cannot be read: ${errnoOf(error) ?? String(error)}.` });
    }
  }
  const { settings, findings } = readSettings(texts);
  return { settings, findings: [...unreadable, ...findings] };
}

/** A finding as one line. */
export function showFinding({ path, line, message }: Finding): string {
  return line === 0 ? `${path}: ${message}` : `${path}:${line}: ${message}`;
}
