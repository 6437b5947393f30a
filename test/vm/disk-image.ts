// A disk of a machine that is off, as a raw file: its partitions, and the files on its ESP. No loop devices, no mounts.

import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { grubPaths, type Partition, parseGrubEnv, readPartitionTable } from '../../src/disk/index.ts';
import { run } from '../../src/host/index.ts';

export interface Extent {
  readonly offset: number;
  readonly bytes: number;
}

/** Where the partition with that label is, in bytes. */
export async function extentOf(
  disk: string,
  label: string,
): Promise<Extent & { readonly partition: Partition }> {
  const { partitions, sectorBytes } = await readPartitionTable(disk);
  const partition = partitions.find(({ name }) => name === label);
  if (partition === undefined) throw new Error(`${disk} has no partition ${label}.`);
  return { offset: partition.start * sectorBytes, bytes: partition.size * sectorBytes, partition };
}

/** The first bytes of a partition (all of them by default) as a file. */
export async function copyPartition(
  disk: string,
  label: string,
  target: string,
  bytes?: number,
): Promise<void> {
  const extent = await extentOf(disk, label);
  const flags = 'iflag=skip_bytes,count_bytes';
  const count = bytes ?? extent.bytes;
  const argv = [`if=${disk}`, `of=${target}`, 'bs=4M', flags, `skip=${extent.offset}`, `count=${count}`];
  await run('dd', [...argv, 'conv=sparse', 'status=none'], { deadlineMs: 300_000 });
}

/** Overwrites bytes of a partition, from `offset` in it on. */
export async function overwrite(disk: string, label: string, offset: number, content: Buffer): Promise<void> {
  const extent = await extentOf(disk, label);
  await using file = await open(disk, 'r+');
  await file.write(content, 0, content.length, extent.offset + offset);
  await file.sync();
}

/** Inverts one bit of a partition. */
export async function flipBit(disk: string, label: string, offset: number): Promise<void> {
  const extent = await extentOf(disk, label);
  await using file = await open(disk, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, extent.offset + offset);
  byte[0] = (byte[0] ?? 0) ^ 1;
  await file.write(byte, 0, 1, extent.offset + offset);
}

/** The file system of the ESP inside a disk, by mtools. */
export class EspImage {
  readonly #image: string;

  private constructor(image: string) {
    this.#image = image;
  }

  static async of(disk: string): Promise<EspImage> {
    return new EspImage(`${disk}@@${(await extentOf(disk, 'EFI-SYSTEM')).offset}`);
  }

  /** The names in a folder. */
  async names(folder: string): Promise<readonly string[]> {
    const { stdout } = await this.#mtools('mdir', ['-b', `::${folder}`]);
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((path) => path.slice(path.lastIndexOf('/') + 1));
  }

  async copyOut(path: string, target: string): Promise<void> {
    await this.#mtools('mcopy', ['-n', '-o', `::${path}`, target]);
  }

  /** Copies a file, or a folder with what is in it. */
  async copyIn(source: string, path: string): Promise<void> {
    await this.#mtools('mcopy', ['-s', '-o', source, `::${path}`]);
  }

  async rename(path: string, to: string): Promise<void> {
    await this.#mtools('mren', [`::${path}`, `::${to}`]);
  }

  async remove(path: string): Promise<void> {
    await this.#mtools('mdel', [`::${path}`]);
  }

  /** A whole file; `scratch` is a folder to put it in meanwhile. */
  async read(path: string, scratch: string): Promise<Buffer> {
    const target = join(scratch, 'from-esp');
    await this.copyOut(path, target);
    return await readFile(target);
  }

  /** GRUB's environment block. */
  async grubEnvironment(scratch: string): Promise<ReadonlyMap<string, string>> {
    return parseGrubEnv(await this.read(grubPaths.environment, scratch), grubPaths.environment);
  }

  async #mtools(command: string, args: readonly string[]) {
    const env = { PATH: process.env.PATH ?? '', MTOOLS_SKIP_CHECK: '1', LC_ALL: 'C.UTF-8' };
    return await run(command, ['-i', this.#image, ...args], { env, deadlineMs: 300_000 });
  }
}
