// Walks through a recorded update write by write and looks, at each place where power could fail, what the machine
// would start: always the first version or the whole second one, and never the first one again after that.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type Choice, checkSlot, choiceOf, loaderRegions } from './cuts.ts';
import type { RecordedUpdate } from './recorded-update.ts';
import { copyRaw } from './slot-b.ts';
import { type LoggedWrite, ReplayedDisk } from './write-log.ts';

export interface Walk {
  /** Numbers of writes after which the disk is worth a boot, by what is special about it; ascending. */
  readonly points: ReadonlyMap<string, number>;
  /** How many cuts were looked at. */
  readonly cuts: number;
  /** The first after which the second version is started. */
  readonly armed: number;
}

type Loader = 'systemd-boot' | 'grub';

const sectorBytes = 512;

/** The disk of a recorded update after its first `count` writes, at `path`. */
export async function diskAfter(recorded: RecordedUpdate, count: number, path: string): Promise<void> {
  await using disk = await ReplayedDisk.open(await copyRaw(recorded.image, path), recorded.log);
  await disk.apply(recorded.writes.slice(0, count));
}

/** Cuts after single writes. Of the many that copy a kernel one in twenty is looked at. */
export async function walkThrough(recorded: RecordedUpdate, loader: Loader, folder: string): Promise<Walk> {
  const { writes, begun, image, log } = recorded;
  const regionOf = await loaderRegions(image);
  const path = join(folder, 'walk.raw');
  await diskAfter(recorded, begun, path);
  await using disk = await ReplayedDisk.open(path, log);
  const first = await choiceOf(path, loader, folder);
  assert.equal(first.slot, 'A');
  const points = new Map<string, number>();
  let armed = 0;
  let cuts = 0;
  for (let count = begun; count < writes.length; count++) {
    const write = writes[count];
    assert.ok(write !== undefined);
    await disk.apply([write]);
    const region = regionOf(write);
    if (region === undefined) continue;
    const isBulk = region === 'esp' && write.bytes >= 64 * 1024;
    if (isBulk && count % 20 !== 0) continue;
    cuts++;
    const choice = await choiceAt(path, loader, folder, count, write);
    if (choice.tornTable) points.set('in the table', count + 1);
    if (isBulk) points.set('in the kernel', count + 1);
    if (choice.slot === 'A') {
      assert.equal(choice.rootHash, first.rootHash);
      assert.equal(armed, 0, `slot A is started again after write ${count}`);
      points.set('before the last write', count + 1);
    } else if (armed === 0) {
      armed = count + 1;
      points.set('when the second version is started', armed);
      await checkSlot(path, 'B', choice.rootHash, folder);
    }
  }
  return { points: new Map([...points].sort(([, a], [, b]) => a - b)), cuts, armed };
}

/**
 * Cuts at which some of the sectors written since the last flush are lost, whichever, by seeds. Returns how many
 * were looked at.
 */
export async function loseWrites(
  recorded: RecordedUpdate,
  loader: Loader,
  folder: string,
  seeds: number,
): Promise<number> {
  const { writes, begun, image, log } = recorded;
  const regionOf = await loaderRegions(image);
  const path = join(folder, 'lost.raw');
  await diskAfter(recorded, begun, path);
  await using disk = await ReplayedDisk.open(path, log);
  let cuts = 0;
  for (const epoch of epochsOf(writes.slice(begun))) {
    // What is larger is a copy of a kernel, which nothing starts yet: the walk looks at it.
    const ofLoader = epoch.filter((write) => regionOf(write) !== undefined && write.bytes <= 64 * 1024);
    const sectors = ofLoader.flatMap(sectorsOf);
    if (sectors.length > 1 && sectors.length < 2048) {
      for (let seed = 1; seed <= seeds; seed++) {
        const random = randomBits(seed);
        const undo = await disk.applyUndoably(sectors.filter(() => random()));
        cuts++;
        await choiceAt(path, loader, folder, writes.indexOf(epoch[0] as LoggedWrite), ofLoader[0], seed);
        await undo();
      }
    }
    await disk.apply(epoch);
  }
  return cuts;
}

/** A write as what a disk does at once: sectors. */
export function sectorsOf({ offset, bytes, at, kind }: LoggedWrite): LoggedWrite[] {
  const count = bytes / sectorBytes;
  return Array.from({ length: count }, (_, index) => ({
    offset: offset + index * sectorBytes,
    bytes: sectorBytes,
    at: at + index * sectorBytes,
    kind,
  }));
}

async function choiceAt(
  path: string,
  loader: Loader,
  folder: string,
  number: number,
  write?: LoggedWrite,
  seed?: number,
): Promise<Choice> {
  try {
    return await choiceOf(path, loader, folder);
  } catch (cause) {
    const where = write === undefined ? '' : ` (${write.bytes} bytes at ${write.offset})`;
    const by = seed === undefined ? '' : `, seed ${seed}`;
    throw new Error(`Power fails at write ${number}${where}${by}: the machine does not come up. ${cause}`, {
      cause,
    });
  }
}

function* epochsOf(writes: readonly LoggedWrite[]): Generator<readonly LoggedWrite[]> {
  let epoch: LoggedWrite[] = [];
  for (const write of writes) {
    if (write.kind !== 'flush') epoch.push(write);
    else if (epoch.length > 0) {
      yield epoch;
      epoch = [];
    }
  }
  if (epoch.length > 0) yield epoch;
}

function randomBits(seed: number): () => boolean {
  const random = randomNumbers(seed);
  return () => (random() & 1) === 1;
}

/** mulberry32: the same seed, the same integers, of 32 bits. */
export function randomNumbers(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b9);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return (value ^ (value >>> 14)) >>> 0;
  };
}
