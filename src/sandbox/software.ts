// The read-only layers below every machine: the base, and keelson installed on top of it.

import { createHash } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { provide, runWhole } from '../host/index.ts';
import { provideBase } from './base.ts';
import type { ClusterOptions } from './model.ts';

// The package goes in as it does on any Debian: by dpkg, in the file system it will boot from.
const install = `set -e
mount -t overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" keelson-layer "$2/root"
mount -t proc proc "$2/root/proc"
mount --rbind /dev "$2/root/dev"
mount -t tmpfs tmpfs "$2/root/run"
cp "$3" "$2/root/run/keelson.deb"
chroot "$2/root" env DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin dpkg --install /run/keelson.deb
umount "$2/root/run" "$2/root/proc"
umount --lazy "$2/root/dev"
umount "$2/root"`;

/** The layers for these options, uppermost first; built when they are not in the cache. */
export async function provideSoftware(
  cache: string,
  options: ClusterOptions,
  onStep: (text: string) => void,
): Promise<string[]> {
  const base = await provideBase(cache, options.packages ?? [], onStep, options.signal);
  if (options.software?.kind !== 'keelson') return [base];
  const deb = await options.software.package(onStep);
  const key = createHash('sha256')
    .update(base)
    .update(await readFile(deb))
    .digest('hex')
    .slice(0, 16);
  const layer = await provide(cache, `keelson-${key}`, onStep, async (target) => {
    onStep('Installing keelson on the base');
    for (const name of ['upper', 'work', 'root']) await mkdir(`${target}/${name}`, { recursive: true });
    await runWhole(['sh', '-c', install, 'sh', base, target, deb], {
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    await rm(`${target}/work`, { recursive: true, force: true });
  });
  return [`${layer}/upper`, base];
}
