// Gives every entry of the payload its content and its hash, ready to be packed or copied.

import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile, keepNewest, keptMs, run, runErrors, scratchDirectory } from '../host/index.ts';
import type { Home, PayloadEntry, StagedEntry } from './model.ts';
import { installedHome, servicesPath } from './paths.ts';
import { payload } from './payload.ts';
import { type Ingredient, servicesText } from './services.ts';

/** The payload of `home` with its contents, and the list of services made from them. */
export async function stage(home: Home, cache: string): Promise<readonly StagedEntry[]> {
  const staged: StagedEntry[] = [];
  const ingredients: Ingredient[] = [];
  for (const entry of payload(home)) {
    const one = await stageOne(home, entry, cache);
    staged.push(one);
    const text = await textOf(one);
    ingredients.push({ target: one.target, sha256: one.sha256, ...(text === undefined ? {} : { text }) });
  }
  staged.push(fromText(servicesPath, 0o644, servicesText(ingredients, installedHome)));
  return staged.sort((a, b) => (a.target < b.target ? -1 : 1));
}

/**
 * A hash that changes when anything of the payload does. The runtime counts by its size and time: it
 * comes from a registry whole, and reading it takes longer than all the rest.
 */
export async function fingerprint(home: Home): Promise<string> {
  const hash = createHash('sha256');
  for (const { source, target, mode } of payload(home)) {
    hash.update(`${target}\0${mode}\0`);
    if (source.kind === 'text') hash.update(source.text);
    else if (source.kind === 'link') hash.update(source.to);
    else if (target === `${installedHome}/bin/node`) {
      const { size, mtimeMs } = await stat(join(home.directory, source.path));
      hash.update(`${size} ${mtimeMs}`);
    } else hash.update(await readFile(join(home.directory, source.path)));
    hash.update('\0');
  }
  return hash.digest('hex');
}

async function stageOne(home: Home, entry: PayloadEntry, cache: string): Promise<StagedEntry> {
  const { source, target, mode } = entry;
  if (source.kind === 'text') return fromText(target, mode, source.text);
  if (source.kind === 'link') {
    const sha256 = createHash('sha256').update(`link ${source.to}`).digest('hex');
    return { target, mode, content: source, sha256, bytes: 0 };
  }
  const given = join(home.directory, source.path);
  const path = source.strip === true ? await stripped(given, cache) : given;
  const { size } = await stat(path);
  return { target, mode, content: { kind: 'file', path }, sha256: await hashFile(path), bytes: size };
}

function fromText(target: string, mode: number, text: string): StagedEntry {
  const sha256 = createHash('sha256').update(text).digest('hex');
  return { target, mode, content: { kind: 'text', text }, sha256, bytes: Buffer.byteLength(text) };
}

/** The text of what a service can be made of: its unit and the bundles. */
async function textOf({ target, content }: StagedEntry): Promise<string | undefined> {
  if (content.kind !== 'file') return undefined;
  const interesting = target.startsWith('/usr/lib/systemd/system/') || /\/dist\/.*\.js$/.test(target);
  return interesting ? await readFile(content.path, 'utf8') : undefined;
}

/** The program without its symbol table (18 MB of the runtime), kept in the cache. */
async function stripped(path: string, cache: string): Promise<string> {
  const { size, mtimeMs } = await stat(path);
  const kept = join(cache, `runtime-${size}-${Math.floor(mtimeMs)}`);
  if (await stat(kept).catch(() => undefined)) return kept;
  await mkdir(cache, { recursive: true });
  await using scratch = await scratchDirectory(cache);
  const made = join(scratch.path, 'node');
  try {
    await run('strip', ['--strip-all', '-o', made, path]);
    // A program that does not start is worse than a large one.
    await run(made, ['--version']);
  } catch (error) {
    if (runErrors.is(error)) return path;
    throw error;
  }
  await rename(made, kept);
  await keepNewest(cache, 'runtime-', 2, Date.now() - keptMs);
  return kept;
}
