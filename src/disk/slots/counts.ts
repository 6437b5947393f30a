// Which slot boots and how often it is still tried, apart from how that is written down: an environment block of GRUB,
// or the attributes of partitions.

import type { Slot } from '../model.ts';
import type { BootEntry } from './model.ts';

/** What is written down now. */
export interface CountsView {
  /** Of each slot; `left` is undefined for one that is good. */
  readonly counts: Readonly<Record<Slot, Pick<BootEntry, 'left' | 'done'>>>;
  /** What the loader takes, and what it takes when that cannot be loaded. */
  readonly next: Slot | undefined;
  readonly fallback: Slot | undefined;
}

/** Each change is on the disk when it returns, and power may fail within it. */
export interface SlotCounts {
  /** Throws `disk.damaged` or `disk.absent`, with what to do. */
  read(): Promise<CountsView>;
  /** Lets nothing but this slot boot. */
  settle(slot: Slot): Promise<void>;
  /** Lets a slot be tried; the other one is gone back to. */
  tryNext(slot: Slot): Promise<void>;
  /** Lets a slot boot next as it is, counted when it is not good. */
  prefer(slot: Slot): Promise<void>;
  /** One try less; false when the slot does not boot next or has none. */
  spend(slot: Slot): Promise<boolean>;
  /** The slot is good, and boots from now on. */
  bless(slot: Slot): Promise<void>;
}
