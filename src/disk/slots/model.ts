// Slots: what the parts of this folder say to each other, and the interface that all of them serve.

import type { FileHandle } from 'node:fs/promises';
import type { Slot } from '../model.ts';
import type { Source } from '../release/compare.ts';
import type { ReleaseManifest } from '../release/model.ts';
import type { SlotPartitionIds } from '../verity.ts';
import type { Release } from './release.ts';

export const bothSlots: readonly Slot[] = ['A', 'B'];

export const otherSlot = (slot: Slot): Slot => (slot === 'A' ? 'B' : 'A');

/** Something a boot loader can start, as it is on the disk. */
export interface BootEntry {
  /** The slot that holds the /usr it starts; undefined when none does. */
  readonly slot: Slot | undefined;
  readonly version: string;
  readonly rootHash: string | undefined;
  /** Tries left; undefined for one that is blessed and not counted. */
  readonly left: number | undefined;
  /** Boots that were counted so far. */
  readonly done: number;
  /** Its file, or its folder. */
  readonly path: string;
  /** Why it cannot be started, as a sentence; undefined when nothing is wrong with it. */
  readonly problem: string | undefined;
}

/** What a loader has to choose from, and what it will choose. */
export interface LoaderView {
  readonly entries: readonly BootEntry[];
  readonly next: BootEntry | undefined;
  /** What else is wrong or unusual, as sentences. */
  readonly problems: readonly string[];
}

/** The slot of a root hash, or undefined when neither holds it. */
export type SlotOf = (rootHash: string | undefined) => Slot | undefined;

/** A slot's kernel, for who starts kernels and no UKIs: two paths and a command line. */
export interface SlotKernel {
  readonly linux: string;
  readonly initrd: string;
  readonly cmdline: string;
}

/** Space where the loader looks, in bytes. */
export interface Room {
  readonly needed: number;
  readonly free: number;
  readonly freed: number;
}

/** The part that differs from one boot loader to another. */
export interface BootLoader {
  readonly kind: 'systemd-boot' | 'grub' | 'gpt-priority' | 'plain-files' | 'extension';
  read(slotOf: SlotOf): Promise<LoaderView>;
  /** Bytes that `prepare` needs for this release, that are free now, and that `disarm` will free or be written over. */
  room(release: Release, slot: Slot, view: LoaderView): Promise<Room>;
  /** Takes away everything that starts `slot`, and what an interrupted write left. Never what starts the other. */
  disarm(slot: Slot, view: LoaderView): Promise<void>;
  /** Lays the release's kernel beside, where the loader does not see it. */
  prepare(slot: Slot, release: Release): Promise<void>;
  /** Reads back from the disk what `prepare` wrote. */
  checkPrepared(slot: Slot, release: Release): Promise<void>;
  /** Makes the prepared release the one that is tried next, in one change of the disk. */
  arm(slot: Slot, release: Release): Promise<void>;
  /** Lets `slot` boot next; counted, when the running slot is good and can be gone back to. */
  activate(slot: Slot, running: Slot | undefined, view: LoaderView): Promise<void>;
  /** The kernel of a slot; what has to be cut out of something goes to `folder`. Undefined without one. */
  kernel(slot: Slot, view: LoaderView, folder: string): Promise<SlotKernel | undefined>;
  /** Counts one start of a slot that is on trial, as the loader does; false when that has no try left to count. */
  spendTry(slot: Slot, view: LoaderView): Promise<boolean>;
  /** Marks the running slot as good; false when it was. */
  bless(slot: Slot, view: LoaderView): Promise<boolean>;
}

/** Where the content of slots is kept: partitions, or files. */
export interface SlotStorage {
  /** What each slot says that it holds. */
  contents(): Promise<Readonly<Record<Slot, SlotPartitionIds | undefined>>>;
  capacity(slot: Slot): Promise<{ readonly usr: number; readonly verity: number }>;
  /** Makes the slot say that it holds nothing. */
  clear(slot: Slot): Promise<void>;
  write(
    slot: Slot,
    part: 'usr' | 'verity',
    source: string,
    onBytes: (written: number) => void,
  ): Promise<void>;
  /** Where a part of the slot can be read: a device or a file, which need not be there. */
  path(slot: Slot, part: 'usr' | 'verity'): Promise<string>;
  /**
   * Opens the place of the slot's image, of so many bytes, for `fill` to write it in any order; what an
   * interrupted fill left is still there. Synced before this returns.
   */
  fill(slot: Slot, bytes: number, fill: (target: FileHandle) => Promise<void>): Promise<void>;
  /** Reads image and tree back from the disk and checks them against the root hash. */
  check(slot: Slot, release: Release): Promise<void>;
  /** Makes the slot say that it holds this release. */
  identify(slot: Slot, release: Release): Promise<void>;
}

