// Moments of a recorded update at which power fails, by a seed: somewhere among its writes, with some of the sectors
// lost that were written since the last flush.

import { randomNumbers, sectorsOf } from './power-cut.ts';
import type { RecordedUpdate } from './recorded-update.ts';
import { copyRaw } from './slot-b.ts';
import { ReplayedDisk } from './write-log.ts';

export interface RandomCut {
  readonly seed: number;
  /** How many writes were begun. */
  readonly count: number;
  /** How many of them a flush has made sure of. */
  readonly sure: number;
  /** Of the sectors that were not sure, those that the disk has. */
  readonly kept: number;
  readonly unsure: number;
}

/**
 * The disk after a cut by this seed, at `path`. Odd seeds take any write of the update; even ones any flush, and a write
 * behind it, for most writes belong to one large file.
 */
export async function cutAtRandom(recorded: RecordedUpdate, seed: number, path: string): Promise<RandomCut> {
  const { writes, begun } = recorded;
  const random = randomNumbers(seed);
  const count = seed % 2 === 1 ? within(random, begun, writes.length) : behindFlush(random, recorded);
  const sure = writes.slice(0, count).findLastIndex(({ kind }) => kind === 'flush') + 1;
  const unsure = writes.slice(sure, count).flatMap(sectorsOf);
  // A disk that has written nearly all, nearly nothing, or half of it.
  const chance = random() / 2 ** 32;
  const kept = unsure.filter(() => random() / 2 ** 32 < chance);
  await using disk = await ReplayedDisk.open(await copyRaw(recorded.image, path), recorded.log);
  await disk.apply(writes.slice(0, sure));
  await disk.apply(kept);
  return { seed, count, sure, kept: kept.length, unsure: unsure.length };
}

function within(random: () => number, from: number, to: number): number {
  return from + 1 + (random() % (to - from));
}

function behindFlush(random: () => number, { writes, begun }: RecordedUpdate): number {
  const flushes = writes.flatMap(({ kind }, index) => (kind === 'flush' && index >= begun ? [index] : []));
  const chosen = random() % flushes.length;
  const [from = begun, to = writes.length] = flushes.slice(chosen, chosen + 2);
  return within(random, from, to);
}
