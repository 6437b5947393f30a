// Whether a unit may be on a machine, and if not, what stands in its way.

import { compileGlob } from '../glob.ts';
import { meetsRule } from '../machine-metadata.ts';
import type { Cluster, SchedulableUnit } from './cluster.ts';
import { kindOf, type MachineLoad, type SchedulableMachine } from './load.ts';

/** What stands in the way, in the order in which it is looked at. */
export const misfits = [
  ...(['machine-id', 'metadata', 'capability', 'closed', 'drain', 'peer', 'conflict'] as const),
  ...(['kind', 'units', 'memory', 'cpu'] as const),
];
export type Misfit = (typeof misfits)[number];

/** The first thing that keeps `unit` from being on that machine; undefined when it fits. */
export function misfitOf(cluster: Cluster, unit: SchedulableUnit, load: MachineLoad): Misfit | undefined {
  const { machine } = load;
  const { placement, name } = unit;
  if (placement.machineID !== undefined && !isMachine(machine.id, placement.machineID)) return 'machine-id';
  if (placement.machineMetadata.size > 0 && missingMetadata(unit, machine) !== undefined) return 'metadata';
  if (placement.metadataRules?.some((rule) => !meetsRule(rule, machine.metadata)) === true) return 'metadata';
  if (placement.needs?.some((need) => machine.capabilities?.includes(need) !== true) === true) {
    if (machine.open) return 'capability';
  }
  const self = load.units.has(name);
  if (!machine.open && !self) return 'closed';
  if (machine.drain !== undefined && (!self || placement.global)) return 'drain';
  if (cluster.missingPeer(unit, load) !== undefined) return 'peer';
  const { conflicts } = placement;
  if (conflicts.length > 0 && cluster.conflicts.hit(name, conflicts, machine.id, self) !== undefined) {
    return 'conflict';
  }
  if (cluster.conflicts.hitBy(name, conflicts, machine.id, self) !== undefined) return 'conflict';
  // What is there stays when room gets scarce: only who comes has to fit in.
  return self ? undefined : overfull(unit, load);
}

function overfull({ name, placement }: SchedulableUnit, load: MachineLoad): Misfit | undefined {
  const { maxPerMachine, memoryBytes = 0, cpuMillis = 0 } = placement;
  if (maxPerMachine !== undefined && load.kind(kindOf(name)) >= maxPerMachine) return 'kind';
  const { capacity } = load.machine;
  if (capacity === undefined) return undefined;
  if (capacity.units !== undefined && load.units.size >= capacity.units) return 'units';
  if (memoryBytes > 0 && load.memoryBytes + memoryBytes > (capacity.memoryBytes ?? Infinity)) return 'memory';
  return cpuMillis > 0 && load.cpuMillis + cpuMillis > (capacity.cpuMillis ?? Infinity) ? 'cpu' : undefined;
}

/** Whether a unit may be on that machine once those are there that it must be with. */
export function couldFollow(cluster: Cluster, unit: SchedulableUnit, load: MachineLoad): boolean {
  const alone = { ...unit.placement, machineOf: [], bonds: [] };
  return misfitOf(cluster, { ...unit, placement: alone }, load) === undefined;
}

/** The first metadata key of which the machine has no wanted value. */
export function missingMetadata(unit: SchedulableUnit, machine: SchedulableMachine): string | undefined {
  for (const [key, values] of unit.placement.machineMetadata) {
    const value = machine.metadata[key];
    if (value === undefined || !values.includes(value)) return key;
  }
  return undefined;
}

/** A unit may name a machine by its whole ID or the first 8 characters of it. */
export function isMachine(id: string, wanted: string): boolean {
  return id === wanted || id.slice(0, 8) === wanted;
}

/**
 * Whether the machine is drained, or a unit that is there would have this one leave and is not itself to
 * leave for this one. Who must be with this one would only come after it, and does not have it leave.
 */
export function isUnwelcome(cluster: Cluster, unit: SchedulableUnit, load: MachineLoad): boolean {
  if (load.machine.drain !== undefined) return true;
  const self = load.units.has(unit.name);
  const { replaces } = unit.placement;
  if (cluster.replaces.hitBy(unit.name, replaces, load.machine.id, self) === undefined) return false;
  if (cluster.replaces.hit(unit.name, replaces, load.machine.id, self) !== undefined) return false;
  return cluster.followersOf(unit.name).length === 0 || hasReplacer(cluster, unit.name, load);
}

function hasReplacer(cluster: Cluster, name: string, load: MachineLoad): boolean {
  return [...load.units].some((other) => {
    const replacer = cluster.units.get(other);
    if (replacer === undefined || other === name) return false;
    if (!replacer.placement.replaces.some((pattern) => compileGlob(pattern)(name))) return false;
    return !mustBeWith(cluster, replacer, name);
  });
}

/** Whether a unit can be only where the one of that name is, be it for the sake of others. */
export function mustBeWith(cluster: Cluster, unit: SchedulableUnit, name: string): boolean {
  const peers = new Set(cluster.peersOf(unit));
  for (const peer of peers) {
    if (peer === name) return true;
    const known = cluster.units.get(peer);
    if (known !== undefined) for (const next of cluster.peersOf(known)) peers.add(next);
  }
  return false;
}
