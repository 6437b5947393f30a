// Decides about the partition: whether it can become larger, up to where, and what ends it there. Pure.

import { CodedError } from '../../host/index.ts';
import { dosMaxSectors } from './dos-table.ts';
import { unchanged } from './half-plan.ts';
import type { BlockDevice, DiskTable, GrowFacts, HalfPlan, Step, TableEntry } from './model.ts';
import { sizeText } from './size-text.ts';

/** Ends lie on multiples of this, as those that sfdisk makes by itself; less is not worth a write. */
export const grainBytes = 1024 * 1024;

/** What is to be done about the partition below a file system, also when there is none: nothing, and why. */
export function planPartition(facts: GrowFacts): HalfPlan {
  const { devices, fork } = facts.stack;
  const index = devices.findIndex(({ kind }) => kind === 'partition');
  const [partition, disk] = [devices[index], devices[index + 1]];
  const lowest = devices.at(-1);
  if (lowest === undefined) {
    return leave(undefined, 'cannot', `A file system of the type ${facts.mount?.type} lies on no device.`);
  }
  if (fork.length > 0) {
    return leave(
      devices[0],
      'cannot',
      `${lowest.path} lies on several devices, ${fork.join(' and ')}: which of them is to grow is not ours to decide.`,
    );
  }
  const strange = devices.find(({ kind }) => kind === 'raid' || kind === 'mapping');
  if (strange !== undefined) {
    return leave(
      strange,
      'cannot',
      `${strange.path} is ${strange.kind === 'raid' ? 'a RAID, which mdadm grows' : 'a mapping that is neither LUKS nor LVM'}.`,
    );
  }
  if (facts.fileSystem === undefined) {
    return leave(
      partition ?? lowest,
      'cannot',
      `What is on it is ${facts.mount?.type ?? 'no file system that is mounted'}, which could not take the space.`,
    );
  }
  if (partition === undefined || disk === undefined) {
    return leave(lowest, 'full', `It is on the whole disk ${lowest.path}, without a partition table.`);
  }
  if (isSpread(facts))
    return leave(
      partition,
      'cannot',
      'Its btrfs spans several devices: which of them is to grow is not ours to decide.',
    );
  if (disk.readOnly) return leave(partition, 'cannot', `${disk.path} is read-only.`);
  if (facts.table instanceof CodedError)
    return leave(partition, 'refused', facts.table.message, facts.table.hint);
  if (facts.table === undefined)
    return leave(partition, 'cannot', `The partition table of ${disk.path} was not read.`);
  return planInTable(partition, disk, facts.table, facts);
}

function isSpread({ fileSystem }: GrowFacts): boolean {
  return fileSystem !== undefined && 'devices' in fileSystem && fileSystem.devices > 1;
}

function planInTable(
  partition: BlockDevice,
  disk: BlockDevice,
  table: DiskTable,
  facts: GrowFacts,
): HalfPlan {
  const { number = 0, startByte = 0 } = partition.partition ?? {};
  const entry = table.entries.find((each) => each.number === number);
  if (entry === undefined || entry.start * table.sectorBytes !== startByte) {
    return leave(
      partition,
      'refused',
      `The kernel has ${partition.path} at byte ${startByte} of ${disk.path}, but the table there has partition ${number} ${entry === undefined ? 'not at all' : `at byte ${entry.start * table.sectorBytes}`}.`,
      `partx --show ${disk.path} shows the table; partx --update ${disk.path} or a reboot makes the kernel read it.`,
    );
  }
  const { end, reason } = reachOf(entry, table, disk, facts);
  const grown = (end - entry.end) * table.sectorBytes >= grainBytes;
  const to = (grown ? end : entry.end) - entry.start;
  const toBytes = to * table.sectorBytes;
  const steps: Step[] = [];
  if (grown || table.mustWrite) {
    steps.push({ do: 'keep-table', disk: disk.path });
    if (grown && facts.definition !== undefined && table.kind === 'gpt') {
      steps.push({ do: 'repart', disk: disk.path });
    } else {
      steps.push(...containerSteps(entry, end, table, disk));
      steps.push({ do: 'resize-partition', disk: disk.path, number, start: entry.start, sectors: to });
    }
  }
  if (toBytes > partition.bytes) steps.push({ do: 'refresh-kernel', disk: disk.path, number });
  if (toBytes < partition.bytes) {
    return leave(
      partition,
      'refused',
      `The kernel has ${partition.path} with ${partition.bytes} bytes, the table of ${disk.path} with ${toBytes} only: they would not agree after a reboot.`,
    );
  }
  return {
    half: 'partition',
    subject: partition.path,
    verdict: steps.length > 0 ? 'grow' : 'full',
    fromBytes: partition.bytes,
    toBytes,
    reason: [...(steps.length > 0 && steps[0]?.do === 'keep-table' ? table.mends : []), reason].join(' '),
    steps,
  };
}

