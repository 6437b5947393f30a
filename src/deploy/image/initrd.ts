// The initrd, made by dracut inside the tree of the root, so that its programs are those of the image.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readFileIfExists, runWhole } from '../../host/index.ts';
import { deployErrors } from '../errors.ts';

export interface InitrdParts {
  /** The root tree; only read. */
  readonly tree: string;
  readonly kernel: string;
  /** The folder that is laid over the initrd. */
  readonly overlay: string;
  /** Names of kernel modules that the kernel has. */
  readonly drivers: readonly string[];
  /** The age of its files, in seconds since 1970. */
  readonly epoch: number;
  /** An empty folder for the work. */
  readonly scratch: string;
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
  ...['tr', 'umount'],
];

// Everything is written to memory, in namespaces that end with us: the tree stays as it is.
const script = `set -eu
tree=$1 scratch=$2 overlay=$3 output=$4 epoch=$5
shift 5
mount -t tmpfs -o mode=0755 tmpfs "$scratch"
cd "$scratch"
mkdir lower upper work root
mount --bind "$tree" lower
mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work root
mkdir -p root/run root/tmp root/proc root/sys root/dev
mount --rbind /dev root/dev
mount -t proc proc root/proc
mount -t sysfs -o ro sysfs root/sys
mount -t tmpfs tmpfs root/run
mkdir root/run/empty root/run/overlay root/run/work
cp -R --no-preserve=all -- "$overlay/." root/run/overlay
find root/run/overlay -type d -exec chmod 0755 {} +
find root/run/overlay -type f -exec chmod 0644 {} +
chmod -R a+x root/run/overlay/usr/lib/keelson-boot
find root/run/overlay -exec touch --no-dereference --date="@$epoch" {} +
umask 022
chroot root env -i PATH=/usr/sbin:/usr/bin LC_ALL=C SOURCE_DATE_EPOCH="$epoch" dracut "$@" >&2
cat root/run/initrd >"$output"`;

/** Makes the initrd. Throws what `run` throws, with dracut's last words. */
export async function buildInitrd(parts: InitrdParts): Promise<void> {
  const dracut = [
    '--quiet',
    '--force',
    '--no-hostonly',
    '--no-hostonly-cmdline',
    '--no-early-microcode',
    '--reproducible',
    '--compress=zstd -10 -q -T0',
    ...['--conf', '/dev/null', '--confdir', '/run/empty', '--tmpdir', '/run/work'],
    ...['--kver', parts.kernel],
    ...['--modules', modules.join(' ')],
    ...['--add-drivers', parts.drivers.join(' ')],
    ...['--install', programs.join(' ')],
    ...['--include', '/run/overlay', '/'],
    '/run/initrd',
  ];
  const { tree, scratch, overlay, output, epoch, signal } = parts;
  const argv = ['sh', '-c', script, 'sh', tree, scratch, overlay, output, String(epoch), ...dracut];
  await runWhole(argv, signal === undefined ? {} : { signal });
}

/**
 * The version of the tree's kernel, which is the name of its modules' folder.
 * Throws `deploy.damaged` when there is none or more than one.
 */
export async function kernelOf(tree: string): Promise<string> {
  const folder = join(tree, 'usr/lib/modules');
  const found = (await readdir(folder).catch(() => [])).sort();
  const [kernel, second] = found;
  if (kernel !== undefined && second === undefined) return kernel;
  throw deployErrors.error(
    'damaged',
    kernel === undefined
      ? `${tree} has no kernel: there is nothing in /usr/lib/modules.`
      : `${tree} has ${found.length} kernels (${found.join(', ')}); an image has one.`,
    { hint: 'The list of packages names one kernel, such as linux-image-cloud-amd64.' },
  );
}

/** Sorts the wanted modules into those that this kernel has as files, and those that it lacks altogether. */
export async function splitDrivers(
  tree: string,
  kernel: string,
  wanted: readonly string[],
): Promise<{ readonly present: readonly string[]; readonly absent: readonly string[] }> {
  const folder = join(tree, 'usr/lib/modules', kernel);
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
