// Where keelson's own files are: a checkout, or /usr/lib/keelson once installed. Both have the same
// folders (bin, dist, units, cloud-config, …), so that one path serves both.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json, above this module wherever it was bundled to. */
export function homeDirectory(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'package.json'))) {
    const parent = dirname(directory);
    if (parent === directory) throw new Error('keelson is not installed whole: package.json is missing.');
    directory = parent;
  }
  return directory;
}

/** The version in package.json. */
export function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(homeDirectory(), 'package.json'), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest)
    return String(manifest.version);
  throw new Error('package.json has no version.');
}
