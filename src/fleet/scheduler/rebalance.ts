// Evening out on request: units move from the most loaded machines to the least loaded, as few as needed.
// Nothing else ever moves a unit that may stay where it is.

import type { Cluster, SchedulableUnit } from './cluster.ts';
import type { Decision } from './decision.ts';
import { shortId } from './explain.ts';
import { misfitOf } from './fit.ts';
import type { MachineLoad } from './load.ts';
import { domainOf } from './spread.ts';

export interface Move {
  readonly unit: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

/**
 * Plans the moves one after the other, and moves the cluster on with each. Ends, because every move takes
 * a unit to a machine that carries less than the one it leaves even with the unit on it.
 */
export function planRebalance(cluster: Cluster): readonly Move[] {
  const moves = new Map<string, Move>();
  const even = new Set<string>();
  for (;;) {
    const loads = cluster.leastLoaded().filter(({ machine }) => machine.drain === undefined);
    const source = loads.filter(({ machine }) => !even.has(machine.id)).at(-1);
    if (source === undefined) break;
    const found = bestMove(cluster, source, loads);
    if (found === undefined) {
      even.add(source.machine.id);
      continue;
    }
    const { unit, target } = found;
    const { id: from } = source.machine;
    const { id: to } = target.machine;
    const reason = `Rebalanced: ${shortId(from)} carried ${source.weight}, ${shortId(to)} ${target.weight}.`;
    const placed = cluster.placed.get(unit.name)?.get(from);
    if (placed === undefined) break;
    cluster.unplace(unit.name, from);
    cluster.place(unit.name, to, placed);
    const first = moves.get(unit.name)?.from ?? from;
    if (first === to) moves.delete(unit.name);
    else moves.set(unit.name, { unit: unit.name, from: first, to, reason });
    // Room has come free, and machines that were even may take or give again.
    even.clear();
  }
  return [...moves.values()];
}

/** A move that the cluster has made already, as decisions. */
export function moveDecisions(cluster: Cluster, { unit, from, to, reason }: Move): readonly Decision[] {
  const placed = cluster.placed.get(unit)?.get(to);
  if (placed === undefined || placed.targetState === 'inactive') return [];
  cluster.leaves(unit, from);
  const { hash, targetState } = placed;
  const after = cluster.leftBy(unit, to);
  return [
    { kind: 'remove', unit, machine: from, reason },
    { kind: 'place', unit, machine: to, hash, targetState, reason, after },
  ];
}

function bestMove(
  cluster: Cluster,
  source: MachineLoad,
  loads: readonly MachineLoad[],
): { unit: SchedulableUnit; target: MachineLoad } | undefined {
  const units = [...source.units].flatMap((name) => cluster.units.get(name) ?? []).filter(isFree(cluster));
  // The heaviest first: it takes the fewest moves.
  units.sort((a, b) => weightOf(b) - weightOf(a) || (a.name < b.name ? -1 : 1));
  for (const unit of units) {
    const target = loads.find(
      (load) =>
        load !== source &&
        load.weight + weightOf(unit) < source.weight &&
        misfitOf(cluster, unit, load) === undefined &&
        (unit.placement.spreadOver ?? []).every((key) => domainOf(load, key) === domainOf(source, key)),
    );
    if (target !== undefined) return { unit, target };
  }
  return undefined;
}

/** Units that nothing binds to where they are, nor anything to them. */
function isFree(cluster: Cluster): (unit: SchedulableUnit) => boolean {
  return ({ name, placement }) =>
    !placement.global &&
    !cluster.finished.has(name) &&
    placement.machineID === undefined &&
    placement.machineOf.length === 0 &&
    placement.replaces.length === 0 &&
    !cluster.followers.has(name);
}

const weightOf = ({ placement }: SchedulableUnit): number => placement.weight ?? 1;
