// A disk in a file, behind a loop device: with a table and a mounted file system, and larger at will.

import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type GrowOptions, type GrowTarget, grow } from '../../../src/disk/index.ts';
import { run } from '../../../src/host/index.ts';

export const mib = 1024 * 1024;
/** Whether root here may grow an ext4 that is mounted: the kernel wants CAP_SYS_RESOURCE (24) for that. */
export const growsExt4 =
  ((BigInt(`0x${/^CapEff:\t(\w+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]}`) >> 24n) & 1n) ===
  1n;

const prefix = 'keelson-grow-';

export interface LoopDiskOptions {
  /** A script of sfdisk; without one the file system is on the whole disk. */
  readonly table?: string;
  readonly bytes?: number;
  readonly sectorBytes?: number;
  /** The partition that is formatted and mounted. */
  readonly number?: number;
  readonly fileSystem?: 'ext4' | 'xfs' | 'btrfs';
  readonly mkfs?: readonly string[];
}

/** Thrown by a test to end a run before one of its steps. */
export class Stopped extends Error {}

const makers = {
  ext4: ['mkfs.ext4', '-q', '-F', '-b', '4096'],
  xfs: ['mkfs.xfs', '-q', '-f'],
  btrfs: ['mkfs.btrfs', '-q', '-f'],
} as const;

export class LoopDisk implements AsyncDisposable {
  readonly folder: string;
  readonly image: string;
  readonly mountPoint: string;
  readonly device: string;
  readonly partition: string;

  constructor(folder: string, device: string, number: number | undefined) {
    this.folder = folder;
    this.image = join(folder, 'disk.img');
    this.mountPoint = join(folder, 'mnt');
    this.device = device;
    this.partition = number === undefined ? device : `${device}p${number}`;
  }

  /** Makes the file larger, and lets the loop device see it. */
  async enlarge(bytes: number): Promise<void> {
    await truncate(this.image, bytes);
    await run('losetup', ['--set-capacity', this.device]);
  }

  /** Writes bytes of the disk, as damage does. */
  async write(offset: number, bytes: Uint8Array): Promise<void> {
    const handle = await open(this.device, 'r+');
    await handle.write(bytes, 0, bytes.length, offset);
    await handle.sync();
    await handle.close();
  }

