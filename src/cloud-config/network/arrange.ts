// How the interfaces of a configuration hang together: who carries whom, what has to be left out so that the
// rest is whole, and in which order networkd is to read them.
//
// INVARIANTS of what is returned
// - Ids and labels are unique; every parent and member is there; no device carries itself.
// - Nothing without a purpose: an interface that only carried what was left out stays as the machine has it.

import type { Field } from './field.ts';
import type { Interface } from './model.ts';

export interface Arranged {
  readonly interface: Interface;
  /** The devices on top of it, by name. */
  readonly children: readonly Interface[];
  /** How many devices are stacked on it. */
  readonly depth: number;
}

/** Arranges interfaces; what is wrong between them is said in the name of `data`. In the order of their labels. */
export function arrange(interfaces: readonly Interface[], data: Field): readonly Arranged[] {
  const refuse = (one: Interface, problem: string) => data.at(undefined, one.field).refuse(problem);
  const unique = withoutDuplicates(interfaces, refuse);
  const before = childrenOf(
    unique.map(({ id }) => id),
    unique,
  );
  let kept = withoutMissing(unique, refuse);
  kept = withoutCycles(kept, refuse);
  kept = withoutLost(kept, before, refuse);
  const children = childrenOf(
    kept.map(({ id }) => id),
    kept,
  );
  const depths = depthsOf(kept, children);
  return kept
    .toSorted((a, b) => (a.label < b.label ? -1 : 1))
    .map((one) => ({
      interface: one,
      children: (children.get(one.id) ?? []).toSorted((a, b) => (a.label < b.label ? -1 : 1)),
      depth: one.depth ?? depths.get(one.id) ?? 0,
    }));
}

type Refuse = (one: Interface, problem: string) => void;
type Children = ReadonlyMap<string, readonly Interface[]>;

/** What an interface lies on: its parent or its members. */
export function below({ device }: Interface): readonly string[] {
  if (device.kind === 'vlan') return [device.parent];
  return device.kind === 'physical' ? [] : device.members;
}

function childrenOf(ids: readonly string[], interfaces: readonly Interface[]): Children {
  const children = new Map<string, Interface[]>(ids.map((id) => [id, []]));
  for (const one of interfaces) for (const id of below(one)) children.get(id)?.push(one);
  return children;
}

function withoutDuplicates(interfaces: readonly Interface[], refuse: Refuse): Interface[] {
  const seen = new Set<string>();
  return interfaces.filter((one) => {
    const keys = [`id ${one.id}`, `label ${one.label}`];
    const again = keys.some((key) => seen.has(key));
    if (again) refuse(one, `there is another interface ${JSON.stringify(one.label)}; this one is left out`);
    else for (const key of keys) seen.add(key);
    return !again;
  });
}

/** Without VLANs whose parent is missing, and with those members only that are there and free. */
function withoutMissing(interfaces: readonly Interface[], refuse: Refuse): Interface[] {
  const masters = new Map<string, string>();
  let kept = [...interfaces];
  for (;;) {
    const ids = new Set(kept.map(({ id }) => id));
    const orphans = new Set(kept.filter(({ device }) => device.kind === 'vlan' && !ids.has(device.parent)));
    for (const one of orphans) {
      refuse(one, `${JSON.stringify(below(one)[0])}, on which it lies, is not there; it is left out`);
    }
    kept = kept.filter((one) => !orphans.has(one));
    if (orphans.size === 0) return kept.map((one) => withMembers(one, ids, masters, refuse));
  }
}

function withMembers(
  one: Interface,
  ids: ReadonlySet<string>,
  masters: Map<string, string>,
  refuse: Refuse,
): Interface {
  const { device } = one;
  if (!('members' in device)) return one;
  const members = [...new Set(device.members)].filter((member) => {
    const master = masters.get(member);
    if (!ids.has(member)) refuse(one, `its member ${JSON.stringify(member)} is not there`);
    else if (master !== undefined) refuse(one, `${JSON.stringify(member)} belongs to ${master} already`);
    else masters.set(member, one.label);
    return ids.has(member) && master === undefined;
  });
  return { ...one, device: { ...device, members } };
}

/** How many devices the kernel lets lie on each other. */
const mostLevels = 8;

function withoutCycles(interfaces: readonly Interface[], refuse: Refuse): Interface[] {
  const byId = new Map(interfaces.map((one) => [one.id, one]));
  const levels = new Map<string, number>();
  /** How many devices are below it; endless when it is below itself. */
  const levelOf = (one: Interface): number => {
    const known = levels.get(one.id);
    if (known !== undefined) return known;
    levels.set(one.id, Number.POSITIVE_INFINITY);
    const lower = below(one).flatMap((id) => byId.get(id) ?? []);
    const level = Math.max(-1, ...lower.map(levelOf)) + 1;
    levels.set(one.id, level);
    return level;
  };
  return interfaces.filter((one) => {
    const level = levelOf(one);
    if (level < mostLevels) return true;
    const endless = level === Number.POSITIVE_INFINITY;
    refuse(one, endless ? 'it lies on itself; it is left out' : `it lies on more than ${mostLevels} others`);
    return false;
  });
}

const isConfigured = (one: Interface): boolean =>
  one.addresses.length > 0 || one.routes.length > 0 || one.dhcp !== undefined;

/** Without interfaces that were to have addresses and got none, and without those that carried only them. */
function withoutLost(interfaces: readonly Interface[], before: Children, refuse: Refuse): Interface[] {
  let kept = [...interfaces];
  for (const one of kept.filter(({ lost }) => lost)) {
    refuse(one, `none of the addresses of ${one.label} can be used; it is left as it is`);
  }
  for (;;) {
    const children = childrenOf(
      kept.map(({ id }) => id),
      kept,
    );
    const idle = (one: Interface): boolean => {
      if ((children.get(one.id) ?? []).length > 0) return false;
      if (one.lost) return true;
      return (before.get(one.id) ?? []).length > 0 && !isConfigured(one) && one.device.kind !== 'bridge';
    };
    const rest = kept.filter((one) => !idle(one));
    if (rest.length === kept.length) return kept;
    kept = rest;
  }
}

function depthsOf(interfaces: readonly Interface[], children: Children): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  const depthOf = (one: Interface): number => {
    const known = depths.get(one.id);
    if (known !== undefined) return known;
    const depth = Math.max(-1, ...(children.get(one.id) ?? []).map(depthOf)) + 1;
    depths.set(one.id, depth);
    return depth;
  };
  for (const one of interfaces) depthOf(one);
  return depths;
}
