// Where each partition of a disk is, and whether what goes in fits. Decides only.

import { type PartitionLabel, type Slot, verityPartitionIds } from '../../disk/index.ts';
import { deployErrors } from '../errors.ts';
import { derivedUuid } from './identity.ts';
import { mebibyte, type PartitionSpec, type PlacedPartition, sectorBytes } from './model.ts';

/** Types as the Discoverable Partitions Specification gives them, for x86-64. */
const types: Readonly<Record<PartitionLabel, string>> = {
  'EFI-SYSTEM': 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
  'USR-A': '8484680c-9521-48c6-9c11-b0720656f69e',
  'USR-A-VERITY': '77ff5f63-e7b6-4633-acf4-1565b864c0e6',
  'USR-B': '8484680c-9521-48c6-9c11-b0720656f69e',
  'USR-B-VERITY': '77ff5f63-e7b6-4633-acf4-1565b864c0e6',
  OEM: '0fc63daf-8483-4772-8e79-3d69d8477de4',
  ROOT: '4f68bce3-e8cd-4db1-96e7-fbcaf984b709',
  'BIOS-BOOT': '21686148-6449-6e6f-744e-656564454649',
};

/**
 * The loader of BIOS machines: from sector 40, the first that is 4 KiB-aligned behind the table, to 1 MiB.
 * systemd-repart(8) takes what is in front of the first aligned sector for part of the table and discards, at
 * first boot, the gap up to the first partition that begins behind it: one that began at 34 would be lost.
 */
export const biosBoot: PlacedPartition = { label: 'BIOS-BOOT', start: 40, sectors: 2048 - 40 };

/** The table's copy at the end of the disk, in whole MiB. */
const tailSectors = mebibyte / sectorBytes;

export interface Layout {
  readonly partitions: readonly PlacedPartition[];
  readonly diskBytes: number;
}

/** The partitions one behind the other from 1 MiB on, and the smallest disk that holds them. */
export function layOut(specs: readonly PartitionSpec[]): Layout {
  const partitions: PlacedPartition[] = [];
  let start = mebibyte / sectorBytes;
  for (const { label, bytes } of specs) {
    const sectors = bytes / sectorBytes;
    partitions.push({ label, start, sectors });
    start += sectors;
  }
  // The numbers of the others are the same with and without the loader of BIOS machines.
  return { partitions: [...partitions, biosBoot], diskBytes: (start + tailSectors) * sectorBytes };
}

/** What goes into a partition, for the check. */
export interface Content {
  readonly label: PartitionLabel;
  /** “The image of /usr”. */
  readonly what: string;
  readonly bytes: number;
}

/** Throws `deploy.definition`, with the numbers and the line to change, when something does not fit. */
export function checkFits(specs: readonly PartitionSpec[], contents: readonly Content[], path: string): void {
  for (const { label, what, bytes } of contents) {
    const spec = specs.find((one) => one.label === label);
    if (spec === undefined || bytes <= spec.bytes) continue;
    throw deployErrors.error(
      'definition',
      `${path}:${spec.line}:1: ${what} has ${bytes} bytes (${inMebibytes(bytes)} MiB) and does not fit into ` +
        `${label} of ${spec.bytes / mebibyte} MiB.`,
      { hint: `Make ${label} larger there, or leave packages out. No disk was written.` },
    );
  }
}

function inMebibytes(bytes: number): number {
  return Math.ceil(bytes / mebibyte);
}

/**
 * The script for `sfdisk FILE` of a disk whose slot `slot` has this root hash. All identifiers are derived from
 * the hash, so that the same content makes the same disk, or from a `seed` of this one disk; the idle slot gets
 * some that no hash has.
 */
export function tableScript(layout: Layout, slot: Slot, rootHash: string, seed = rootHash): string {
  const ids = verityPartitionIds(rootHash);
  const uuid = (label: PartitionLabel) => {
    if (label === `USR-${slot}`) return ids.usr;
    if (label === `USR-${slot}-VERITY`) return ids.verity;
    return derivedUuid(seed, `partition ${label}`);
  };
  const lines = layout.partitions.map(
    ({ label, start, sectors }) =>
      `start=${start}, size=${sectors}, type=${types[label]}, uuid=${uuid(label)}, name="${label}"`,
  );
  return ['label: gpt', `label-id: ${derivedUuid(seed, 'disk')}`, 'first-lba: 34', ...lines, ''].join('\n');
}

/** The number of a partition in the table. */
export function numberOf(layout: Layout, label: PartitionLabel): number {
  return layout.partitions.indexOf(placeOf(layout, label)) + 1;
}

/** The place of a partition. Throws `RangeError` for one that the layout lacks. */
export function placeOf(layout: Layout, label: PartitionLabel): PlacedPartition {
  const found = layout.partitions.find((one) => one.label === label);
  if (found === undefined) throw new RangeError(`The layout has no ${label}.`);
  return found;
}
