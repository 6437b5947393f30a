// A machine to compare with: Debian of the image's own packages as mmdebstrap leaves them, on one ext4 that can be
// written to, with the initrd that Debian's dracut makes of itself. Root.

import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readDefinition, runInTree } from '../src/deploy/index.ts';
import { provideDebianTree } from '../src/deploy/tree/debian-tree.ts';
import { cacheDirectory, run } from '../src/host/index.ts';
import type { Hardware } from '../src/sandbox/vm/model.ts';
import { newIdentity } from '../test/vm/booted-vm.ts';

export interface PlainDebian {
  /** A raw file: an ext4 without a partition table. */
  readonly disk: string;
  readonly kernel: NonNullable<Hardware['kernel']>;
  /** The private key with which `core` may log in, who may become root. */
  readonly identity: string;
}

const commandLine = 'root=/dev/vda rootfstype=ext4 ro panic=5 console=tty0 console=ttyS0,115200';

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

/** Makes it in `folder`, or takes the one that is there. */
export async function plainDebian(folder: string): Promise<PlainDebian> {
  const file = (name: string) => join(folder, name);
  const kernel = { image: file('vmlinuz'), initrd: file('initrd'), commandLine };
  const made = { disk: file('disk.raw'), kernel, identity: file('id_ed25519') };
  if (!existsSync(made.disk)) await make(folder, made);
  return made;
}

async function make(folder: string, { disk, kernel, identity }: PlainDebian): Promise<void> {
  await mkdir(folder, { recursive: true });
  const [tree, work] = [join(folder, 'tree'), join(folder, 'work')];
  // What a run that was interrupted has left.
  for (const path of [tree, work, identity]) await rm(path, { recursive: true, force: true });
  await newIdentity(folder);
  const base = await provideDebianTree({
    cache: cacheDirectory(),
    definition: await readDefinition(),
    onStep: (text) => process.stderr.write(`${text}\n`),
  });
  await run('cp', ['-a', '--reflink=auto', base, tree], { deadlineMs: 600_000 });
  const [version = ''] = await readdir(join(tree, 'usr/lib/modules'));
  await writeFile(kernel.initrd, '');
  await runInTree(['sh', '-c', setup, 'sh', version], {
    layers: [tree],
    work,
    binds: { '/run/initrd': kernel.initrd, '/run/key': `${identity}.pub` },
  });
  // What was changed, with nothing removed, can be laid over the tree as it is.
  await run('cp', ['-a', `${join(work, 'upper')}/.`, tree]);
  await run('cp', [join(tree, 'boot', `vmlinuz-${version}`), kernel.image]);
  const unfinished = `${disk}.new`;
  await run('truncate', ['-s', '4G', unfinished]);
  await run('mkfs.ext4', ['-q', '-d', tree, unfinished], { deadlineMs: 600_000 });
  for (const path of [tree, work]) await rm(path, { recursive: true, force: true });
  await rename(unfinished, disk);
}
