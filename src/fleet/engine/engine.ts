// The engine while it leads: it keeps the cluster in memory, fed by watches, and answers each change with
// the decisions that follow from it. It writes nothing while nothing changes.

import type { Change, KeyRange, WatchEvent } from '../../store/index.ts';
import { type KeyName, parseKey } from '../registry/keys.ts';
import { ClusterView } from '../registry/view.ts';
import { Cluster } from '../scheduler/cluster.ts';
import { moveDecisions, planRebalance } from '../scheduler/rebalance.ts';
import { schedule } from '../scheduler/scheduler.ts';
import { Absentees } from './absentees.ts';
import { Collector } from './collector.ts';
import { Housekeeping } from './housekeeping.ts';
import type { EngineOptions } from './options.ts';
import { Outcomes } from './outcomes.ts';
import { Relations } from './relations.ts';
import { Roster } from './roster.ts';
import { placedOf, ScheduleWriter } from './schedule-writer.ts';
import { Stopping } from './stopping.ts';

/** Leads until the signal aborts. Rejects with a store's error when it has to begin anew. */
export async function runEngine(options: EngineOptions): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const term = new Term({ ...options, signal });
  const { ranges } = options.keys;
  using _listening = options.presence.listen(term);
  const watches = [ranges.units, ranges.metadata, ranges.away, ranges.outcomes].map((range) =>
    term.watch(range),
  );
  try {
    await Promise.race([Promise.all(watches), term.work()]);
  } finally {
    failed.abort();
    await Promise.allSettled(watches);
  }
}

