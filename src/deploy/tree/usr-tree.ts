// The operating system as one folder: /usr with everything in it that a machine needs to make /etc, /var, its users
// and its homes from. What is copied out of the root tree is done in there; what is written is decided here.

import { chmod, mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { version as ownVersion, provide, run, sourceDateEpoch } from '../../host/index.ts';
import { deployErrors } from '../errors.ts';
import { sysusersText, unfixedIds } from './accounts.ts';
import { keyOf } from './definition.ts';
import { runInTree } from './in-tree.ts';
import { imageVersion, osRelease } from './os-release.ts';
import { provideRootTree, type RootTree, type RootTreeOptions } from './root-tree.ts';
import { parseEntries, pathsOf, tmpfilesText, type VarEntry, wantedEntries } from './var-tree.ts';

export interface UsrTreeOptions extends RootTreeOptions {
  /** Of the image. Default: keelson's own. */
  readonly version?: string;
}

export interface UsrTree {
  /** The folder that becomes /usr. */
  readonly folder: string;
  /** The tree that it was made of, for what has to run inside. */
  readonly root: RootTree;
  readonly version: string;
  /** Of the modules: /usr/lib/modules/KERNEL/vmlinuz is the kernel. */
  readonly kernel: string;
  /** Changes when anything of it does. */
  readonly key: string;
}

const copy = `set -e
cp -a /usr/. /run/out/
rm -rf /run/out/share/factory
mkdir -p /run/out/share/factory /run/out/lib/sysimage
cp -a /etc /run/out/share/factory/etc
cp -a /var/lib/dpkg /run/out/lib/sysimage/dpkg
for kernel in /boot/vmlinuz-*; do
  name=\${kernel#/boot/vmlinuz-}
  cp -a "$kernel" "/run/out/lib/modules/$name/vmlinuz"
  cp -a "/boot/config-$name" "/run/out/lib/modules/$name/config"
done
find /var -mindepth 1 -xdev -printf '%y %m %u %g %p\\n'
find /root -mindepth 1 -xdev -type f -printf '%y %m %u %g %p\\n'`;

const copyFiles = `set -e
while IFS= read -r path; do
  mkdir -p "/run/out/share/factory\${path%/*}"
  cp -a "$path" "/run/out/share/factory$path"
done </run/list`;

/** What is one machine's, or would make two builds differ. */
const dropped = [
  ...['machine-id', 'hostname', 'fstab', '.pwd.lock', 'passwd-', 'group-', 'shadow-', 'gshadow-'].map(
    (name) => `share/factory/etc/${name}`,
  ),
  ...[
    'lock',
    'lock-frontend',
    'triggers/Lock',
    'status-old',
    'available-old',
    'diversions-old',
    'statoverride-old',
  ].map((name) => `lib/sysimage/dpkg/${name}`),
];

/** The /usr of these options, built if it is not in the cache. Needs root. Throws as `provideRootTree` does. */
export async function provideUsrTree(options: UsrTreeOptions): Promise<UsrTree> {
  const version = imageVersion(options.version ?? ownVersion());
  const root = await provideRootTree(options);
  const onStep = options.onStep ?? (() => {});
  const key = keyOf(root.key, version, String(sourceDateEpoch()), copy, copyFiles, dropped.join());
  const made = await provide(options.cache, `usr-${key}`, onStep, async (target) => {
    onStep('Making /usr of the tree');
    // One folder down: the entry's own time is that of its last use.
    await build(options, root, version, join(target, 'usr'), `${target}.work`);
  });
  const folder = join(made, 'usr');
  return { folder, root, version, kernel: await kernelOf(folder), key };
}

async function build(
  options: UsrTreeOptions,
  root: RootTree,
  version: string,
  usr: string,
  work: string,
): Promise<void> {
  await mkdir(usr, { recursive: true });
  const inTree = async (script: string, binds: Readonly<Record<string, string>>) => {
    const { stdout } = await runInTree(['sh', '-c', script], {
      layers: root.layers,
      work,
      binds,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    return stdout;
  };
  try {
    const entries = wantedEntries(parseEntries(await inTree(copy, { '/run/out': usr })));
    const files = entries.filter(({ kind }) => kind === 'file').map(({ path }) => `${path}\n`);
    const list = `${work}/files`;
    await writeFile(list, files.join(''));
    await inTree(copyFiles, { '/run/out': usr, '/run/list': list });
    await complete(options, usr, version, entries);
  } finally {
    await rm(work, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

/** Writes what the system makes the rest of itself from. */
async function complete(
  options: UsrTreeOptions,
  usr: string,
  version: string,
  entries: readonly VarEntry[],
): Promise<void> {
  const read = async (path: string) => await readFile(join(usr, path), 'utf8');
  for (const path of dropped) await rm(join(usr, path), { force: true });
  const passwd = await read('share/factory/etc/passwd');
  const group = await read('share/factory/etc/group');
  warnOfNumbers(options, unfixedIds(passwd, group, options.definition.users.ids));
  // One file says all: two that say it differently would complain at each boot.
  await rm(join(usr, 'lib/sysusers.d'), { recursive: true });
  await write(usr, 'lib/sysusers.d/image.conf', sysusersText(passwd, group));
  const tmpfiles = join(usr, 'lib/tmpfiles.d');
  const names = (await readdir(tmpfiles)).filter((name) => name.endsWith('.conf'));
  const others = await Promise.all(names.map((name) => readFile(join(tmpfiles, name), 'utf8')));
  await write(usr, 'lib/tmpfiles.d/image.conf', tmpfilesText(entries, pathsOf(others)));
  const debian = await read('lib/os-release');
  await rm(join(usr, 'lib/os-release'));
  await write(usr, 'lib/os-release', osRelease(version, debian));
  // As old as /usr: nothing in /etc waits for an update of what the factory has made already.
  await write(usr, 'share/factory/etc/.updated', '# The factory’s files belong to this /usr.\n');
  await stamp(usr);
}

function warnOfNumbers(options: UsrTreeOptions, found: readonly string[]): void {
  if (found.length === 0) return;
  options.onStep?.(
    `Some numbers of users may change with the next version; to keep them, add to ${join(options.definition.folder, 'users')}: ${found.join('; ')}`,
  );
}

async function write(usr: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(usr, path)), { recursive: true, mode: 0o755 });
  await writeFile(join(usr, path), text);
  await chmod(join(usr, path), 0o644);
}

/** Gives everything one age. */
async function stamp(usr: string): Promise<void> {
  const epoch = sourceDateEpoch();
  await run('find', [usr, '-exec', 'touch', '-h', '-d', `@${epoch}`, '{}', '+'], { deadlineMs: 300_000 });
  await utimes(usr, epoch, epoch);
}

async function kernelOf(usr: string): Promise<string> {
  const versions = await readdir(join(usr, 'lib/modules'));
  const [kernel, other] = versions;
  if (kernel !== undefined && other === undefined) return kernel;
  const found = other === undefined ? 'no kernel' : `more than one kernel: ${versions.join(', ')}`;
  throw deployErrors.error('definition', `The definition's packages bring ${found}. An image has one.`, {
    hint: 'The section [kernel] of its packages names it.',
  });
}
