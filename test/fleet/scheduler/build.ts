// Clusters for tests of the scheduler, and a check of all that must hold in one.

import assert from 'node:assert/strict';
import { compileGlob } from '../../../src/fleet/glob.ts';
import { meetsRule } from '../../../src/fleet/machine-metadata.ts';
import type { Capacity, Drain } from '../../../src/fleet/model.ts';
import { Cluster, type SchedulableUnit } from '../../../src/fleet/scheduler/cluster.ts';
import type { Changes } from '../../../src/fleet/scheduler/decision.ts';
import { isMachine } from '../../../src/fleet/scheduler/fit.ts';
import { kindOf, type MachineLoad, type SchedulableMachine } from '../../../src/fleet/scheduler/load.ts';
import { schedule } from '../../../src/fleet/scheduler/scheduler.ts';

export function unit(
  name: string,
  placement: Partial<SchedulableUnit['placement']> = {},
  desiredState: SchedulableUnit['desiredState'] = 'launched',
): SchedulableUnit {
  const nothing = { machineOf: [], machineMetadata: new Map(), conflicts: [], replaces: [], global: false };
  return { name, hash: 'h', desiredState, placement: { ...nothing, ...placement } };
}

/** What `Requires=` in the unit's file makes. */
export const bond = (name: string) => ({ unit: name, by: 'Requires=' });

export const machine = (
  id: string,
  metadata: Readonly<Record<string, string>> = {},
  open = true,
  capacity: Capacity = {},
  drain?: Drain,
): SchedulableMachine => ({ id, metadata, open, capacity, ...(drain === undefined ? {} : { drain }) });

export function changes(parts: {
  units?: Iterable<string>;
  machines?: Iterable<string>;
  lost?: Iterable<string>;
}): Changes {
  return {
    units: new Set(parts.units ?? []),
    machines: new Set(parts.machines ?? []),
    lost: new Map([...(parts.lost ?? [])].map((id) => [id, 'went away'])),
  };
}

/** A cluster with these machines and units, scheduled. */
export function scheduled(
  machines: readonly SchedulableMachine[],
  units: readonly SchedulableUnit[],
): Cluster {
  const cluster = new Cluster();
  for (const one of machines) cluster.setMachine(one);
  for (const one of units) cluster.setUnit(one);
  schedule(
    cluster,
    changes({ units: units.map(({ name }) => name), machines: machines.map(({ id }) => id) }),
  );
  return cluster;
}

/** Unit → machines, in order. */
export function places(cluster: Cluster): Record<string, string> {
  return Object.fromEntries(
    [...cluster.placed].map(([name, on]) => [name, [...on.keys()].sort().join(' ')] as const).sort(),
  );
}

/** Checks by brute force that every unit is where it may be, and that none waits that could be placed. */
export function assertSound(cluster: Cluster): void {
  for (const [name, on] of cluster.placed) {
    const one = cluster.units.get(name);
    assert.ok(one !== undefined && one.desiredState !== 'inactive', `${name} is placed and not wanted`);
    if (!one.placement.global) assert.equal(on.size, 1, `${name} is on ${on.size} machines`);
    for (const id of on.keys()) {
      const load = cluster.machines.get(id);
      assert.ok(load !== undefined, `${name} is on a machine that is gone`);
      assert.ok(load.units.has(name));
      if (load.machine.drain !== undefined) assertStuck(cluster, one, load);
      if (load.machine.open) assert.equal(hindrance(cluster, one, id), undefined, `${name} on ${id}`);
    }
  }
  for (const one of cluster.units.values()) {
    if (one.desiredState === 'inactive' || (!one.placement.global && cluster.placed.has(one.name))) continue;
    for (const [id, load] of cluster.machines) {
      if (!load.machine.open || load.units.has(one.name)) continue;
      const why = hindrance(cluster, one, id) ?? shortage(cluster, one, id);
      assert.notEqual(why, undefined, `${one.name} waits although ${id} would do`);
    }
  }
}

/** What is on a drained machine is there because nothing else would take it. */
function assertStuck(cluster: Cluster, one: SchedulableUnit, on: MachineLoad): void {
  assert.equal(on.machine.drain?.force, false, `${one.name} is on ${on.machine.id}, which is to be empty`);
  assert.ok(!one.placement.global);
  if (cluster.peersOf(one).some((peer) => on.units.has(peer))) return;
  for (const [id, load] of cluster.machines) {
    if (!load.machine.open || id === on.machine.id) continue;
    const why = hindrance(cluster, one, id) ?? shortage(cluster, one, id);
    assert.notEqual(why, undefined, `${one.name} stays on ${on.machine.id} although ${id} would do`);
  }
}

function hindrance(cluster: Cluster, one: SchedulableUnit, id: string): string | undefined {
  const load = cluster.machines.get(id);
  if (load === undefined) return 'no machine';
  const { machineID, machineMetadata, machineOf, conflicts } = one.placement;
  if (machineID !== undefined && !isMachine(id, machineID)) return 'machine';
  if (load.machine.drain !== undefined && !load.units.has(one.name)) return 'drain';
  for (const [key, values] of machineMetadata) {
    if (!values.includes(load.machine.metadata[key] ?? '')) return 'metadata';
  }
  if (one.placement.metadataRules?.some((rule) => !meetsRule(rule, load.machine.metadata))) return 'rule';
  if (machineOf.some((peer) => !load.units.has(peer))) return 'peer';
  if (cluster.missingPeer(one, load) !== undefined) return 'bond';
  for (const other of load.units) {
    if (other === one.name) continue;
    if (conflicts.some((pattern) => compileGlob(pattern)(other))) return `conflict ${other}`;
    const theirs = cluster.units.get(other)?.placement.conflicts ?? [];
    if (theirs.some((pattern) => compileGlob(pattern)(one.name))) return `conflict by ${other}`;
  }
  return undefined;
}

/** What a unit that is to come has not enough of there. */
function shortage(cluster: Cluster, one: SchedulableUnit, id: string): string | undefined {
  const load = cluster.machines.get(id);
  if (load === undefined) return 'no machine';
  const { maxPerMachine = Infinity, memoryBytes = 0, cpuMillis = 0 } = one.placement;
  const there = [...load.units].map((name) => cluster.units.get(name));
  const sum = (of: (placement: SchedulableUnit['placement']) => number | undefined) =>
    there.reduce((total, other) => total + ((other && of(other.placement)) ?? 0), 0);
  const kin = there.filter((other) => other && kindOf(other.name) === kindOf(one.name)).length;
  if (kin >= maxPerMachine) return 'kind';
  const {
    units = Infinity,
    memoryBytes: memory = Infinity,
    cpuMillis: cpu = Infinity,
  } = load.machine.capacity ?? {};
  if (there.length >= units) return 'units';
  if (memoryBytes > 0 && sum((placement) => placement.memoryBytes) + memoryBytes > memory) return 'memory';
  if (cpuMillis > 0 && sum((placement) => placement.cpuMillis) + cpuMillis > cpu) return 'cpu';
  return undefined;
}