class Term {
  readonly #options: EngineOptions;
  readonly #view: ClusterView;
  readonly #cluster = new Cluster();
  readonly #units = new Set<string>();
  readonly #machines = new Set<string>();
  readonly #absentees: Absentees;
  #snapshots = 0;
  #wake: () => void = () => {};
  readonly #collector: Collector;
  readonly #outcomes: Outcomes;
  readonly #stopping: Stopping;
  readonly #roster: Roster;
  readonly #writer: ScheduleWriter;
  readonly #housekeeping: Housekeeping;
  #unitsRevision = 0;
  readonly #relations: Relations;
  #failure: { readonly error: unknown } | undefined;
  /** Machines that are given up in this round. */
  #lost: ReadonlyMap<string, string> = new Map();

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#view = new ClusterView(options.keys);
    this.#absentees = new Absentees({ ...options, view: this.#view, wake: () => this.#wake() });
    this.#relations = new Relations({
      view: this.#view,
      states: options.keys.ranges.states,
      watch: (range) => this.#watchAlso(range),
      isStarted: (name) => this.#isStarted(name),
    });
    const seenRevision = () => this.#unitsRevision;
    this.#collector = new Collector({ ...options, view: this.#view, seenRevision });
    this.#stopping = new Stopping({
      clock: options.clock,
      view: this.#view,
      isGone: (id) => this.#absentees.isGone(id),
      wake: () => this.#wake(),
    });
    this.#roster = new Roster({
      presence: options.presence,
      view: this.#view,
      cluster: this.#cluster,
      absentees: this.#absentees,
      stopping: this.#stopping,
    });
    this.#outcomes = new Outcomes({ ...options, view: this.#view, cluster: this.#cluster });
    this.#housekeeping = new Housekeeping({
      collector: this.#collector,
      outcomes: this.#outcomes,
      log: options.log,
      signal: options.signal,
    });
    this.#writer = new ScheduleWriter({
      ...options,
      view: this.#view,
      cluster: this.#cluster,
      suspect: (unit, hash) => this.#suspect(unit, hash),
      again: { units: this.#units, machines: this.#machines },
    });
  }

  machine(id: string, seen: boolean): void {
    this.#machines.add(id);
    if (!this.#options.presence.view.machines.has(id)) this.#absentees.went(id, seen);
    this.#wake();
  }

  rebalance(): void {
    this.#wake();
  }

  connection(): void {
    this.#wake();
  }

  async watch(range: KeyRange): Promise<void> {
    const { store, signal } = this.#options;
    let first = true;
    for await (const event of store.watch(range, { signal })) {
      if (event.kind === 'connection') continue;
      if (event.kind === 'snapshot' && first) {
        first = false;
        this.#snapshots++;
      }
      this.#take(range, event);
      if (range === this.#options.keys.ranges.states && event.kind === 'snapshot') {
        for (const name of this.#relations.toldStates()) this.#units.add(name);
      }
      this.#wake();
    }
  }

  /** Waits for changes and answers them, until the signal aborts. */
  async work(): Promise<void> {
    const { signal } = this.#options;
    const stop = () => this.#wake();
    signal.addEventListener('abort', stop, { once: true });
    try {
      let ready = false;
      while (!signal.aborted) {
        if (this.#failure !== undefined) throw this.#failure.error;
        const woken = new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        if (!ready && this.#snapshots === 4 && this.#options.presence.continuousSinceMs !== undefined) {
          await this.#begin();
          await this.#round();
          this.#housekeeping.sweep();
          ready = true;
        }
        if (ready) {
          await this.#round();
          await this.#rebalance();
          this.#housekeeping.collect();
        }
        await woken;
        // What arrives together is decided together.
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      signal.removeEventListener('abort', stop);
      this.#absentees.stop();
      this.#stopping.stop();
      await this.#housekeeping.settled();
    }
  }

  #take(range: KeyRange, event: Exclude<WatchEvent, { kind: 'connection' }>): void {
    const isUnits = range === this.#options.keys.ranges.units;
    const before = isUnits && event.kind === 'snapshot' ? [...this.#view.units.values()] : [];
    const touched =
      event.kind === 'snapshot'
        ? this.#view.replace(range, event.keyValues)
        : event.changes.flatMap((change) => this.#apply(change) ?? []);
    if (isUnits) this.#unitsRevision = event.revision;
    for (const { name, hash } of before) this.#suspect(name, hash);
    for (const name of this.#relations.touched(touched)) this.#units.add(name);
    for (const key of touched) {
      if (key.kind === 'unit') {
        this.#units.add(key.id);
        if (this.#view.outcomes.has(key.id)) this.#outcomes.touch(key.id);
      } else if (key.kind === 'metadata') this.#machines.add(key.id);
      else if (key.kind === 'outcome') this.#outcomes.touch(key.id);
      else if (key.kind === 'away') {
        this.#machines.add(key.id);
        if (!this.#view.away.has(key.id)) this.#absentees.forget(key.id);
      }
    }
  }

  #apply(change: Change): KeyName | undefined {
    const key = change.kind === 'put' ? change.keyValue.key : change.key;
    const name = parseKey(this.#options.keys, key);
    const before = name?.kind === 'unit' ? this.#view.units.get(name.id)?.hash : undefined;
    const applied = this.#view.apply(change);
    if (name?.kind === 'unit') this.#suspect(name.id, before);
    return applied;
  }

  /** Something of this unit named that content until now. */
  #suspect(unit: string, hash: string | undefined): void {
    if (this.#view.units.get(unit)?.hash !== hash) this.#collector.suspect(hash);
  }

  /**
   * The schedule is read once: from then on nobody writes it but this term, under its guard. (Marks of restarts
   * come from the API, and change no decision.)
   */
  async #begin(): Promise<void> {
    const { store, keys, presence } = this.#options;
    const range = keys.ranges.schedule;
    const { keyValues } = await store.range(range);
    this.#view.replace(range, keyValues);
    for (const id of presence.view.machines.keys()) this.#machines.add(id);
    for (const [name, machines] of this.#view.assignments) {
      this.#units.add(name);
      for (const id of machines.keys()) this.#machines.add(id);
    }
    for (const id of this.#machines) {
      if (!presence.view.machines.has(id)) this.#absentees.missed(id, false);
    }
    for (const id of this.#machines) this.#roster.enter(id, true);
    for (const unit of this.#view.units.values()) this.#cluster.setUnit(this.#relations.apply(unit));
    for (const [name, machines] of this.#view.assignments) {
      for (const [id, entry] of machines) this.#cluster.place(name, id, placedOf(entry));
    }
  }

  async #round(): Promise<void> {
    const { log, metrics, clock } = this.#options;
    for (;;) {
      const units = new Set(this.#units);
      const machines = new Set(this.#machines);
      this.#units.clear();
      this.#machines.clear();
      for (const name of units) {
        const unit = this.#view.units.get(name);
        if (unit === undefined) {
          this.#relations.forget(name);
          this.#cluster.removeUnit(name);
        } else this.#cluster.setUnit(this.#relations.apply(unit));
      }
      for (const id of machines) this.#roster.enter(id, false);
      const lost = await this.#absentees.lost();
      const stopping = await this.#stopping.judge(lost);
      this.#lost = lost;
      for (const name of this.#heldWith(lost.keys())) units.add(name);
      const failing = this.#outcomes.judge();
      if (units.size === 0 && machines.size === 0 && lost.size === 0 && failing.size === 0) return;
      for (const [id, why] of lost) {
        metrics.machineLost();
        log.warn({ machine: id }, `Machine ${id} ${why}; its units are moved.`);
      }
      const beganMs = clock.now();
      const decisions = schedule(this.#cluster, { units, machines, lost, stopping, failing });
      await this.#writer.write(decisions);
      metrics.round(clock.now() - beganMs);
      if (this.#units.size === 0 && this.#machines.size === 0 && !this.#outcomes.pending) return;
    }
  }

  /** Whether the schedule tells the unit to run, on a machine that is not given up. */
  #isStarted(name: string): boolean {
    const assignments = [...(this.#view.assignments.get(name)?.values() ?? [])];
    return assignments.some(
      ({ machineID, targetState }) => targetState === 'launched' && !this.#lost.has(machineID),
    );
  }

  /** Units of machines that are given up start anew elsewhere: their relations are looked at again. */
  #heldWith(lost: Iterable<string>): string[] {
    const names = [...lost].flatMap((id) => [...(this.#cluster.machines.get(id)?.units ?? [])]);
    return names.filter((name) => {
      const unit = this.#view.units.get(name);
      if (unit?.placement.relations === undefined) return false;
      this.#cluster.setUnit(this.#relations.apply(unit));
      return true;
    });
  }

  /** A watch that is begun in mid-term; what breaks it ends the term. */
  #watchAlso(range: KeyRange): void {
    this.watch(range).catch((error: unknown) => {
      this.#failure = { error };
      this.#wake();
    });
  }

  /** Evens out when that was asked for, once for each request. */
  async #rebalance(): Promise<void> {
    const { store, keys, guard, log, presence } = this.#options;
    const request = presence.view.rebalance;
    if (request === undefined) return;
    const moves = planRebalance(this.#cluster);
    log.info({ moves: moves.length }, `Rebalancing: ${moves.length} units move.`);
    const decisions = moves.flatMap((move) => moveDecisions(this.#cluster, move));
    await this.#writer.write(decisions);
    const guards = [guard, { key: keys.rebalance, modRevision: request }];
    await store.transact(guards, [{ kind: 'delete', key: keys.rebalance }]);
    // Our own watch says so later; the request is not to be met twice meanwhile.
    if (presence.view.rebalance === request) presence.view.rebalance = undefined;
  }
}
