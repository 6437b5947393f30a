// Decisions on their way into the schedule: in guarded transactions, some at once. What is written is known to
// the view at once; what is refused, because somebody changed what it was made from, is decided again.

import { pause } from '../../host/index.ts';
import { storeErrors } from '../../store/index.ts';
import type { Assignment } from '../model.ts';
import type { ClusterView } from '../registry/view.ts';
import type { Cluster, Placed } from '../scheduler/cluster.ts';
import { type Decision, isSingleton } from '../scheduler/decision.ts';
import { shortId } from '../scheduler/explain.ts';
import type { EngineOptions } from './options.ts';
import { planWrites, type ScheduleWrite } from './writes.ts';

export interface ScheduleWriterOptions extends EngineOptions {
  readonly view: ClusterView;
  readonly cluster: Cluster;
  /** An entry of the schedule named that content until now. */
  readonly suspect: (unit: string, hash: string | undefined) => void;
  /** What is to be looked at once more. */
  readonly again: { readonly units: Set<string>; readonly machines: Set<string> };
}

/** Transactions under way at once: enough to hide the way to the store, not enough to crowd it. */
const maxParallelWrites = 8;

export class ScheduleWriter {
  readonly #options: ScheduleWriterOptions;

  constructor(options: ScheduleWriterOptions) {
    this.#options = options;
  }

  /** Writes decisions; those that do not hold any more are taken back, and told. */
  async write(planned: readonly Decision[]): Promise<void> {
    if (planned.length === 0) return;
    const { store, keys, guard, presence, ttlMs, view } = this.#options;
    const isWaitedFor = ({ kind, unit }: Decision) => kind === 'place' && isSingleton(view.units.get(unit));
    const decisions = planned.map((decision) =>
      isWaitedFor(decision) ? { ...decision, stopWithinMs: ttlMs } : decision,
    );
    const revisions = {
      unit: (name: string) => view.units.get(name)?.revision ?? 0,
      machine: (id: string) => presence.view.machines.get(id)?.revision ?? 0,
    };
    const peersOf = (name: string) => this.#peersOf(name);
    const writes = planWrites(keys, guard, decisions, revisions, peersOf, store.maxOperations);
    for (let start = 0; start < writes.length; ) {
      let end = start + 1;
      while (end < writes.length && end - start < maxParallelWrites && writes[end]?.continues === false)
        end++;
      await Promise.all(writes.slice(start, end).map((write) => this.#commit(write)));
      start = end;
    }
  }

  #peersOf(name: string): readonly string[] {
    const { machineOf = [], bonds = [] } = this.#options.cluster.units.get(name)?.placement ?? {};
    return bonds.length === 0 ? machineOf : [...machineOf, ...bonds.map(({ unit }) => unit)];
  }

  async #commit(write: ScheduleWrite): Promise<void> {
    const { store, metrics, log, view, suspect } = this.#options;
    const { committed, revision } = await store.transact(write.guards, write.operations);
    if (!committed) {
      for (const { kind } of write.decisions) metrics.decided(kind, false);
      await this.#retreat(write);
      return;
    }
    for (const decision of write.decisions) {
      const { unit, machine, reason } = decision;
      metrics.decided(decision.kind, true);
      suspect(unit, view.assignments.get(unit)?.get(machine)?.hash);
      if (decision.kind === 'place') {
        const { hash, targetState, tried = [], stopWithinMs } = decision;
        const own = {
          ...(tried.length === 0 ? {} : { tried }),
          ...(stopWithinMs === undefined ? {} : { stopWithinMs }),
        };
        const assignment = { unit, machineID: machine, hash, targetState, reason, revision, ...own };
        const others = view.assignments.get(unit);
        if (others === undefined) view.assignments.set(unit, new Map([[machine, assignment]]));
        else others.set(machine, assignment);
        log.info({ unit, machine }, `${unit} → ${shortId(machine)} (${targetState}): ${reason}`);
      } else {
        view.assignments.get(unit)?.delete(machine);
        log.info({ unit, machine }, `${unit} leaves ${shortId(machine)}: ${reason}`);
      }
    }
  }

  /** Somebody changed what a decision was made from: back to what is written, and decide again. */
  async #retreat(write: ScheduleWrite): Promise<void> {
    const { store, guard, keys, clock, signal, view, cluster, again } = this.#options;
    const leader = await store.get(guard.key);
    if (leader?.modRevision !== guard.modRevision) {
      throw storeErrors.error('unavailable', 'This daemon does not lead any more.');
    }
    for (const unit of write.units) {
      const written = view.assignments.get(unit);
      for (const machine of [...(cluster.placed.get(unit)?.keys() ?? [])]) {
        if (written?.has(machine) !== true) cluster.unplace(unit, machine);
      }
      for (const [machine, entry] of written ?? []) {
        cluster.place(unit, machine, placedOf(entry));
        again.machines.add(machine);
      }
      cluster.pending.delete(unit);
      const now = await store.get(keys.unit(unit));
      if (now !== undefined) view.apply({ kind: 'put', keyValue: now });
      else view.apply({ kind: 'delete', key: keys.unit(unit), modRevision: 0 });
      again.units.add(unit);
    }
    // The presence that the decision did not know of is on its way through the watch.
    await pause(clock, 10, signal);
  }
}

/** An entry of the schedule as the scheduler knows it. */
export function placedOf({ hash, targetState, tried }: Assignment): Placed {
  return { hash, targetState, ...(tried === undefined ? {} : { tried }) };
}
