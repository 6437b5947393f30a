// A disk whose slot B holds a second version, laid there while the machine is off: what an update leaves, without
// the time of one.

import { mkdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  formatGrubEnv,
  grubPaths,
  layGrubSlot,
  readPartitionTable,
  setPartitionUuid,
  verityPartitionIds,
} from '../../src/disk/index.ts';
import { run } from '../../src/host/index.ts';
import type { Disk } from '../../src/sandbox/vm/model.ts';
import { EspImage, extentOf } from './disk-image.ts';
import { type SecondRelease, second } from './second-release.ts';

/** A raw copy of a raw disk, with holes where it has zeroes. */
export async function copyRaw(disk: string, target: string): Promise<string> {
  await run('cp', ['--sparse=always', disk, target], { deadlineMs: 300_000 });
  return target;
}

/**
 * A copy of a raw image of one version, at `target`: slot A blessed, and the release in slot B, to be tried `left`
 * times.
 */
export async function withSlotB(
  image: string,
  release: SecondRelease,
  target: string,
  left: number,
): Promise<Disk> {
  const disk = await copyRaw(image, `${target}.new`);
  await lay(disk, 'USR-B', join(release.folder, 'usr.squashfs'));
  await lay(disk, 'USR-B-VERITY', join(release.folder, 'usr.verity'));
  const ids = verityPartitionIds(release.rootHash);
  await setUuid(disk, 'USR-B', ids.usr);
  await setUuid(disk, 'USR-B-VERITY', ids.verity);
  const esp = await EspImage.of(disk);
  const first = (await esp.names('EFI/Linux')).find((name) => /\+\d/.test(name));
  if (first !== undefined)
    await esp.rename(`EFI/Linux/${first}`, `EFI/Linux/${first.replace(/\+[\d-]+/, '')}`);
  await esp.copyIn(join(release.folder, 'keelson.efi'), entryPath(left));
  await layForGrub(esp, join(release.folder, 'keelson.efi'), left, `${target}.esp`);
  await rename(disk, target);
  return { path: target, format: 'raw' };
}

/** The same for the loader of BIOS machines. */
async function layForGrub(esp: EspImage, uki: string, left: number, scratch: string): Promise<void> {
  const path = (name: string) => join(scratch, name);
  await mkdir(dirname(path(grubPaths.environment)), { recursive: true });
  await layGrubSlot(scratch, 'B', uki);
  await esp.copyIn(path(grubPaths.slot('B')), dirname(grubPaths.slot('B')));
  const environment = { good_slot: 'A', try_slot: 'B', tries: String(left) };
  await writeFile(path(grubPaths.environment), formatGrubEnv(Object.entries(environment)));
  await esp.copyIn(path(grubPaths.environment), grubPaths.environment);
  await rm(scratch, { recursive: true });
}

/** Where the second version's entry is on the ESP. */
export const entryPath = (left: number): string => `EFI/Linux/keelson_${second.version}+${left}.efi`;

/** Gives a partition another UUID. */
export async function setUuid(disk: string, label: string, uuid: string): Promise<void> {
  const { partitions } = await readPartitionTable(disk);
  const number = partitions.find(({ name }) => name === label)?.number;
  if (number === undefined) throw new Error(`${disk} has no partition ${label}.`);
  await setPartitionUuid(disk, number, uuid);
}

/** Leaves only the first half of the second version's entry. */
export async function truncateEntry(disk: string, left: number): Promise<void> {
  const esp = await EspImage.of(disk);
  const file = join(`${disk}.entry`);
  await esp.copyOut(entryPath(left), file);
  await truncate(file, 15 * 1024 * 1024);
  await esp.remove(entryPath(left));
  await esp.copyIn(file, entryPath(left));
  await rm(file);
}

async function lay(disk: string, label: string, file: string): Promise<void> {
  const { offset } = await extentOf(disk, label);
  const argv = [`if=${file}`, `of=${disk}`, 'bs=4M', 'oflag=seek_bytes', `seek=${offset}`, 'conv=notrunc'];
  await run('dd', [...argv, 'status=none'], { deadlineMs: 300_000 });
}
