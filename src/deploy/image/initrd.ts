// The initrd, made by dracut inside the tree of the root, so that its programs are those of the image.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readFileIfExists } from '../../host/index.ts';
import { runInTree } from '../tree/in-tree.ts';

export interface InitrdParts {
  /** The root tree, uppermost layer first; only read. */
  readonly layers: readonly string[];
  readonly kernel: string;
  /** The folder that is laid over the initrd. */
  readonly overlay: string;
  /** Names of kernel modules that the kernel has. */
  readonly drivers: readonly string[];
  /** The age of its files, in seconds since 1970. */
  readonly epoch: number;
  /** A folder for the work, on the file system of the layers. */
  readonly work: string;
  readonly output: string;
  readonly signal?: AbortSignal;
}

/**
 * dracut's modules. Neither `base` nor `dracut-systemd`: they bring dracut's own way of finding a root, where
 * this initrd is units of systemd and nothing else.
 */
const modules = [
  'systemd',
  'systemd-initrd',
  'systemd-udevd',
  'systemd-journald',
  'systemd-modules-load',
  'systemd-veritysetup',
  'systemd-repart',
  'udev-rules',
  'dm',
  'fs-lib',
  'dash',
];

/** What units and scripts of the initrd run, and what somebody needs in a shell there. */
const programs = [
  ...['cat', 'journalctl', 'ln', 'ls', 'mkdir', 'mount', 'readlink', 'sfdisk', 'sleep', 'systemctl', 'tail'],
  ...['tr', 'udevadm', 'umount'],
];

// dracut looks at the machine it runs on through /sys, which is not there.
const script = `set -e
umask 022
mkdir /run/empty /run/work /run/overlay
cp -R --no-preserve=all /run/given/. /run/overlay
find /run/overlay -type d -exec chmod 0755 {} +
find /run/overlay -type f -exec chmod 0644 {} +
find /run/overlay/usr/lib/keelson-boot -type f -exec chmod 0755 {} +
find /run/overlay -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
dracut "$@" /run/initrd >&2
cat /run/initrd >/run/output`;

/** Makes the initrd. Throws what `run` throws, with dracut's last words. */
export async function buildInitrd(parts: InitrdParts): Promise<void> {
  const { layers, work, overlay, output, epoch, signal } = parts;
  const dracut = [
    ...['--quiet', '--force', '--no-hostonly', '--no-hostonly-cmdline', '--no-early-microcode'],
    ...['--reproducible', '--compress', 'zstd -10 -q -T0'],
    ...['--conf', '/dev/null', '--confdir', '/run/empty', '--tmpdir', '/run/work'],
    ...['--kver', parts.kernel],
    ...['--modules', modules.join(' ')],
    ...['--add-drivers', parts.drivers.join(' ')],
    ...['--install', programs.join(' ')],
    ...['--include', '/run/overlay', '/'],
  ];
  await writeFile(output, '');
  await runInTree(['sh', '-c', script, 'sh', ...dracut], {
    layers,
    work,
    binds: { '/run/given': overlay, '/run/output': output },
    env: { SOURCE_DATE_EPOCH: String(epoch) },
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Sorts the wanted modules into those that this kernel has as files, and those that it lacks altogether. */
export async function splitDrivers(
  usr: string,
  kernel: string,
  wanted: readonly string[],
): Promise<{ readonly present: readonly string[]; readonly absent: readonly string[] }> {
  const folder = join(usr, 'lib/modules', kernel);
  const files = moduleNames(await readFile(join(folder, 'modules.dep'), 'utf8'));
  const builtIn = moduleNames((await readFileIfExists(join(folder, 'modules.builtin'))) ?? '');
  const is = (names: ReadonlySet<string>) => (name: string) => names.has(name.replaceAll('-', '_'));
  const present = wanted.filter(is(files));
  return { present, absent: wanted.filter((name) => !is(files)(name) && !is(builtIn)(name)) };
}

/** Names of modules out of lines that begin with a path; `-` and `_` mean the same. */
function moduleNames(text: string): Set<string> {
  const names = [...text.matchAll(/^[^\s:]*?([^/\s:]+)\.ko/gm)].map((match) => match[1] ?? '');
  return new Set(names.map((name) => name.replaceAll('-', '_')));
}
