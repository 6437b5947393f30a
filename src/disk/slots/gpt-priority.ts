// The boot marks of ChromeOS and Container Linux: in the attributes of a slot's /usr partition a priority (bits 48–51,
// 0 never boots), tries left (52–55) and whether it came up once (56). Which slot such marks boot, and the marks that
// let another one boot. Pure. https://www.chromium.org/chromium-os/chromiumos-design-docs/disk-format/
//
// INVARIANT: changes are listed in the order in which they are to be written, one partition each; after any of them
// the marks boot a slot that was bootable before, or the one that is asked for.

import type { Slot } from '../model.ts';
import { defaultTries } from './grub-config.ts';
import { otherSlot } from './model.ts';

export interface BootMarks {
  /** 0 to 15; the highest boots. */
  readonly priority: number;
  /** Tries left, 0 to 15. */
  readonly tries: number;
  readonly successful: boolean;
}

/** The marks of both slots. */
export type SlotMarks = Readonly<Record<Slot, BootMarks>>;

/** Marks that a slot gets. */
export interface MarkChange {
  readonly slot: Slot;
  readonly marks: BootMarks;
}

const firstBit = { priority: 48, tries: 52, successful: 56 } as const;
const ourBits = 9;

/** The marks in a partition's attributes, as `sfdisk --json` writes those: `LegacyBIOSBootable GUID:48,56`. */
export function marksOf(attributes: string): BootMarks {
  const set = guidBits(attributes);
  const nibble = (from: number) =>
    [0, 1, 2, 3].reduce((sum, bit) => sum + (set.includes(from + bit) ? 2 ** bit : 0), 0);
  return {
    priority: nibble(firstBit.priority),
    tries: nibble(firstBit.tries),
    successful: set.includes(firstBit.successful),
  };
}

/** The attributes with these marks in them, and everything else as it is. */
export function withMarks(attributes: string, { priority, tries, successful }: BootMarks): string {
  const value = priority + tries * 16 + (successful ? 256 : 0);
  const kept = guidBits(attributes).filter(
    (bit) => bit < firstBit.priority || bit >= firstBit.priority + ourBits,
  );
  const ours = Array.from({ length: ourBits }, (_, bit) => bit).filter((bit) => (value >> bit) & 1);
  const bits = [...kept, ...ours.map((bit) => firstBit.priority + bit)].sort((a, b) => a - b);
  const named = attributes.split(/\s+/).filter((word) => word !== '' && !word.startsWith('GUID:'));
  return [...named, ...(bits.length === 0 ? [] : [`GUID:${bits.join(',')}`])].join(' ');
}

function guidBits(attributes: string): number[] {
  const [, list = ''] = /GUID:([\d,]+)/.exec(attributes) ?? [];
  return list
    .split(',')
    .filter((bit) => bit !== '')
    .map(Number);
}

/**
 * The slot that the loader boots (GRUB's `gptprio.next`): the highest priority that came up once or has tries left.
 * Of two alike the one whose partition is `first`. Undefined when there is none.
 */
export function markedSlot(marks: SlotMarks, first: Slot = 'A'): Slot | undefined {
  const eligible = [first, otherSlot(first)].filter(
    (slot) => marks[slot].priority > 0 && (marks[slot].successful || marks[slot].tries > 0),
  );
  const [one, two] = eligible;
  if (one === undefined || two === undefined) return one;
  return marks[two].priority > marks[one].priority ? two : one;
}

const good: BootMarks = { priority: 2, tries: 0, successful: true };

/** Lets nothing but `slot` boot: what the other one was is taken from it before it is written over. */
export function settled(marks: SlotMarks, slot: Slot): MarkChange[] {
  return changes(marks, [
    { slot, marks: good },
    { slot: otherSlot(slot), marks: { priority: 1, tries: 0, successful: false } },
  ]);
}

/** Lets `slot` be tried; the other one is good, and is gone back to. */
export function tried(marks: SlotMarks, slot: Slot): MarkChange[] {
  return changes(marks, [
    { slot: otherSlot(slot), marks: { ...good, priority: 1 } },
    { slot, marks: { priority: 2, tries: defaultTries, successful: false } },
  ]);
}

/** Lets `slot` boot next with what it has; one that is not good and has no try left gets new ones. */
export function preferred(marks: SlotMarks, slot: Slot): MarkChange[] {
  const [own, other] = [marks[slot], marks[otherSlot(slot)]];
  if (own.successful) {
    const behind = { priority: Math.min(1, other.priority), tries: 0, successful: other.successful };
    return changes(marks, [
      { slot, marks: good },
      { slot: otherSlot(slot), marks: behind },
    ]);
  }
  const tries = own.tries > 0 ? own.tries : defaultTries;
  return changes(marks, [
    { slot, marks: { priority: 2, tries, successful: false } },
    { slot: otherSlot(slot), marks: { ...other, priority: Math.min(1, other.priority) } },
  ]);
}

/** One try less for `slot`; none when it has none. */
export function spent(marks: SlotMarks, slot: Slot): MarkChange[] {
  const own = marks[slot];
  if (own.successful || own.tries === 0) return [];
  return [{ slot, marks: { ...own, tries: own.tries - 1 } }];
}

/** Marks the slot that runs as good and as the first one; the other one stays what it is, behind it. */
export function blessed(marks: SlotMarks, slot: Slot): MarkChange[] {
  const other = marks[otherSlot(slot)];
  return changes(marks, [
    { slot, marks: good },
    { slot: otherSlot(slot), marks: { ...other, priority: Math.min(1, other.priority) } },
  ]);
}

/** Those of them that change something, each against what is there by then. */
function changes(marks: SlotMarks, wanted: readonly MarkChange[]): MarkChange[] {
  const now: Record<Slot, BootMarks> = { ...marks };
  return wanted.filter(({ slot, marks: next }) => {
    const same = (['priority', 'tries', 'successful'] as const).every((key) => now[slot][key] === next[key]);
    now[slot] = next;
    return !same;
  });
}
