// Time that passes only when nothing is left to do: an hour of a cluster in the seconds that its work takes.
//
// INVARIANTS
// - Timers fire in the order of their times, and at the same time in the order in which they were set.
// - Time goes on only when the event loop has nothing but real timers: whatever was begun at one moment of
//   the clock is done at that moment. With one seed there is one course of events.

import type { Clock } from '../host/index.ts';

interface Timer {
  readonly atMs: number;
  readonly order: number;
  callback: (() => void) | undefined;
}

export class VirtualClock implements Clock {
  readonly random: () => number;
  readonly #heap: Timer[] = [];
  #nowMs = 0;
  #order = 0;

  constructor(random: () => number) {
    this.random = random;
  }

  readonly now = (): number => this.#nowMs;

  after(ms: number, callback: () => void): () => void {
    // In whole milliseconds, as a machine's timers are: what falls together costs one turn.
    const atMs = this.#nowMs + Math.max(0, Math.ceil(ms));
    const timer: Timer = { atMs, order: this.#order++, callback };
    push(this.#heap, timer);
    return () => {
      timer.callback = undefined;
    };
  }

  /** Lets so much time pass, and does all that falls into it. */
  async pass(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    while (await this.#step(endMs));
    this.#nowMs = endMs;
  }

  /** Lets time pass until this holds, and no longer than that; whether it holds. */
  async until(holds: () => boolean, mostMs: number): Promise<boolean> {
    const endMs = this.#nowMs + mostMs;
    await idle();
    while (!holds()) {
      if (!(await this.#step(endMs))) {
        this.#nowMs = endMs;
        return holds();
      }
    }
    return true;
  }

  /** Goes to the next moment at which something happens, does it and all that follows from it at once. */
  async #step(endMs: number): Promise<boolean> {
    await idle();
    while (this.#heap[0] !== undefined && this.#heap[0].callback === undefined) pop(this.#heap);
    const atMs = this.#heap[0]?.atMs;
    if (atMs === undefined || atMs > endMs) return false;
    this.#nowMs = atMs;
    while (this.#heap[0]?.atMs === atMs) pop(this.#heap)?.callback?.();
    await idle();
    return true;
  }
}

// Work that is under way in this process and ends by itself.
const work = /^(Immediate|FSReq|CloseReq|Microtask|TickObject)/;

/** Waits until the event loop has no more to do than to wait. */
export function idle(): Promise<void> {
  return new Promise((resolve) => {
    // Not counted is the callback that runs; all that is queued behind it is.
    const look = () => {
      if (process.getActiveResourcesInfo().some((name) => work.test(name))) setImmediate(look);
      else resolve();
    };
    setImmediate(look);
  });
}

function before(one: Timer, two: Timer): boolean {
  return one.atMs < two.atMs || (one.atMs === two.atMs && one.order < two.order);
}

function push(heap: Timer[], timer: Timer): void {
  let index = heap.push(timer) - 1;
  while (index > 0) {
    const parentIndex = (index - 1) >> 1;
    const parent = heap[parentIndex];
    if (parent === undefined || before(parent, timer)) break;
    heap[index] = parent;
    index = parentIndex;
  }
  heap[index] = timer;
}

function pop(heap: Timer[]): Timer | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  let index = 0;
  for (;;) {
    let childIndex = 2 * index + 1;
    const [left, right] = [heap[childIndex], heap[childIndex + 1]];
    if (left === undefined) break;
    let child = left;
    if (right !== undefined && before(right, left)) {
      child = right;
      childIndex++;
    }
    if (before(last, child)) break;
    heap[index] = child;
    index = childIndex;
  }
  heap[index] = last;
  return first;
}
