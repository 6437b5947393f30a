// What whole virtual machines need of their host.

import type { Tools } from '../../host/index.ts';
import type { Firmware } from './model.ts';

/** Each program, or file, and the Debian package that holds it. */
const always: Tools = {
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-img': 'qemu-utils',
  'mkfs.vfat': 'dosfstools',
  mcopy: 'mtools',
  sfdisk: 'fdisk',
  ip: 'iproute2',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  flock: 'util-linux',
  setpriv: 'util-linux',
  prlimit: 'util-linux',
  mount: 'mount',
};

/** The tools for a cluster of virtual machines with that firmware. */
export function vmTools(firmware: Firmware): Tools {
  if (firmware === 'seabios') return { ...always, '/usr/share/seabios/bios-256k.bin': 'seabios' };
  return firmware === 'ovmf' ? { ...always, '/usr/share/OVMF/OVMF_VARS_4M.fd': 'ovmf' } : always;
}
