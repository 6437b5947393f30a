// Who is present: the one watch, besides the agent's own, that a daemon has at rest. It also keeps since
// when it has seen everything, because absence means something only after a whole lease of listening.

import type { Store } from '../../store/index.ts';
import type { Log } from '../log.ts';
import type { Keys } from '../registry/keys.ts';
import { ClusterView } from '../registry/view.ts';

export interface PresenceListener {
  /** The machine came, changed or went. `seen`: it went before our eyes, not while we were cut off. */
  machine(id: string, seen: boolean): void;
  /** Somebody asks to even out. */
  rebalance(): void;
  /** The connection came back or went. */
  connection(): void;
}

export class Presence {
  readonly view: ClusterView;
  readonly #store: Store;
  readonly #keys: Keys;
  readonly #now: () => number;
  readonly #log: Log;
  readonly #listeners = new Set<PresenceListener>();
  /** There was a snapshot: the view is what the store once said. */
  #known = false;
  #continuousSinceMs: number | undefined;
  #problem = 'the store has not answered yet';

  constructor(store: Store, keys: Keys, now: () => number, log: Log) {
    this.view = new ClusterView(keys);
    this.#store = store;
    this.#keys = keys;
    this.#now = now;
    this.#log = log;
  }

  /** Since when nothing was missed, in milliseconds of the clock; undefined while cut off. */
  get continuousSinceMs(): number | undefined {
    return this.#continuousSinceMs;
  }

  /** Why the store is away, or undefined when it is not. */
  get problem(): string | undefined {
    return this.#continuousSinceMs === undefined ? this.#problem : undefined;
  }

  listen(listener: PresenceListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  /** Watches until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const range = this.#keys.ranges.presence;
    for await (const event of this.#store.watch(range, { signal })) {
      if (event.kind === 'connection') {
        this.#connect(event.connected, event.reason);
        continue;
      }
      const fresh = this.#continuousSinceMs === undefined;
      this.#known = true;
      // A snapshot means that changes may have been missed.
      if (fresh || event.kind === 'snapshot') this.#continuousSinceMs = this.#now();
      const touched =
        event.kind === 'snapshot'
          ? this.view.replace(range, event.keyValues)
          : event.changes.flatMap((change) => this.view.apply(change) ?? []);
      if (fresh) this.#tell((listener) => listener.connection());
      for (const key of touched) {
        if (key.kind === 'machine' || key.kind === 'drain')
          this.#tell((listener) => listener.machine(key.id, event.kind === 'changes'));
        else if (key.kind === 'rebalance') this.#tell((listener) => listener.rebalance());
      }
    }
  }

  #connect(connected: boolean, reason: string): void {
    if (connected) {
      // A watch that goes on where it broke off has nothing to tell when nothing changed meanwhile.
      if (this.#known) this.#continuousSinceMs ??= this.#now();
      this.#log.info({}, 'The store answers again.');
    } else {
      this.#continuousSinceMs = undefined;
      this.#problem = reason;
      this.#log.warn({}, `${reason} What runs here runs on; until the store is back nothing is changed.`);
    }
    this.#tell((listener) => listener.connection());
  }

  #tell(call: (listener: PresenceListener) => void): void {
    for (const listener of this.#listeners) call(listener);
  }
}
