// Counts in the attributes of a disk's partitions USR-A and USR-B. sfdisk writes both copies of the table.

import { diskErrors } from '../errors.ts';
import type { Slot } from '../model.ts';
import { readPartitionTable, setPartitionAttributes } from '../partition-table.ts';
import { forgetCached } from './copy.ts';
import type { SlotCounts } from './counts.ts';
import {
  type BootMarks,
  blessed,
  type MarkChange,
  markedSlot,
  marksOf,
  preferred,
  type SlotMarks,
  settled,
  spent,
  tried,
  withMarks,
} from './gpt-priority.ts';
import { defaultTries } from './grub-config.ts';
import { otherSlot } from './model.ts';
import { namedPartition } from './named-partition.ts';

/** Whether a loader that goes by these marks has something to boot from this disk. */
export async function hasBootMarks(disk: string): Promise<boolean> {
  const { kind, partitions } = await readPartitionTable(disk);
  if (kind !== 'gpt') return false;
  return partitions.some(
    ({ name, attributes }) => (name === 'USR-A' || name === 'USR-B') && marksOf(attributes).priority > 0,
  );
}

/** Counts of a disk, or of a file with a partition table. */
export function gptCounts(disk: string): SlotCounts {
  const look = async () => {
    const { partitions } = await readPartitionTable(disk);
    const named = (slot: Slot) => namedPartition(partitions, `USR-${slot}`, disk);
    const of = { A: named('A'), B: named('B') };
    const marks: SlotMarks = { A: marksOf(of.A.attributes), B: marksOf(of.B.attributes) };
    return { of, marks, first: of.B.number < of.A.number ? ('B' as const) : ('A' as const) };
  };

  const apply = async (decide: (marks: SlotMarks) => readonly MarkChange[]): Promise<number> => {
    const wanted = decide((await look()).marks);
    for (const { slot, marks } of wanted) {
      const { number, attributes } = (await look()).of[slot];
      await setPartitionAttributes(disk, number, withMarks(attributes, marks));
      await forgetCached(disk);
      if (!isSame((await look()).marks[slot], marks)) {
        throw diskErrors.error(
          'failed',
          `The boot marks of slot ${slot} on ${disk} do not read as they were written.`,
        );
      }
    }
    return wanted.length;
  };

  return {
    async read() {
      const { marks, first } = await look();
      const next = markedSlot(marks, first);
      return { counts: { A: countOf('A', marks), B: countOf('B', marks) }, next, fallback: undefined };
    },
    settle: async (slot) => void (await apply((marks) => settled(marks, slot))),
    tryNext: async (slot) => void (await apply((marks) => tried(marks, slot))),
    prefer: async (slot) => void (await apply((marks) => preferred(marks, slot))),
    async spend(slot) {
      const { marks, first } = await look();
      return markedSlot(marks, first) === slot && (await apply((now) => spent(now, slot))) > 0;
    },
    bless: async (slot) => void (await apply((marks) => blessed(marks, slot))),
  };
}

const isSame = (a: BootMarks, b: BootMarks) =>
  a.priority === b.priority && a.tries === b.tries && a.successful === b.successful;

/**
 * A slot without tries that is still before the other one has used them up; one that waits, or was set aside, is
 * behind it.
 */
function countOf(slot: Slot, marks: SlotMarks) {
  const { priority, tries, successful } = marks[slot];
  if (successful && priority > 0) return { left: undefined, done: 0 };
  if (tries > 0) return { left: tries, done: Math.max(0, defaultTries - tries) };
  return { left: 0, done: priority > marks[otherSlot(slot)].priority ? defaultTries : 0 };
}
