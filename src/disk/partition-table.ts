// Drives sfdisk (util-linux 2.38 or newer) and partx: the one module that reads partitions of a disk for others and
// that writes a partition table. sfdisk(8), partx(8).

import { run } from '../host/index.ts';
import { diskErrors } from './errors.ts';

/** One partition as `sfdisk --json` tells it. Places and sizes are in sectors of the table's `sectorBytes`. */
export interface Partition {
  readonly number: number;
  /** The device or, for a table in a file, the name that sfdisk makes of it: `/dev/vda3`, `disk.img3`. */
  readonly node: string;
  readonly start: number;
  readonly size: number;
  /** GPT: the type's GUID in lower case; MBR: one hexadecimal number, `83`. */
  readonly type: string;
  /** In lower case; GPT only. */
  readonly uuid: string | undefined;
  /** The label; GPT only. */
  readonly name: string | undefined;
  /** As sfdisk writes them: `RequiredPartition GUID:48,56`; empty without any. GPT only. */
  readonly attributes: string;
}

export interface PartitionTable {
  readonly kind: 'gpt' | 'dos';
  /** GPT: GUID in lower case; MBR: `0x` and eight digits. */
  readonly id: string;
  readonly sectorBytes: number;
  /** GPT: the last sector that a partition may have, as the table's header says. */
  readonly lastSector: number | undefined;
  readonly partitions: readonly Partition[];
}

/**
 * The table of a disk or of an image file. Throws `disk.absent` when there is none, `disk.unsupported` for one
 * that is neither GPT nor MBR, and what `run` throws.
 */
export async function readPartitionTable(disk: string): Promise<PartitionTable> {
  const { stdout, stderr, status } = await run('sfdisk', ['--json', disk], { accept: 'any' });
  if (status === 0 && stdout !== '') return parsePartitionTable(stdout, disk);
  throw diskErrors.error(
    'absent',
    `${disk} has no partition table that sfdisk reads. It said: ${stderr.trim()}`,
  );
}

/** What `sfdisk --json` printed for `disk`. */
export function parsePartitionTable(text: string, disk: string): PartitionTable {
  const { partitiontable: table }: { partitiontable: SfdiskTable } = JSON.parse(text);
  const { label } = table;
  if (label !== 'gpt' && label !== 'dos') {
    throw diskErrors.error(
      'unsupported',
      `${disk} has a partition table of the kind ${label}; GPT and MBR are known.`,
    );
  }
  return {
    kind: label,
    id: table.id.toLowerCase(),
    sectorBytes: table.sectorsize ?? 512,
    lastSector: table.lastlba,
    partitions: (table.partitions ?? []).map((partition) => ({
      number: Number(/\d+$/.exec(partition.node)?.[0]),
      node: partition.node,
      start: partition.start,
      size: partition.size,
      type: partition.type.toLowerCase(),
      uuid: partition.uuid?.toLowerCase(),
      name: partition.name,
      attributes: partition.attrs ?? '',
    })),
  };
}

interface SfdiskTable {
  readonly label: string;
  readonly id: string;
  readonly sectorsize?: number;
  readonly lastlba?: number;
  readonly partitions?: readonly {
    readonly node: string;
    readonly start: number;
    readonly size: number;
    readonly type: string;
    readonly uuid?: string;
    readonly name?: string;
    readonly attrs?: string;
  }[];
}

/**
 * Gives a partition that is there another size, in sectors. A GPT's backup is put at the disk's end, and a half of
 * the table that is damaged is made anew from the other one. Before anything is written the sectors that will be
 * are copied to files `BACKUP-<disk>-<offset>.bak`, when a `backup` is given. The kernel is not told: `refreshPartition`.
 */
export async function resizePartition(
  disk: string,
  number: number,
  sectors: number,
  backup?: string,
): Promise<void> {
  await sfdisk(
    disk,
    ['-N', String(number), ...(backup === undefined ? [] : ['-b', '-O', backup])],
    `size=${sectors}\n`,
  );
}

/**
 * Gives a disk the table of a script, as sfdisk(8) has it under “Input formats”, whatever it has now. The kernel
 * is not told.
 */
export async function writePartitionTable(disk: string, script: string): Promise<void> {
  await sfdisk(disk, [], script);
}

/** Gives a partition of a GPT another UUID. The kernel is not told. */
export async function setPartitionUuid(disk: string, number: number, uuid: string): Promise<void> {
  await sfdisk(disk, ['--part-uuid', disk, String(number), uuid]);
}

/** Gives a partition of a GPT these attributes, in sfdisk's words, instead of those it has. The kernel is not told. */
export async function setPartitionAttributes(
  disk: string,
  number: number,
  attributes: string,
): Promise<void> {
  await sfdisk(disk, ['--part-attrs', disk, String(number), attributes]);
}

/** The table as text that `sfdisk DISK < FILE` takes. */
export async function dumpPartitionTable(disk: string): Promise<string> {
  return (await run('sfdisk', ['--dump', disk])).stdout;
}

/** Makes the kernel take over place and size of one partition from the table, also while it is in use. */
export async function refreshPartition(disk: string, number: number): Promise<void> {
  await run('partx', ['--update', '--nr', String(number), disk]);
}

/**
 * The disk is in use by design, so sfdisk is not to look whether it is and not to make the kernel read it all
 * again; the lock is the one that udev respects.
 */
async function sfdisk(disk: string, args: readonly string[], input?: string): Promise<void> {
  const always = [
    '--quiet',
    '--lock=yes',
    '--no-reread',
    '--no-tell-kernel',
    '--wipe=never',
    '--wipe-partitions=never',
  ];
  const own = args[0]?.startsWith('--part-') === true ? args : [...args, disk];
  await run('sfdisk', [...always, ...own], {
    ...(input === undefined ? {} : { input }),
    // Its words are cited in errors.
    env: { PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' },
  });
}
