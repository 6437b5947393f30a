// Runs a program in a tree as if that were the root: on an overlay of read-only layers, in namespaces that die
// with us. What it changes is in a folder of its own.

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunOptions, type RunResult, runWhole } from '../../host/index.ts';
import { deployErrors } from '../errors.ts';

export interface InTreeOptions {
  /** Read-only folders that make the tree, uppermost first. */
  readonly layers: readonly string[];
  /**
   * A folder for what is changed: `upper` holds it afterwards, in overlayfs's form. On the file system of the
   * layers; made as needed.
   */
  readonly work: string;
  /** Files and folders of this host seen inside: path inside → path here. */
  readonly binds?: Readonly<Record<string, string>>;
  /** Programs inside can ask the network, with this host's resolver. Default false. */
  readonly network?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly deadlineMs?: number;
  readonly onOutput?: RunOptions['onOutput'];
}

// No /sys: programs would find the firmware and the disks of this host. The root is unmounted so that all of it is
// written; what is mounted below goes with the namespace.
const script = `set -e
root=$1 options=$2 resolver=$3 binds=$4; shift 4
mount -t overlay -o "$options" keelson-tree "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=0755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
if [ -n "$resolver" ]; then
  mkdir -p "$root/run/systemd/resolve"
  cp "$resolver" "$root/run/systemd/resolve/stub-resolv.conf"
fi
while IFS='	' read -r inside outside; do
  [ -n "$inside" ] || continue
  if [ -d "$outside" ]; then mkdir -p "$root$inside"; else mkdir -p "$root\${inside%/*}"; : >>"$root$inside"; fi
  mount --bind "$outside" "$root$inside"
done <"$binds"
status=0
chroot "$root" "$@" </dev/null || status=$?
umount --recursive --lazy "$root"
exit $status`;

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Variables by which people say how their network is reached. */
const proxies = [
  'http_proxy',
  'https_proxy',
  'ftp_proxy',
  'no_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
];

/** Runs the program and returns what it said. Needs root. Throws as `run` does. */
export async function runInTree(argv: readonly string[], options: InTreeOptions): Promise<RunResult> {
  const at = (name: string) => join(options.work, name);
  for (const folder of [...options.layers, options.work]) requirePlain(folder);
  for (const name of ['upper', 'overlay-work', 'root'])
    await mkdir(at(name), { recursive: true, mode: 0o755 });
  const binds = Object.entries(options.binds ?? {}).map(([inside, outside]) => `${inside}\t${outside}\n`);
  await writeFile(at('binds'), binds.join(''));
  const mount = `lowerdir=${options.layers.join(':')},upperdir=${at('upper')},workdir=${at('overlay-work')}`;
  const network = options.network === true;
  const env: Record<string, string> = {
    PATH: path,
    HOME: '/root',
    LC_ALL: 'C.UTF-8',
    DEBIAN_FRONTEND: 'noninteractive',
  };
  for (const name of network ? proxies : []) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  const resolver = network ? '/etc/resolv.conf' : '';
  try {
    return await runWhole(['sh', '-c', script, 'sh', at('root'), mount, resolver, at('binds'), ...argv], {
      env: { ...env, ...options.env },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(options.deadlineMs === undefined ? {} : { deadlineMs: options.deadlineMs }),
      ...(options.onOutput === undefined ? {} : { onOutput: options.onOutput }),
    });
  } finally {
    for (const name of ['overlay-work', 'root', 'binds']) {
      await rm(at(name), { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    }
  }
}

/** overlayfs takes its folders as one comma- and colon-separated text. */
function requirePlain(folder: string): void {
  if (/^\/[\w./+~-]*$/.test(folder)) return;
  throw deployErrors.error(
    'invalid',
    `The folder “${folder}” cannot hold a tree: only absolute paths of letters, digits, “.”, “_”, “+”, “~” and “-” can.`,
  );
}
