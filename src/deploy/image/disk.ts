// A whole disk in a file: the table, the loader of BIOS machines and each partition's content, in its place.

import { type FileHandle, open } from 'node:fs/promises';
import type { PartitionLabel, Slot } from '../../disk/index.ts';
import { run } from '../../host/index.ts';
import { deployErrors } from '../errors.ts';
import type { BootSectors } from './boot-sectors.ts';
import { biosBoot, type Layout, placeOf, tableScript } from './layout.ts';
import { sectorBytes } from './model.ts';

export interface DiskParts {
  readonly layout: Layout;
  readonly slot: Slot;
  readonly rootHash: string;
  /** Files that go into partitions. */
  readonly contents: Readonly<Partial<Record<PartitionLabel, string>>>;
  readonly bootSectors: BootSectors;
  /** Made new; sparse. */
  readonly output: string;
  readonly signal?: AbortSignal;
}

/** Writes the disk. Throws `deploy.damaged` for a content that is larger than its partition. */
export async function buildDisk(parts: DiskParts): Promise<void> {
  const { layout, output, bootSectors, signal } = parts;
  const disk = await open(output, 'wx');
  try {
    await disk.truncate(layout.diskBytes);
    await run('sfdisk', ['--quiet', '--no-reread', '--no-tell-kernel', '--lock=no', output], {
      input: tableScript(layout, parts.slot, parts.rootHash),
      ...(signal === undefined ? {} : { signal }),
    });
    await disk.write(bootSectors.boot, 0, bootSectors.boot.length, 0);
    await disk.write(bootSectors.core, 0, bootSectors.core.length, biosBoot.start * sectorBytes);
    for (const [label, path] of Object.entries(parts.contents)) {
      signal?.throwIfAborted();
      const place = placeOf(layout, label as PartitionLabel);
      await copySparse(path, disk, place.start * sectorBytes, place.sectors * sectorBytes);
    }
    await disk.sync();
  } finally {
    await disk.close();
  }
}

const pieceBytes = 1024 * 1024;
const nothing = Buffer.alloc(pieceBytes);

/** Copies a file to a place that reads as zeros, leaving holes where the file has zeros. */
async function copySparse(path: string, target: FileHandle, offset: number, room: number): Promise<void> {
  const source = await open(path, 'r');
  try {
    const { size } = await source.stat();
    if (size > room) {
      throw deployErrors.error('damaged', `${path} has ${size} bytes; its partition has ${room}.`);
    }
    const buffer = Buffer.allocUnsafe(pieceBytes);
    for (let position = 0; position < size; ) {
      const { bytesRead } = await source.read(buffer, 0, pieceBytes, position);
      if (bytesRead === 0) break;
      const piece = buffer.subarray(0, bytesRead);
      if (!piece.equals(nothing.subarray(0, bytesRead))) {
        await writeWhole(target, piece, offset + position);
      }
      position += bytesRead;
    }
  } finally {
    await source.close();
  }
}

async function writeWhole(target: FileHandle, piece: Buffer, position: number): Promise<void> {
  for (let done = 0; done < piece.length; ) {
    const { bytesWritten } = await target.write(piece, done, piece.length - done, position + done);
    done += bytesWritten;
  }
}
