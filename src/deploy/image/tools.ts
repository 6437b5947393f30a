// The programs that making an image takes, besides those of the trees.

import type { Tools } from '../../host/index.ts';
import { treeTools } from '../tree/tools.ts';
import type { ImageFormat } from './model.ts';

const always: Tools = {
  ...treeTools,
  mksquashfs: 'squashfs-tools',
  veritysetup: 'cryptsetup-bin',
  objcopy: 'binutils',
  'grub-mkimage': 'grub-common',
  '/usr/lib/grub/i386-pc/boot.img': 'grub-pc-bin',
};

const disk: Tools = {
  sfdisk: 'fdisk',
  'mkfs.vfat': 'dosfstools',
  'mkfs.ext4': 'e2fsprogs',
  mcopy: 'mtools',
};

/** What these formats take, with the Debian package of each. */
export function imageTools(formats: readonly ImageFormat[]): Tools {
  return {
    ...always,
    ...(formats.includes('raw') || formats.includes('qcow2') ? disk : {}),
    ...(formats.includes('qcow2') ? { 'qemu-img': 'qemu-utils' } : {}),
    ...(formats.includes('pxe') ? { cpio: 'cpio' } : {}),
  };
}
