// Whether the machine that is present under our ID is this machine before its last boot. Then its lease lies
// fallow and is ours to go on with; if somebody keeps it alive, that is another machine with a copy of our disk.

import type { LeaseTime } from '../store/index.ts';

/** A lease is renewed every third of its time. One with less than half of it left has missed that. */
export function isAbandoned(lease: LeaseTime | undefined): boolean {
  return lease === undefined || lease.leftMs < lease.ttlMs / 2;
}
