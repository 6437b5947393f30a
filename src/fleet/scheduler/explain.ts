// The scheduler's reasons, in sentences that name the thing to change.

import { compileGlob } from '../glob.ts';
import { meetsRule, showRule } from '../machine-metadata.ts';
import type { Cluster, SchedulableUnit } from './cluster.ts';
import { isMachine, type Misfit, misfitOf, misfits, missingMetadata } from './fit.ts';
import { kindOf, type MachineLoad } from './load.ts';

/** How machines are named in sentences and lists. */
export function shortId(id: string): string {
  return id.slice(0, 8);
}

/** Why a unit was put on that machine. */
export function placementReason(
  cluster: Cluster,
  { name, placement }: SchedulableUnit,
  load: MachineLoad,
): string {
  const bonds = (placement.bonds ?? []).filter(({ unit }) => unit !== name && load.units.has(unit));
  const conditions = [
    ...(placement.machineID === undefined ? [] : [`MachineID ${placement.machineID}`]),
    ...[...placement.machineMetadata].map(([key, values]) => `metadata ${key}=${values.join('|')}`),
    ...(placement.metadataRules ?? []).map((rule) => `metadata ${showRule(rule)}`),
    ...placement.machineOf.map((peer) => `MachineOf ${peer}`),
    ...bonds.filter(({ unit }) => cluster.units.has(unit)).map(({ unit, by }) => `${unit} (${by})`),
    ...placement.conflicts.map((pattern) => `no conflict with ${pattern}`),
  ];
  const among = conditions.length === 0 ? 'all machines' : `the machines with ${conditions.join(', ')}`;
  const others = load.units.size;
  const units = `${others} ${others === 1 ? 'unit' : 'units'}`;
  const { spreadOver = [] } = placement;
  const spread = spreadOver.length === 0 ? '' : `, spread over ${spreadOver.join(', then ')},`;
  return `Least loaded of ${among}${spread} (${units} there before).`;
}

/** Why a unit may not be on that machine. */
export function describeMisfit(
  cluster: Cluster,
  unit: SchedulableUnit,
  load: MachineLoad,
  misfit: Misfit,
): string {
  const where = shortId(load.machine.id);
  const { placement, name } = unit;
  switch (misfit) {
    case 'machine-id':
      return `Machine ${where} is not ${placement.machineID}.`;
    case 'metadata': {
      const rule = placement.metadataRules?.find((one) => !meetsRule(one, load.machine.metadata));
      if (rule !== undefined && missingMetadata(unit, load.machine) === undefined) {
        const value = load.machine.metadata[rule.key];
        const has = value === undefined ? `no metadata ${rule.key}` : `metadata ${rule.key}=${value}`;
        return `Machine ${where} has ${has}; ${showRule(rule)} is wanted.`;
      }
      const key = missingMetadata(unit, load.machine) ?? '';
      const wanted = placement.machineMetadata.get(key)?.join(' or ') ?? '';
      const value = load.machine.metadata[key];
      return value === undefined
        ? `Machine ${where} has no metadata ${key} (${wanted} is wanted).`
        : `Machine ${where} has metadata ${key}=${value}, not ${wanted}.`;
    }
    case 'capability':
      return `Machine ${where} has no quadlet generator: install podman 4.4 or newer there and restart fleetd.`;
    case 'drain': {
      const reason = load.machine.drain?.reason ?? '';
      return `Machine ${where} is being drained${reason === '' ? '' : ` (${reason})`}.`;
    }
    case 'closed':
      return `Machine ${where} is away: it keeps its units and takes no others.`;
    case 'peer': {
      const peer = cluster.missingPeer(unit, load) ?? '';
      return `${peer}, which it must be with${because(unit, peer)}, is not on ${where}.`;
    }
    case 'conflict': {
      const rival = findRival(cluster, unit, load);
      return rival === undefined
        ? `Machine ${where} has a unit that ${name} conflicts with.`
        : `It conflicts with ${rival} on ${where}.`;
    }
    case 'kind': {
      const count = load.kind(kindOf(name));
      return `Machine ${where} has ${count} of ${kindOf(name)}; MaxPerMachine is ${placement.maxPerMachine}.`;
    }
    case 'units':
      return `Machine ${where} has ${load.units.size} units, and takes ${load.machine.capacity?.units} at the most.`;
    case 'memory': {
      const free = Math.max(0, (load.machine.capacity?.memoryBytes ?? 0) - load.memoryBytes);
      return `Machine ${where} has ${mebibytes(free)} of memory that is not reserved; ${mebibytes(placement.memoryBytes ?? 0)} are wanted.`;
    }
    case 'cpu': {
      const free = Math.max(0, (load.machine.capacity?.cpuMillis ?? 0) - load.cpuMillis);
      return `Machine ${where} has ${free / 1000} processors that are not reserved; ${(placement.cpuMillis ?? 0) / 1000} are wanted.`;
    }
  }
}