  async read(offset: number, length: number): Promise<Buffer> {
    const handle = await open(this.device, 'r');
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, offset);
    await handle.close();
    return buffer;
  }

  get keepFolder(): string {
    return join(this.folder, 'kept');
  }

  options(more: Partial<GrowOptions> = {}): GrowOptions {
    return { keepFolders: [this.keepFolder], lockPath: join(this.folder, 'lock'), definitions: [], ...more };
  }

  /** Grows the mounted file system, or what else is named. */
  grow(more: Partial<GrowOptions> = {}, target: GrowTarget = { mountPoint: this.mountPoint }) {
    return grow(target, this.options(more));
  }

  async unmount(): Promise<void> {
    await run('umount', [this.mountPoint]);
  }

  async mount(...flags: readonly string[]): Promise<void> {
    await run('mount', [...flags, this.partition, this.mountPoint]);
  }

  /** The machine is switched off and on: nothing is mounted for a moment, and the kernel reads the table anew. */
  async reboot(): Promise<void> {
    await this.unmount();
    if (this.partition !== this.device) {
      await run('partx', ['--delete', this.device], { accept: 'any' });
      await addPartitions(this.device);
    }
    await this.mount();
  }

  /** Grows an ext4 where it may not be grown while it is mounted. */
  async growUnmounted(): Promise<void> {
    await this.unmount();
    await run('e2fsck', ['-f', '-p', this.partition], { accept: [0, 1] });
    await run('resize2fs', [this.partition]);
    await this.mount();
  }

  /** Grows up to, but not, the file system. */
  async growPartition(): Promise<void> {
    const onStep: GrowOptions['onStep'] = (step) => {
      if (step.do === 'grow-file-system') throw new Stopped();
    };
    await this.grow({ onStep }).catch((error) => {
      if (!(error instanceof Stopped)) throw error;
    });
  }

  /** What the kernel says of the partition's size. */
  async kernelBytes(): Promise<number> {
    return Number(await readFile(`/sys/class/block/${basename(this.partition)}/size`, 'utf8')) * 512;
  }

  /** The file system's size by its own tool. */
  async fileSystemBytes(): Promise<number> {
    const { stdout: type } = await run('findmnt', ['-no', 'FSTYPE', this.mountPoint]);
    const number = (text: string, pattern: RegExp) => Number(pattern.exec(text)?.[1]);
    if (type.trim() === 'ext4') {
      const { stdout } = await run('dumpe2fs', ['-h', this.partition]);
      return number(stdout, /^Block count: +(\d+)/m) * number(stdout, /^Block size: +(\d+)/m);
    }
    if (type.trim() === 'xfs') {
      const { stdout } = await run('xfs_info', [this.mountPoint]);
      return number(stdout, /^data .*blocks=(\d+)/m) * number(stdout, /^data .*bsize=(\d+)/m);
    }
    const { stdout } = await run('btrfs', ['filesystem', 'usage', '--raw', this.mountPoint]);
    return number(stdout, /Device size:\s+(\d+)/);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await detach(this.device);
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Such a disk, mounted. It and all that is left of earlier, killed runs goes when it is disposed. */
export async function loopDisk(options: LoopDiskOptions = {}): Promise<LoopDisk> {
  await sweep();
  const { table, bytes = 400 * mib, sectorBytes = 512, fileSystem = 'ext4' } = options;
  const number = table === undefined ? undefined : (options.number ?? 2);
  const folder = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  const image = join(folder, 'disk.img');
  await writeFile(image, '');
  await truncate(image, bytes);
  const flags = ['--find', '--show', '--partscan', '--sector-size', String(sectorBytes)];
  const device = (await run('losetup', [...flags, image])).stdout.trim();
  const disk = new LoopDisk(folder, device, number);
  try {
    if (table !== undefined) {
      await run('sfdisk', ['--quiet', '--no-reread', '--no-tell-kernel', device], { input: table });
      await addPartitions(device);
    }
    const [maker, ...args] = makers[fileSystem];
    await run(maker, [...args, ...(options.mkfs ?? []), disk.partition]);
    await mkdir(disk.mountPoint);
    await disk.mount();
    return disk;
  } catch (error) {
    await disk[Symbol.asyncDispose]();
    throw error;
  }
}

/** Not every kernel reads tables by itself; those that do have the partitions already. */
async function addPartitions(device: string): Promise<void> {
  await run('partx', ['--add', device], { accept: 'any' });
}

async function detach(device: string): Promise<void> {
  const { stdout } = await run('findmnt', ['-rno', 'SOURCE,TARGET'], { accept: 'any' });
  for (const line of stdout.split('\n').filter((each) => each.startsWith(device))) {
    const [source = '', target = ''] = line.split(' ');
    if (source === device || source.startsWith(`${device}p`))
      await run('umount', [target], { accept: 'any' });
  }
  await run('partx', ['--delete', device], { accept: 'any' });
  await run('losetup', ['--detach', device], { accept: 'any' });
}

/** Removes what runs left that were killed: their process is gone. */
async function sweep(): Promise<void> {
  const { stdout } = await run('losetup', ['--list', '--noheadings', '--output', 'NAME,BACK-FILE']);
  const isDead = (pid: string) => {
    try {
      process.kill(Number(pid), 0);
      return false;
    } catch {
      return true;
    }
  };
  for (const line of stdout.split('\n')) {
    const [, device = '', pid = ''] = new RegExp(`^(\\S+) .*/${prefix}(\\d+)-`).exec(line) ?? [];
    if (device !== '' && isDead(pid)) await detach(device);
  }
  for (const name of await readdir(tmpdir())) {
    const pid = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && isDead(pid)) await rm(join(tmpdir(), name), { recursive: true, force: true });
  }
}
