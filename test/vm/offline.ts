// Looks into a disk of a machine that is off, without mounting anything: tables by sfdisk, FAT by mtools, ext4 by debugfs.

import { rm } from 'node:fs/promises';
import { type PartitionTable, readPartitionTable } from '../../src/disk/index.ts';
import { run } from '../../src/host/index.ts';
import { rawDisk } from '../../src/sandbox/vm/disks.ts';
import { fatInDisk } from '../../src/sandbox/vm/kernel-of-image.ts';
import type { Disk } from '../../src/sandbox/vm/model.ts';

export interface OfflineDisk extends AsyncDisposable {
  /** The disk as one raw file. */
  readonly path: string;
  readonly table: PartitionTable;
  /** Names in a folder of the EFI partition (`/EFI/Linux`). */
  readonly espNames: (folder: string) => Promise<string[]>;
  /** A file of the EFI partition. */
  readonly espFile: (path: string) => Promise<string>;
  /** A text file of an ext4 partition (`ROOT`), by label; empty when it is not there. */
  readonly extFile: (label: string, path: string) => Promise<string>;
  /** Where a partition is, in bytes. */
  readonly place: (label: string) => { readonly offset: number; readonly bytes: number };
}

/** The disk of a machine that is off, or a snapshot; its raw copy goes when disposed of. */
export async function offline(disk: Disk): Promise<OfflineDisk> {
  const path = await rawDisk(disk, `${disk.path}.raw`);
  const table = await readPartitionTable(path);
  const place = (label: string) => {
    const partition = table.partitions.find(({ name }) => name === label);
    if (partition === undefined) throw new Error(`${path} has no partition ${label}.`);
    return { offset: partition.start * table.sectorBytes, bytes: partition.size * table.sectorBytes };
  };
  const drive = await fatInDisk(path);
  return {
    path,
    table,
    place,
    espNames: async (folder) => {
      const { stdout } = await run('mdir', ['-b', '-a', '-i', drive, `::${folder}`]);
      const names = stdout.split('\n').map((line) => line.trim().split('/').filter(Boolean).at(-1) ?? '');
      return names.filter((name) => name !== '' && name !== '::');
    },
    espFile: async (file) => (await run('mtype', ['-i', drive, `::${file}`])).stdout,
    extFile: async (label, file) => {
      const device = `${path}?offset=${place(label).offset}`;
      return (await run('debugfs', ['-c', '-R', `cat "${file}"`, device], { accept: 'any' })).stdout;
    },
    [Symbol.asyncDispose]: () => rm(path, { force: true }),
  };
}
