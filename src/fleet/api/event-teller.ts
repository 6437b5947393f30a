// Tells units and machines as they are, keeping what was told, so that only what differs is told again.

import type { Change, KeyValue, WatchEvent } from '../../store/index.ts';
import type { FleetEvent } from '../model.ts';
import { type KeyName, type Keys, parseKey } from '../registry/keys.ts';
import { type Explain, knownUnits, unitStatus } from '../registry/status.ts';
import { ClusterView } from '../registry/view.ts';
import type { Filter } from './filter.ts';

export interface TellerOptions {
  readonly filter: Filter;
  /** Reasons for waiting are worked out from the whole cluster: at most once in so long. */
  readonly reasonsMs: number;
  /** A clock in milliseconds. */
  readonly now: () => number;
}

export class Teller {
  readonly view: ClusterView;
  revision = 0;
  readonly #explain: Explain;
  readonly #options: TellerOptions;
  readonly #filter: Filter;
  readonly #keys: Keys;
  readonly #units = new Map<string, string>();
  readonly #machines = new Map<string, string>();
  /** Units that wait: any change of the cluster may change the reason. */
  readonly #waiting = new Set<string>();
  #synced = false;
  /** Changes up to here were in the view already when it was taken up again. */
  #known = 0;
  /** Since an earlier stream: what it told is not known here. */
  #resumed = false;
  /** Names told to be gone without having been told before, so that it is done once. */
  readonly #gone = new Set<string>();
  /** When the reasons may be worked out next, and whether anything has changed since they were. */
  #reasonsAtMs = Number.NEGATIVE_INFINITY;
  #reasonsDue = false;

  constructor(keys: Keys, explain: Explain, options: TellerOptions) {
    this.view = new ClusterView(keys);
    this.#keys = keys;
    this.#explain = explain;
    this.#options = options;
    this.#filter = options.filter;
  }

  *tell(event: WatchEvent): Iterable<FleetEvent> {
    if (event.kind === 'connection') return;
    this.revision = event.revision;
    const touched =
      event.kind === 'snapshot'
        ? this.view.replace(this.#keys.ranges.cluster, event.keyValues)
        : event.changes.flatMap((change) => this.#take(change) ?? []);
    yield* this.#tellTouched(touched);
    yield { type: this.#synced ? 'bookmark' : 'synced', revision: this.revision };
    this.#synced = true;
  }

  /**
   * Goes on after a revision that an earlier stream had told everything up to: `keyValues` are the cluster as
   * it is at `revision`. What was removed since then is told when the changes since then are.
   */
  *resume(keyValues: readonly KeyValue[], revision: number, since: number): Iterable<FleetEvent> {
    this.view.replace(this.#keys.ranges.cluster, keyValues);
    // What was removed up to `revision` is told later: whoever is cut off before has to hear of it again.
    this.revision = since;
    this.#known = revision;
    this.#resumed = true;
    this.#synced = true;
    for (const name of this.view.units.keys()) if (this.#waits(name)) this.#waiting.add(name);
    const changed = keyValues.filter(({ modRevision }) => modRevision > since);
    yield* this.#tellTouched(changed.flatMap(({ key }) => parseKey(this.#keys, key) ?? []));
    yield* this.tellWaiting();
    yield { type: 'synced', revision: this.revision };
  }

  /** Takes a change over, unless the view has it already; says what it is about. */
  #take(change: Change): KeyName | undefined {
    const [key, revision] =
      change.kind === 'put'
        ? [change.keyValue.key, change.keyValue.modRevision]
        : [change.key, change.modRevision];
    return revision <= this.#known ? parseKey(this.#keys, key) : this.view.apply(change);
  }

  *#tellTouched(touched: readonly KeyName[]): Iterable<FleetEvent> {
    const { units, machines } = this.#affected(touched);
    for (const id of machines) yield* this.#machine(id);
    if (!this.#synced) for (const name of this.#filter.names) units.add(name);
    for (const name of units) {
      if (this.#waits(name)) this.#waiting.add(name);
      else yield* this.#unit(name);
    }
    this.#reasonsDue = this.#waiting.size > 0;
    if (!this.#synced || this.reasonsInMs() <= 0) yield* this.tellWaiting();
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
    return unit !== undefined && unit.desiredState !== 'inactive' && !placed && this.#filter.name(name);
  }

  #affected(touched: readonly KeyName[]): { units: Set<string>; machines: Set<string> } {
    const units = new Set<string>();
    const machines = new Set<string>();
    if (!this.#synced) for (const name of knownUnits(this.view)) units.add(name);
    for (const key of touched) {
      if (key.kind === 'unit' || key.kind === 'schedule' || key.kind === 'state') units.add(key.id);
      else if (['machine', 'metadata', 'drain'].includes(key.kind) && 'id' in key) machines.add(key.id);
    }
    if (this.#filter.byMetadata && machines.size > 0) {
      for (const [name, placed] of this.view.assignments) {
        if ([...placed.keys()].some((id) => machines.has(id))) units.add(name);
      }
    }
    return { units, machines };
  }

  *#unit(name: string): Iterable<FleetEvent> {
    if (!this.#filter.name(name)) return;
    const unit = unitStatus(this.view, name, this.#explain);
    if (unit?.waiting === undefined) this.#waiting.delete(name);
    else this.#waiting.add(name);
    if (unit === undefined || !this.#filter.unit(this.view, unit)) {
      const wasTold = this.#units.delete(name);
      // A name that was asked for and is not there is told too: who waits for its end need not wait.
      const isAskedFor = !this.#synced && this.#filter.names.has(name);
      // What the stream before this one told is not known here.
      const mayBeTold = this.#resumed && !this.#gone.has(name);
      if (!wasTold && !isAskedFor && !mayBeTold) return;
      this.#gone.add(name);
      yield { type: 'unit-removed', revision: this.revision, name };
      return;
    }
    this.#gone.delete(name);
    const text = JSON.stringify(unit);
    if (this.#units.get(name) === text) return;
    this.#units.set(name, text);
    yield { type: 'unit', revision: this.revision, unit };
  }

  *#machine(id: string): Iterable<FleetEvent> {
    const machine = this.view.machine(id);
    if (machine === undefined || !this.#filter.machine(machine)) {
      const mayBeTold = this.#resumed && machine === undefined;
      if (this.#machines.delete(id) || mayBeTold)
        yield { type: 'machine-removed', revision: this.revision, id };
      return;
    }
    const text = JSON.stringify(machine);
    if (this.#machines.get(id) === text) return;
    this.#machines.set(id, text);
    yield { type: 'machine', revision: this.revision, machine };
  }
}
