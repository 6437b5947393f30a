// The system as one archive: a whole root for systemd-nspawn and its like, with the factory's /etc in its place.

import { chmod, mkdir, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run, runWhole, sourceDateEpoch, syncDirectory } from '../../host/index.ts';
import type { UsrTree } from './usr-tree.ts';

export interface TarballOptions {
  /** The archive to write: a path that ends in .tar.zst. */
  readonly output: string;
  /** zstd's, from 1 (fast) to 19 (small). Default 3. */
  readonly level?: number;
  readonly onStep?: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** Folders of the root that the system itself is not in, and their modes. */
const folders: Readonly<Record<string, number>> = {
  boot: 0o755,
  dev: 0o755,
  home: 0o755,
  media: 0o755,
  mnt: 0o755,
  opt: 0o755,
  proc: 0o555,
  root: 0o700,
  run: 0o755,
  srv: 0o755,
  sys: 0o555,
  tmp: 0o1777,
  var: 0o755,
};

// Names sorted, owners as numbers, one time: the same tree makes the same bytes. The kernel is of no use there, and
// a container's console asks for a name and password on its own.
const pack = `set -e
cd "$1"
tar --sort=name --numeric-owner --mtime="@$3" --format=pax --pax-option=delete=atime,delete=ctime \\
  --xattrs --xattrs-include='*' --exclude='./usr/lib/modules/*/vmlinuz' -cf - . |
  zstd -q -T1 "-$4" -o "$2"`;

/** Writes the archive, whole or not at all, and returns its path. Needs root, tar and zstd. */
export async function writeTarball(usr: UsrTree, options: TarballOptions): Promise<string> {
  options.onStep?.('Packing the root for containers');
  const beside = `${options.output}.${process.pid}.part`;
  const root = `${usr.folder}.root-${process.pid}`;
  const epoch = sourceDateEpoch();
  try {
    await mkdir(root, { mode: 0o755 });
    // Links to the files of the cache: nothing writes to them here.
    await run('cp', ['-al', usr.folder, join(root, 'usr')], { deadlineMs: 300_000 });
    await run('cp', ['-a', join(usr.folder, 'share/factory/etc'), join(root, 'etc')]);
    for (const name of ['bin', 'sbin', 'lib', 'lib64']) await symlink(`usr/${name}`, join(root, name));
    for (const [name, mode] of Object.entries(folders)) {
      await mkdir(join(root, name));
      await chmod(join(root, name), mode);
    }
    await mkdir(dirname(options.output), { recursive: true });
    await rm(beside, { force: true });
    const argv = ['sh', '-c', pack, 'sh', root, beside, String(epoch), String(options.level ?? 3)];
    await runWhole(argv, options.signal === undefined ? {} : { signal: options.signal });
    await run('sync', [beside]);
    await rename(beside, options.output);
    await syncDirectory(dirname(options.output));
    return options.output;
  } finally {
    await rm(beside, { force: true });
    await rm(root, { recursive: true, force: true });
  }
}
