// The definition of a machine: the folder `image/` of a checkout or of an installation, or somebody's own copy of
// it. Read whole and checked before anything is built.

import { createHash } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { errnoOf, homeDirectory } from '../../host/index.ts';
import { hostArchitecture } from '../architecture.ts';
import { deployErrors } from '../errors.ts';
import { isPackageName, parsePackages, type WantedPackage } from './packages-file.ts';
import { parseUsers, type SystemUsers } from './users-file.ts';

/** A file laid over the tree that the packages make. */
export interface OverlaidFile {
  /** Where it is in the tree, without the first slash. */
  readonly path: string;
  readonly mode: number;
  readonly content: Buffer | { readonly link: string };
}

export interface Definition {
  readonly folder: string;
  /** In Debian's words: amd64, arm64. */
  readonly architecture: string;
  readonly packages: readonly WantedPackage[];
  /** Text in the form of sources.list(5). */
  readonly sources: string;
  /** Text in the form of dpkg.cfg(5). */
  readonly dpkgOptions: string;
  readonly users: SystemUsers;
  /** Sorted by path. */
  readonly files: readonly OverlaidFile[];
}

export interface DefinitionOptions {
  /** Default: the definition that keelson brings. */
  readonly folder?: string;
  /** Takes the place of what stands under [kernel]. */
  readonly kernel?: string;
  /** Default: that of this host. */
  readonly architecture?: string;
}

/** The definition in `folder`. Throws `deploy.definition`, naming file, line and column. */
export async function readDefinition(options: DefinitionOptions = {}): Promise<Definition> {
  const folder = resolve(options.folder ?? join(homeDirectory(), 'image'));
  const architecture = options.architecture ?? hostArchitecture();
  const read = async (name: string) => await readPart(folder, name);
  const packagesFile = join(folder, 'packages');
  const listed = parsePackages(await read('packages'), architecture, packagesFile);
  return {
    folder,
    architecture,
    packages: withKernel(listed, options.kernel),
    sources: effective(await read('sources'), join(folder, 'sources')),
    dpkgOptions: await read('dpkg.cfg'),
    users: parseUsers(await read('users'), join(folder, 'users')),
    files: await overlaidFiles(join(folder, 'tree')),
  };
}

async function readPart(folder: string, name: string): Promise<string> {
  try {
    return await readFile(join(folder, name), 'utf8');
  } catch (cause) {
    throw deployErrors.error(
      'definition',
      `${folder} is no definition of a machine: ${join(folder, name)} cannot be read (${errnoOf(cause) ?? 'unknown error'}).`,
      { cause, hint: `Copy ${join(homeDirectory(), 'image')} and change the copy.` },
    );
  }
}

function withKernel(listed: readonly WantedPackage[], kernel: string | undefined): readonly WantedPackage[] {
  if (kernel === undefined) return listed;
  if (!isPackageName(kernel)) {
    throw deployErrors.error('invalid', `“${kernel}” cannot be the name of a Debian package.`, {
      hint: 'Kernels are linux-image-cloud-amd64, linux-image-amd64, …',
    });
  }
  const others = listed.filter(({ section, name }) => section !== 'kernel' && name !== kernel);
  return [...others, { name: kernel, section: 'kernel', line: 0 }];
}

/** The lines of a sources.list(5) without comments; other lines would be read by apt in its own way. */
function effective(text: string, file: string): string {
  const lines = text.split('\n').flatMap((raw, index) => {
    const line = raw.replace(/#.*$/, '').trim();
    if (line === '') return [];
    if (/^deb(\s+\[[^\]]*\])?\s+\S+:\S+\s+\S+(\s+\S+)*$/.test(line)) return [line];
    throw deployErrors.error(
      'definition',
      `${file}:${index + 1}:1: “${line}” is no source of packages: expected “deb http://HOST/PATH SUITE COMPONENT…”.`,
    );
  });
  if (lines.length > 0) return `${lines.join('\n')}\n`;
  throw deployErrors.error('definition', `${file} names no source of packages.`);
}

/** sudo and its like refuse what more than root may read; a checkout keeps only whether a file is a program. */
const privateFiles = /^etc\/sudoers\.d\//;

async function overlaidFiles(root: string): Promise<readonly OverlaidFile[]> {
  const files: OverlaidFile[] = [];
  for (const entry of await entriesBelow(root)) {
    if (entry.isDirectory()) continue;
    const at = join(entry.parentPath, entry.name);
    const path = relative(root, at);
    if (entry.isSymbolicLink()) {
      files.push({ path, mode: 0o777, content: { link: await readlink(at) } });
    } else if (entry.isFile()) {
      const { mode } = await lstat(at);
      const program = (mode & 0o111) !== 0;
      files.push({
        path,
        mode: privateFiles.test(path) ? 0o440 : program ? 0o755 : 0o644,
        content: await readFile(at),
      });
    } else {
      throw deployErrors.error('definition', `${at} is neither a file nor a folder nor a link.`);
    }
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function entriesBelow(root: string): Promise<Dirent[]> {
  try {
    return await readdir(root, { recursive: true, withFileTypes: true });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** A short name of these texts, for what is built from them. */
export function keyOf(...parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length} `).update(part);
  return hash.digest('hex').slice(0, 16);
}
