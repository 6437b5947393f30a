// A root file system with Debian's cloud-init, made by the sandbox, in which a command can be run and measured;
// each time in namespaces and on a layer of its own, so that nothing it does stays.

import { join, resolve } from 'node:path';
import { provideRootTree, readDefinition } from '../src/deploy/index.ts';
import { run } from '../src/host/index.ts';
import { roots } from '../src/sandbox/paths.ts';

const home = resolve(import.meta.dirname, '..');

/** Where the checkout is in the root. */
export const inside = '/opt/keelson';

// Everything is mounted over a folder that exists anyway, in a mount namespace that ends with the shell.
const script = `set -e
base=$1 home=$2 files=$3 mounts=/mnt; shift 3
mount -t tmpfs tmpfs "$mounts"
mkdir "$mounts/upper" "$mounts/work" "$mounts/root"
mount -t overlay -o "lowerdir=$base,upperdir=$mounts/upper,workdir=$mounts/work" overlay "$mounts/root"
cd "$mounts/root"
mount -t proc proc proc
mount --rbind /dev dev
mount -t tmpfs tmpfs run
mkdir -p opt/keelson var/lib/cloud/seed/nocloud bench
mount --rbind -o ro "$home" opt/keelson
mount --bind -o ro "$files" bench
cp bench/small var/lib/cloud/seed/nocloud/user-data
echo 'instance-id: bench' >var/lib/cloud/seed/nocloud/meta-data
echo 'datasource_list: [NoCloud]' >etc/cloud/cloud.cfg.d/90-bench.cfg
# The words are the command; what it says is not what is measured.
exec chroot . bash -c '"$@" >/dev/null 2>&1; status=$?; times; exit "$status"' bash "$@"`;

/** The root's layers as overlayfs wants them, built the first time. Needs root and mmdebstrap. */
export async function cloudInitRoot(): Promise<string> {
  const { layers } = await provideRootTree({
    cache: roots().cache,
    definition: await readDefinition(),
    packages: ['cloud-init'],
    onStep: (text) => process.stderr.write(`${text}\n`),
  });
  return layers.join(':');
}

/** CPU in milliseconds of a command in that root, with that of its children; the files are in /bench. */
export async function cpuInside(base: string, files: string, words: readonly string[]): Promise<number> {
  const namespaces = [
    '--mount',
    '--uts',
    '--ipc',
    '--net',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
  ];
  const { stdout } = await run(
    'unshare',
    [...namespaces, '--propagation', 'private', '--', 'sh', '-c', script, 'sh', base, home, files, ...words],
    { deadlineMs: 300_000, accept: [0, 1] },
  );
  return childrenCpuMs(stdout);
}

/** The runtime of the checkout as it is called in the root. */
export function runtimeInside(): string {
  return join(inside, process.execPath.slice(home.length));
}

/** What `times` of a shell says of its children, in its second line. */
export function childrenCpuMs(printed: string): number {
  const [children = ''] = printed.trim().split('\n').slice(-1);
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1_000,
    0,
  );
}