/** The end that the partition may have, a multiple of the grain, and what is there. */
function reachOf(
  entry: TableEntry,
  table: DiskTable,
  disk: BlockDevice,
  facts: GrowFacts,
): { end: number; reason: string } {
  const container = containerOf(entry, table);
  const free = limitOf(container ?? entry, table, disk);
  const inside = container === undefined ? free : nearer(linkLimit(entry, table), free);
  const maxBytes = facts.definition?.maxBytes;
  const asDefined = {
    end: entry.start + Math.floor((maxBytes ?? 0) / table.sectorBytes),
    reason: `SizeMaxBytes= of ${facts.definition?.path} ends it there.`,
  };
  const { end, reason } = maxBytes === undefined ? inside : nearer(asDefined, inside);
  return { end: aligned(end, table.sectorBytes), reason };
}

interface Limit {
  readonly end: number;
  readonly reason: string;
}

const nearer = (a: Limit | undefined, b: Limit): Limit => (a === undefined || b.end <= a.end ? b : a);

const aligned = (sector: number, sectorBytes: number): number =>
  (Math.floor((sector * sectorBytes) / grainBytes) * grainBytes) / sectorBytes;

/** Where the next partition of the first level begins, or the table's end. */
function limitOf(entry: TableEntry, table: DiskTable, disk: BlockDevice): Limit {
  const after = table.entries.filter(({ level, start }) => level !== 'logical' && start > entry.start);
  const next = after.sort((a, b) => a.start - b.start)[0];
  if (next !== undefined) {
    return { end: next.start, reason: `Partition ${next.number} of ${disk.path} begins there.` };
  }
  const text = sizeText(disk.bytes);
  const isCapped = table.kind === 'dos' && disk.bytes / table.sectorBytes > dosMaxSectors;
  if (!isCapped) return { end: table.endSector, reason: `That is the end of ${disk.path} (${text}).` };
  return {
    end: table.endSector,
    reason: `An MBR cannot name more than ${sizeText(dosMaxSectors * table.sectorBytes)} of ${disk.path} (${text}): the rest needs a GPT.`,
  };
}

/** A logical partition ends before the sector that describes the next one. */
function linkLimit(entry: TableEntry, table: DiskTable): Limit | undefined {
  const next = table.linkSectors.filter((link) => link > entry.start).sort((a, b) => a - b)[0];
  return next === undefined ? undefined : { end: next, reason: 'The next logical partition begins there.' };
}

function containerOf(entry: TableEntry, table: DiskTable): TableEntry | undefined {
  return entry.level === 'logical' ? table.entries.find(({ level }) => level === 'extended') : undefined;
}

/** Before a logical partition the extended one around it has to grow. */
function containerSteps(
  entry: TableEntry,
  end: number,
  table: DiskTable,
  disk: BlockDevice,
): readonly Step[] {
  const container = containerOf(entry, table);
  if (container === undefined || end <= container.end) return [];
  const { number, start } = container;
  return [{ do: 'resize-partition', disk: disk.path, number, start, sectors: end - start }];
}

function leave(
  device: BlockDevice | undefined,
  verdict: 'full' | 'cannot' | 'refused',
  reason: string,
  hint?: string,
): HalfPlan {
  return unchanged('partition', device?.path ?? 'no device', verdict, device?.bytes ?? 0, reason, hint);
}
