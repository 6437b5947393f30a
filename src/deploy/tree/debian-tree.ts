// The packages of the definition as a tree, by mmdebstrap: built once for each set of versions, and kept.

import { mkdir, readFile, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { provide, type RunResult, readFileIfExists, runWhole, sourceDateEpoch } from '../../host/index.ts';
import { deployErrors } from '../errors.ts';
import { type Definition, keyOf } from './definition.ts';
import { candidateVersions, installedPackages, outdated, packageLines } from './installed-packages.ts';

export interface TreeOptions {
  /** The folder where what is built is kept. */
  readonly cache: string;
  readonly definition: Definition;
  /**
   * `kept` takes a tree of this definition that is there, whatever the archive has meanwhile; `current` asks the
   * archive, and builds again when any package has another version there. Default `kept`.
   */
  readonly versions?: 'kept' | 'current';
  readonly onStep?: (text: string) => void;
  readonly signal?: AbortSignal;
}

// Users get their numbers before packages choose. dracut calls its hook of kernels, which would make an initrd.
const preparation = `set -eu
systemd-sysusers --root="$1" "$KEELSON_SCRATCH/users"
mkdir -p "$1/etc/kernel/postinst.d"
printf '#!/bin/sh\\n' >"$1/etc/kernel/postinst.d/dracut"
chmod 755 "$1/etc/kernel/postinst.d/dracut"`;

// What is one machine's, or of the day of the build, and what only a package manager needs. Root's password is none.
const hygiene = `set -eu
cd "$1"
: >etc/machine-id
rm -f etc/kernel/postinst.d/dracut etc/hostname etc/fstab etc/.pwd.lock etc/passwd- etc/group- etc/shadow- etc/gshadow- etc/subuid- etc/subgid-
rm -f etc/ssh/ssh_host_* var/lib/dbus/machine-id var/lib/systemd/random-seed vmlinuz* initrd.img*
rm -f var/cache/ldconfig/aux-cache var/cache/debconf/*-old var/lib/dpkg/*-old var/cache/apt/*.bin
find var/log -type f -delete
find usr -name __pycache__ -type d -prune -exec rm -rf {} +`;

/** The folder with the tree. Needs root. Throws `host.cache.build`, `deploy.definition` or `host.run.*`. */
export async function provideDebianTree(options: TreeOptions): Promise<string> {
  const { cache, definition } = options;
  const onStep = options.onStep ?? (() => {});
  const argv = mmdebstrapArguments(definition);
  const key = keyOf(
    JSON.stringify([
      argv,
      definition.sources,
      definition.dpkgOptions,
      definition.users.text,
      preparation,
      hygiene,
    ]),
    String(sourceDateEpoch()),
  );
  // The name of the definition leads to that of the versions, which is only known once they are there.
  const name = `debian-${key}`;
  if (options.versions === 'current') await forgetOutdated(options, join(cache, name), argv);
  const link = await provide(cache, name, onStep, async (target) => {
    onStep(`Building the tree of ${definition.packages.length} Debian packages and theirs (once; a minute)`);
    const scratch = `${target}.tmp`;
    const tree = `${target}.tree`;
    await mkdir(scratch, { recursive: true });
    try {
      await build(options, argv, scratch, tree);
      const versions = keyOf(packageLines(await packagesIn(tree)));
      const final = join(cache, `${name}-${versions}`);
      await rm(final, { recursive: true, force: true });
      await rename(tree, final);
      await symlink(basename(final), target);
    } finally {
      // The last processes of a build that was ended may still be writing.
      for (const path of [scratch, tree]) {
        await rm(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
      }
    }
  });
  return await realpath(link);
}

/** The packages that a tree holds. */
export async function packagesIn(tree: string): Promise<ReturnType<typeof installedPackages>> {
  return installedPackages(await readFile(join(tree, 'var/lib/dpkg/status'), 'utf8'));
}

function mmdebstrapArguments({ packages, architecture }: Definition): readonly string[] {
  return [
    '--variant=minbase',
    '--verbose',
    `--architectures=${architecture}`,
    `--include=${packages
      .map(({ name }) => name)
      .sort()
      .join(',')}`,
    // Without it usrmerge comes, and with it all of Perl.
    '--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr',
    '--aptopt=Acquire::Languages "none"',
    '--aptopt=Acquire::Retries "3"',
    '--dpkgopt=force-unsafe-io',
  ];
}

async function build(
  options: TreeOptions,
  argv: readonly string[],
  scratch: string,
  tree: string,
): Promise<void> {
  const { definition } = options;
  const files = { sources: definition.sources, users: definition.users.text, dpkg: definition.dpkgOptions };
  for (const [name, text] of Object.entries(files)) await writeFile(join(scratch, name), text);
  const env = [
    'env',
    `TMPDIR=${scratch}`,
    `SOURCE_DATE_EPOCH=${sourceDateEpoch()}`,
    `KEELSON_SCRATCH=${scratch}`,
  ];
  const hooks = [
    `--essential-hook=${preparation}`,
    `--customize-hook=${hygiene}`,
    `--dpkgopt=${join(scratch, 'dpkg')}`,
  ];
  const command = ['mmdebstrap', ...argv, ...hooks, '', tree, join(scratch, 'sources')];
  await runApt(options, [...env, ...command]);
}

/** Removes the way to the tree that is there when the archive has other versions. */
async function forgetOutdated(options: TreeOptions, link: string, argv: readonly string[]): Promise<void> {
  const status = await readFileIfExists(join(link, 'var/lib/dpkg/status'));
  if (status === undefined) return;
  options.onStep?.('Asking the archive for newer packages');
  const scratch = `${link}.ask-${process.pid}`;
  await mkdir(scratch, { recursive: true });
  try {
    const sources = join(scratch, 'sources');
    await writeFile(sources, options.definition.sources);
    const command = [
      'env',
      `TMPDIR=${scratch}`,
      'mmdebstrap',
      '--simulate',
      ...argv,
      '',
      '/dev/null',
      sources,
    ];
    const { stdout, stderr } = await runApt(options, command);
    const newer = outdated(installedPackages(status), candidateVersions(`${stdout}\n${stderr}`));
    if (newer.length === 0) return;
    options.onStep?.(`Newer in the archive: ${newer.slice(0, 8).join(', ')}${newer.length > 8 ? ', …' : ''}`);
    await rm(link, { force: true });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Runs a command of apt's; says where in the definition a package stands that the archive does not have. */
async function runApt(options: TreeOptions, argv: readonly string[]): Promise<RunResult> {
  const { definition, signal } = options;
  let refused: string | undefined;
  try {
    return await runWhole(argv, {
      ...(signal === undefined ? {} : { signal }),
      onOutput: (_stream, text) => {
        refused ??= /Unable to locate package (\S+)|Package '?([^\s']+)'? has no installation candidate/
          .exec(text)
          ?.slice(1)
          .find((name) => name !== undefined);
      },
    });
  } catch (cause) {
    const wanted = definition.packages.find(({ name }) => name === refused);
    if (wanted === undefined) throw cause;
    const at = wanted.line === 0 ? 'The kernel' : `${join(definition.folder, 'packages')}:${wanted.line}:1`;
    throw deployErrors.error('definition', `${at}: the archive has no package ${wanted.name}.`, {
      cause,
      hint: `The archive is that of ${join(definition.folder, 'sources')}; “apt-cache search” finds names.`,
    });
  }
}

/** The name of a tree in the cache, which tells definition and versions. */
export function treeName(tree: string): string {
  return basename(tree) === 'upper' ? basename(dirname(tree)) : basename(tree);
}
