// Units that each need all the others: which units form a ring, and which of them goes first. Pure.

export interface RingMember {
  readonly name: string;
  /** Units that it must be with because MachineOf= says so. */
  readonly strict: readonly string[];
  /** Units that it must be with because its unit file needs them. */
  readonly bound: readonly string[];
}

export interface Rings {
  /** For each unit that is part of a ring, the one that is placed first and that the others follow. */
  readonly leaders: ReadonlyMap<string, string>;
  /** By their leaders, all units of the rings. */
  readonly rings: ReadonlyMap<string, readonly string[]>;
}

/**
 * Finds the rings among units and says who goes first in each. No unit of
 * a ring can wait for all it needs, as something in the ring always waits for it in turn. A unit with
 * MachineOf= inside its ring never leads it: a ring of nothing but MachineOf= has no leader.
 */
export function findRings(members: Iterable<RingMember>): Rings {
  const graph = new Map<string, RingMember>();
  for (const member of members) graph.set(member.name, member);
  const leaders = new Map<string, string>();
  const rings = new Map<string, readonly string[]>();
  for (const ring of strongComponents(graph)) {
    const inside = new Set(ring);
    const free = ring.filter((name) => !graph.get(name)?.strict.some((peer) => inside.has(peer)));
    const [leader] = free.sort();
    if (leader === undefined) continue;
    rings.set(leader, ring);
    for (const name of ring) leaders.set(name, leader);
  }
  return { leaders, rings };
}

/** Tarjan's strongly connected components of more than one unit, without recursion. */
function strongComponents(graph: ReadonlyMap<string, RingMember>): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const open: string[] = [];
  const isOpen = new Set<string>();
  const found: string[][] = [];
  const enter = (name: string) => {
    const { strict = [], bound = [] } = graph.get(name) ?? {};
    index.set(name, index.size);
    low.set(name, index.get(name) ?? 0);
    open.push(name);
    isOpen.add(name);
    return { name, peers: [...strict, ...bound].filter((peer) => graph.has(peer)), at: 0 };
  };
  const lower = (name: string, to: number) => low.set(name, Math.min(low.get(name) ?? 0, to));
  for (const start of graph.keys()) {
    if (index.has(start)) continue;
    const path = [enter(start)];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const peer = top.peers[top.at++];
      if (peer !== undefined) {
        if (!index.has(peer)) path.push(enter(peer));
        else if (isOpen.has(peer)) lower(top.name, index.get(peer) ?? 0);
        continue;
      }
      path.pop();
      const below = path.at(-1);
      if (below !== undefined) lower(below.name, low.get(top.name) ?? 0);
      if (low.get(top.name) !== index.get(top.name)) continue;
      const ring = open.splice(open.lastIndexOf(top.name));
      for (const name of ring) isOpen.delete(name);
      if (ring.length > 1) found.push(ring);
    }
  }
  return found;
}
