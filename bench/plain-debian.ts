// A machine to compare with: Debian of the image's own packages as mmdebstrap leaves them, on one ext4 that can be
// written to, with the initrd that Debian's dracut makes of itself. Root.

import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readDefinition, runInTree } from '../src/deploy/index.ts';
import { provideDebianTree } from '../src/deploy/tree/debian-tree.ts';
import { cacheDirectory, run } from '../src/host/index.ts';
import type { Hardware } from '../src/sandbox/vm/model.ts';

export interface PlainDebian {
  /** A raw file: an ext4 without a partition table. */
  readonly disk: string;
  readonly kernel: NonNullable<Hardware['kernel']>;
}

// What somebody does by hand to such a root before its first boot; nothing is removed. etcd is off, as it is in the
// image until asked for; `core` is among the definition's users.
const setup = `set -eu
umask 022
printf '/dev/vda / ext4 defaults 0 1\\n' >/etc/fstab
echo vm >/etc/hostname
printf '[Match]\\nType=ether\\n[Network]\\nDHCP=yes\\n' >/etc/systemd/network/80-wired.network
systemctl --quiet enable systemd-networkd.service ssh.service
systemctl --quiet mask etcd.service
ssh-keygen -q -A
install -d -m 0700 -o core -g core /home/core /home/core/.ssh
install -m 0600 -o core -g core /run/key /home/core/.ssh/authorized_keys
echo 'core ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/core
chmod 0440 /etc/sudoers.d/core
mkdir /run/work
dracut --quiet --force --no-hostonly --tmpdir /run/work --kver "$1" /run/initrd-made
cat /run/initrd-made >/run/initrd`;

/** Makes it in `folder`; `core` may log in with the public key in `keyFile`, and become root. */
export async function plainDebian(folder: string, keyFile: string): Promise<PlainDebian> {
  await mkdir(folder, { recursive: true });
  const base = await provideDebianTree({
    cache: cacheDirectory(),
    definition: await readDefinition(),
    onStep: (text) => process.stderr.write(`${text}\n`),
  });
  const tree = join(folder, 'tree');
  await run('cp', ['-a', '--reflink=auto', base, tree], { deadlineMs: 600_000 });
  const [version = ''] = await readdir(join(tree, 'usr/lib/modules'));
  const initrd = join(folder, 'initrd');
  await writeFile(initrd, '');
  const work = join(folder, 'work');
  await runInTree(['sh', '-c', setup, 'sh', version], {
    layers: [tree],
    work,
    binds: { '/run/initrd': initrd, '/run/key': keyFile },
  });
  // What was changed, with nothing removed, can be laid over the tree as it is.
  await run('cp', ['-a', `${join(work, 'upper')}/.`, tree]);
  const image = join(folder, 'vmlinuz');
  await run('cp', [join(tree, 'boot', `vmlinuz-${version}`), image]);
  const disk = join(folder, 'disk.raw');
  await run('truncate', ['-s', '4G', disk]);
  await run('mkfs.ext4', ['-q', '-d', tree, disk], { deadlineMs: 600_000 });
  for (const path of [tree, work]) await rm(path, { recursive: true, force: true });
  const commandLine = 'root=/dev/vda rootfstype=ext4 ro panic=5 console=tty0 console=ttyS0,115200';
  return { disk, kernel: { image, initrd, commandLine } };
}