/** Files of the running system, from which an update may take what it has in common with it. */
export interface RunningFiles {
  readonly usr: readonly Source[];
  /** A UKI, or what was cut out of one. */
  readonly uki: readonly Source[];
}

/** A release of which only the manifest is here: its files come while it is written. */
export interface StreamedRelease {
  readonly manifest: ReleaseManifest;
  /** Brings the hash tree and the UKI, and tells where they are. Called once, before anything is changed. */
  prepare(running: RunningFiles): Promise<{ readonly verity: string; readonly uki: string }>;
  /**
   * Puts the image into `target`, each byte checked against what was signed before it is written. What is there of
   * it already may stay.
   */
  fill(target: FileHandle, onBytes: (done: number) => void): Promise<void>;
}

export type SlotState =
  /** Blessed. */
  | 'good'
  /** Tries are left, or it runs on its last one. */
  | 'trial'
  /** All tries are used up. */
  | 'failed'
  /** Whole, but boots only when nothing else does, until it is activated. */
  | 'set-aside'
  /** Something of it is damaged or missing. */
  | 'broken'
  /** Nothing that could be booted. */
  | 'empty';

export interface SlotInfo {
  readonly slot: Slot;
  readonly state: SlotState;
  readonly running: boolean;
  /** Boots next. */
  readonly next: boolean;
  readonly version: string | undefined;
  readonly rootHash: string | undefined;
  readonly triesLeft: number | undefined;
  readonly triesDone: number;
  readonly problem: string | undefined;
}

/** A version that used up its tries on this machine. */
export interface FailedVersion {
  readonly version: string;
  readonly rootHash: string;
}

export interface SlotStatus {
  readonly loader: BootLoader['kind'];
  /** The slot whose /usr is mounted, by `usrhash=`; of an extension the one that this boot has taken. */
  readonly running: Slot | undefined;
  readonly next: Slot | undefined;
  readonly slots: readonly SlotInfo[];
  readonly failed: readonly FailedVersion[];
  readonly problems: readonly string[];
}

export interface SlotWriteOptions {
  /** Write although the running slot is not blessed, or the version failed before. */
  readonly force?: boolean;
  /** Writes a version that did not come up here before. */
  readonly again?: boolean;
  /** Told before each step: its name, and a sentence. */
  readonly onStep?: (name: string, text: string) => void;
  readonly onProgress?: (done: number, total: number) => void;
  /** Called after each step, once it is on the disk; what it throws ends the write there. */
  readonly afterStep?: (name: string) => void | Promise<void>;
}

/** Everything that can be done with the slots of a machine; the same over every loader. */
export interface SlotManager {
  status(): Promise<SlotStatus>;
  list(): Promise<readonly SlotInfo[]>;
  /** The slot that an update goes to. Throws `disk.unsupported` when this machine runs neither. */
  inactive(): Promise<Slot>;
  /**
   * Puts a release (a folder with its manifest.json, or one that comes over a network) into the idle slot and lets
   * it be tried next.
   * Power may fail at any moment: the machine boots what runs now or the whole new version.
   * Returns the slot and whether that boots next: an older version waits for `activate`.
   */
  write(
    release: string | StreamedRelease,
    options?: SlotWriteOptions,
  ): Promise<{ readonly slot: Slot; readonly next: boolean }>;
  /** Lets a slot boot next. Throws `disk.refused` for one that failed (unless forced) or that is not whole. */
  activate(slot: Slot, options?: { readonly force?: boolean }): Promise<void>;
  /** Marks the running slot as good. False when it was. Never touches the other one. */
  bless(): Promise<boolean>;
  /**
   * The kernel of a slot, to be started without loader (kexec); `folder` takes what has to be cut out of a UKI.
   * Throws as `activate`.
   */
  kernel(slot: Slot, folder: string, options?: { readonly force?: boolean }): Promise<SlotKernel>;
  /**
   * Counts a start that goes past the loader (kexec), so that a slot that hangs then comes to the end of its tries.
   * False for a slot that is not counted, or has none left.
   */
  spendTry(slot: Slot): Promise<boolean>;
  /** Goes back: drops a new version that waits to be tried, else returns to the other slot. Tells which boots next. */
  revert(): Promise<Slot>;
}
