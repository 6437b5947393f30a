// The stream of what happens in the cluster, one JSON value a line.

import type { Store, WatchEvent } from '../../store/index.ts';
import type { FleetEvent } from '../model.ts';
import type { KeyName, Keys } from '../registry/keys.ts';
import { type Explain, knownUnits, unitStatus } from '../registry/status.ts';
import { ClusterView } from '../registry/view.ts';

export interface EventOptions {
  /** Only these units; all without any. Machines are always told. */
  readonly names: ReadonlySet<string>;
  readonly signal: AbortSignal;
  readonly pingMs: number;
  /** Reasons for waiting are worked out from the whole cluster: at most once in so long. */
  readonly reasonsMs: number;
  /** A clock in milliseconds. */
  readonly now: () => number;
}

/** Tells everything that exists, then each change, until the signal aborts. */
export async function* fleetEvents(
  store: Store,
  keys: Keys,
  explain: Explain,
  options: EventOptions,
): AsyncIterable<FleetEvent> {
  const teller = new Teller(keys, explain, options);
  const away = await store.range(keys.ranges.away);
  teller.view.replace(keys.ranges.away, away.keyValues);
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  const events = store.watch(keys.ranges.cluster, { signal })[Symbol.asyncIterator]();
  let next = events.next();
  try {
    while (!signal.aborted) {
      const event = await orPing(next, Math.min(options.pingMs, teller.reasonsInMs()));
      if (event === 'ping') {
        if (teller.reasonsInMs() <= 0) yield* teller.tellWaiting();
        else yield { type: 'ping', revision: teller.revision };
        continue;
      }
      if (event.done === true) return;
      next = events.next();
      yield* teller.tell(event.value);
    }
  } finally {
    ended.abort();
  }
}

/** Keeps what was told, so that only what differs is told again. */
class Teller {
  readonly view: ClusterView;
  revision = 0;
  readonly #explain: Explain;
  readonly #options: EventOptions;
  readonly #names: ReadonlySet<string>;
  readonly #units = new Map<string, string>();
  readonly #machines = new Map<string, string>();
  /** Units that wait: any change of the cluster may change the reason. */
  readonly #waiting = new Set<string>();
  #synced = false;
  /** When the reasons may be worked out next, and whether anything has changed since they were. */
  #reasonsAtMs = Number.NEGATIVE_INFINITY;
  #reasonsDue = false;

  constructor(keys: Keys, explain: Explain, options: EventOptions) {
    this.view = new ClusterView(keys);
    this.#keys = keys;
    this.#explain = explain;
    this.#options = options;
    this.#names = options.names;
  }

  readonly #keys: Keys;

  *tell(event: WatchEvent): Iterable<FleetEvent> {
    if (event.kind === 'connection') return;
    this.revision = event.revision;
    const touched =
      event.kind === 'snapshot'
        ? this.view.replace(this.#keys.ranges.cluster, event.keyValues)
        : event.changes.flatMap((change) => this.view.apply(change) ?? []);
    const { units, machines } = this.#affected(touched);
    for (const id of machines) yield* this.#machine(id);
    if (!this.#synced) for (const name of this.#names) units.add(name);
    for (const name of units) {
      if (this.#waits(name)) this.#waiting.add(name);
      else yield* this.#unit(name);
    }
    this.#reasonsDue = this.#waiting.size > 0;
    if (!this.#synced || this.reasonsInMs() <= 0) yield* this.tellWaiting();
    if (this.#synced) return;
    this.#synced = true;
    yield { type: 'synced', revision: this.revision };
  }

  /** Milliseconds until the reasons of what waits are to be told; infinity when nothing has changed. */
  reasonsInMs(): number {
    return this.#reasonsDue ? this.#reasonsAtMs - this.#options.now() : Number.POSITIVE_INFINITY;
  }

  *tellWaiting(): Iterable<FleetEvent> {
    this.#reasonsDue = false;
    if (this.#waiting.size === 0) return;
    for (const name of [...this.#waiting]) yield* this.#unit(name);
    this.#reasonsAtMs = this.#options.now() + this.#options.reasonsMs;
  }

  /** Whether the unit is wanted and on no machine, so that telling it needs a reason. */
  #waits(name: string): boolean {
    const unit = this.view.units.get(name);
    const placed = (this.view.assignments.get(name)?.size ?? 0) > 0;
    return unit !== undefined && unit.desiredState !== 'inactive' && !placed && this.#wants(name);
  }

  #wants(name: string): boolean {
    return this.#names.size === 0 || this.#names.has(name);
  }

  #affected(touched: readonly KeyName[]): { units: Set<string>; machines: Set<string> } {
    const units = new Set<string>();
    const machines = new Set<string>();
    if (!this.#synced) for (const name of knownUnits(this.view)) units.add(name);
    for (const key of touched) {
      if (key.kind === 'unit' || key.kind === 'schedule' || key.kind === 'state') units.add(key.id);
      else if (['machine', 'metadata', 'drain'].includes(key.kind) && 'id' in key) machines.add(key.id);
    }
    return { units, machines };
  }

  *#unit(name: string): Iterable<FleetEvent> {
    if (!this.#wants(name)) return;
    const unit = unitStatus(this.view, name, this.#explain);
    if (unit?.waiting === undefined) this.#waiting.delete(name);
    else this.#waiting.add(name);
    if (unit === undefined) {
      // A name that was asked for and is not there is told too: who waits for its end need not wait.
      if (this.#units.delete(name) || !this.#synced) {
        yield { type: 'unit-removed', revision: this.revision, name };
      }
      return;
    }
    const text = JSON.stringify(unit);
    if (this.#units.get(name) === text) return;
    this.#units.set(name, text);
    yield { type: 'unit', revision: this.revision, unit };
  }

  *#machine(id: string): Iterable<FleetEvent> {
    const machine = this.view.machine(id);
    if (machine === undefined) {
      if (this.#machines.delete(id)) yield { type: 'machine-removed', revision: this.revision, id };
      return;
    }
    const text = JSON.stringify(machine);
    if (this.#machines.get(id) === text) return;
    this.#machines.set(id, text);
    yield { type: 'machine', revision: this.revision, machine };
  }
}

async function orPing(
  next: Promise<IteratorResult<WatchEvent>>,
  pingMs: number,
): Promise<IteratorResult<WatchEvent> | 'ping'> {
  const { promise, resolve } = Promise.withResolvers<'ping'>();
  const timer = setTimeout(() => resolve('ping'), pingMs);
  try {
    return await Promise.race([next, promise]);
  } finally {
    clearTimeout(timer);
  }
}