/**
 * Why a wanted unit is on no machine: what is missing everywhere, or what the machines that come nearest
 * lack. Undefined when a machine would take it, so that only the engine's decision is missing.
 */
export function explainWaiting(cluster: Cluster, unit: SchedulableUnit): string | undefined {
  const { placement } = unit;
  if (cluster.finished.has(unit.name)) return 'It has finished; to have it run again, stop it and start it.';
  const machines = [...cluster.machines.values()].sort((a, b) => (a.machine.id < b.machine.id ? -1 : 1));
  if (machines.length === 0) return 'No machine is present.';
  if (placement.machineID !== undefined) {
    const id = placement.machineID;
    if (!machines.some(({ machine }) => isMachine(machine.id, id))) {
      return `It is bound to machine ${id} by MachineID, and that machine is not present.`;
    }
  }
  for (const peer of cluster.peersOf(unit)) {
    const what = `It must be on the machine of ${peer}${because(unit, peer)}`;
    const known = cluster.units.get(peer);
    if (known === undefined) return `${what}, which does not exist.`;
    if (known.desiredState === 'inactive' && !placement.machineOf.includes(peer)) {
      return `${what}, which nobody has asked for: fleetctl load ${peer}.`;
    }
    const there = [...(cluster.placed.get(peer)?.keys() ?? [])];
    if (there.length === 0) return `${what}, which is on no machine itself.`;
    const [id = ''] = there;
    const load = cluster.machines.get(id);
    if (there.length > 1 || load === undefined || placement.machineOf.includes(peer)) continue;
    const misfit = misfitOf(cluster, unit, load);
    if (misfit !== undefined)
      return `${what}, and cannot be there: ${describeMisfit(cluster, unit, load, misfit)}`;
  }
  let nearest: { readonly load: MachineLoad; readonly misfit: Misfit } | undefined;
  let alike = 0;
  for (const load of machines) {
    const misfit = misfitOf(cluster, unit, load);
    if (misfit === undefined) return undefined;
    const distance = misfits.indexOf(misfit) - (nearest === undefined ? -1 : misfits.indexOf(nearest.misfit));
    if (distance > 0) {
      nearest = { load, misfit };
      alike = 1;
    } else if (distance === 0) alike++;
  }
  if (nearest === undefined) return undefined;
  if (
    nearest.misfit === 'metadata' &&
    machines.every(({ machine }) => missingMetadata(unit, machine) !== undefined)
  ) {
    return noMetadata(unit, machines);
  }
  const sentence = describeMisfit(cluster, unit, nearest.load, nearest.misfit);
  const more = alike - 1;
  return more === 0
    ? sentence
    : `${sentence} The same goes for ${more} more ${more === 1 ? 'machine' : 'machines'}.`;
}

/** Which option of the unit's own file binds it to a peer, in brackets; nothing for MachineOf=. */
function because({ placement }: SchedulableUnit, peer: string): string {
  const { machineOf, bonds = [] } = placement;
  if (machineOf.includes(peer)) return '';
  const by = bonds.find(({ unit }) => unit === peer)?.by ?? 'they need each other';
  return ` (${by})`;
}

function noMetadata(unit: SchedulableUnit, machines: readonly MachineLoad[]): string {
  const wanted = [...unit.placement.machineMetadata].map(([key, values]) => `${key}=${values.join('|')}`);
  const lacking = new Map<string, number>();
  for (const { machine } of machines) {
    const key = missingMetadata(unit, machine) ?? '';
    lacking.set(key, (lacking.get(key) ?? 0) + 1);
  }
  const [key = ''] = [...lacking].sort((a, b) => b[1] - a[1])[0] ?? [];
  const values = new Set(machines.flatMap(({ machine }) => machine.metadata[key] ?? []));
  const known = [...values].sort().slice(0, 5).join(', ');
  const nearest =
    known === '' ? `No machine has metadata ${key} at all.` : `Known values of ${key}: ${known}.`;
  return `No machine has metadata ${wanted.join(' and ')}. ${nearest}`;
}

function findRival(cluster: Cluster, unit: SchedulableUnit, load: MachineLoad): string | undefined {
  const own = unit.placement.conflicts.map(compileGlob);
  return [...load.units].sort().find((name) => {
    if (name === unit.name) return false;
    if (own.some((matches) => matches(name))) return true;
    const other = cluster.units.get(name);
    return other?.placement.conflicts.some((pattern) => compileGlob(pattern)(unit.name)) === true;
  });
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MiB`;
}
