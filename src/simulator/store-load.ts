// How much a cluster asks of its store.

import type { LinkCounts } from './store-link.ts';

export interface StoreLoad {
  readonly requests: number;
  readonly transactions: number;
  readonly operations: number;
  /** Changes that watches delivered. */
  readonly events: number;
  readonly operationsPerSecond: number;
}

export function noCounts(): LinkCounts {
  return { requests: 0, transactions: 0, operations: 0, events: 0 };
}

/** What was asked between two counts. */
export function loadBetween(before: LinkCounts, after: LinkCounts, seconds: number): StoreLoad {
  const operations = after.operations - before.operations;
  return {
    requests: after.requests - before.requests,
    transactions: after.transactions - before.transactions,
    operations,
    events: after.events - before.events,
    operationsPerSecond: seconds === 0 ? 0 : Math.round((100 * operations) / seconds) / 100,
  };
}
