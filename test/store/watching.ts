// Reads a watch in tests: collects its events and waits for some of them.

import assert from 'node:assert/strict';
import type { Change, KeyRange, KeyValue, Store, WatchEvent } from '../../src/store/index.ts';

export class Watching implements AsyncDisposable {
  readonly events: WatchEvent[] = [];
  /** The range as the events tell it. */
  readonly state = new Map<string, KeyValue>();
  readonly #abort = new AbortController();
  readonly #done: Promise<void>;
  #wake: () => void = () => {};

  constructor(store: Store, range: KeyRange, after?: number) {
    const options = { signal: this.#abort.signal, ...(after === undefined ? {} : { after }) };
    this.#done = this.#read(store.watch(range, options));
    // Reported by whoever waits.
    this.#done.catch(() => {});
  }

  get changes(): Change[] {
    return this.events.flatMap((event) => (event.kind === 'changes' ? event.changes : []));
  }

  /** Waits until the test on the events holds, at most so long. */
  async until(holds: (watching: Watching) => boolean, what: string, timeoutMs = 60_000): Promise<void> {
    const end = performance.now() + timeoutMs;
    while (!holds(this)) {
      const left = end - performance.now();
      if (left <= 0)
        assert.fail(`no ${what} within ${timeoutMs} ms; seen: ${JSON.stringify(this.events).slice(-1500)}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const timer = setTimeout(resolve, left);
      await Promise.race([promise, this.#done]);
      clearTimeout(timer);
    }
  }

  untilSnapshot(): Promise<void> {
    return this.until(({ events }) => events.some((event) => event.kind === 'snapshot'), 'snapshot');
  }

  untilValue(key: string, value: string | undefined, timeoutMs?: number): Promise<void> {
    return this.until(({ state }) => state.get(key)?.value === value, `${key} = ${value}`, timeoutMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#done;
  }

  async #read(events: AsyncIterable<WatchEvent>): Promise<void> {
    for await (const event of events) {
      this.events.push(event);
      if (event.kind === 'snapshot') {
        this.state.clear();
        for (const pair of event.keyValues) this.state.set(pair.key, pair);
      } else if (event.kind === 'changes') {
        for (const change of event.changes) {
          if (change.kind === 'put') this.state.set(change.keyValue.key, change.keyValue);
          else this.state.delete(change.key);
        }
      }
      this.#wake();
    }
  }
}
