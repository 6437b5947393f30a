// The files that are a machine's disks: layers over an image that stays as it is, copies, and config drives.

import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../host/index.ts';
import type { Disk } from './model.ts';

export interface LayerOptions {
  readonly format?: 'raw' | 'qcow2';
  /** The size that the machine sees. Default: that of the image. */
  readonly bytes?: number;
}

/** A disk at `path` that begins as the image and keeps only what differs. The image must stay, and stay as it is. */
export async function layerOver(image: string, path: string, options: LayerOptions = {}): Promise<Disk> {
  const temporary = `${path}.new`;
  const size = options.bytes === undefined ? [] : [String(options.bytes)];
  const argv = [
    'create',
    '-q',
    '-f',
    'qcow2',
    '-F',
    options.format ?? 'raw',
    '-b',
    image,
    temporary,
    ...size,
  ];
  await run('qemu-img', argv);
  await rename(temporary, path);
  return { path, format: 'qcow2' };
}

/** An empty disk that takes room as it is written. */
export async function emptyDisk(path: string, bytes: number): Promise<Disk> {
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', path, String(bytes)]);
  return { path, format: 'qcow2' };
}

/** Makes a disk larger. The machine must be off; it never makes one smaller. */
export async function growDisk(disk: Disk, bytes: number): Promise<void> {
  await run('qemu-img', ['resize', '-q', '-f', disk.format, disk.path, String(bytes)]);
}

/** A copy of a disk file, sharing its blocks where the file system can. */
export async function copyDisk(disk: Disk, path: string): Promise<Disk> {
  await run('cp', ['--reflink=auto', '--sparse=always', '--', disk.path, path], { deadlineMs: 600_000 });
  return { ...disk, path };
}

/** The disk as one raw sparse file, for tools that read tables and file systems. The machine must be off or paused. */
export async function rawDisk(disk: Disk, path: string): Promise<string> {
  const argv = ['convert', '--force-share', '-f', disk.format, '-O', 'raw', disk.path, path];
  await run('qemu-img', argv, { deadlineMs: 600_000 });
  return path;
}

const driveKiB = 8 * 1024;

/** A FAT drive labelled `config-2` with what is in `folder` (`openstack/latest/…`), as clouds give it. */
export async function configDrive(folder: string, path: string): Promise<Disk> {
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  // mkfs.vfat warns about small letters in the label; the drive's name is written small nevertheless.
  await run('mkfs.vfat', ['-n', 'config-2', '-C', temporary, String(driveKiB)]);
  const env = { PATH: process.env.PATH ?? '', MTOOLS_SKIP_CHECK: '1' };
  await run('mcopy', ['-s', '-i', temporary, join(folder, 'openstack'), '::'], { env });
  await rename(temporary, path);
  return { path, format: 'raw', readOnly: true };
}
