// When a machine that is not there counts as lost. Moving the units of a machine that still runs them is
// the worst thing an engine can do, so absence must be seen, not assumed.

export interface AbsenceFacts {
  readonly nowMs: number;
  /** One lease of an agent. */
  readonly ttlMs: number;
  /** Since when the engine has seen every change; undefined while cut off from the store. */
  readonly continuousSinceMs: number | undefined;
  /** Machines that have units and are absent, each with when it was seen to go; undefined: before we looked. */
  readonly absent: ReadonlyMap<string, number | undefined>;
  /** When machines that were given up already had gone. */
  readonly lostAtMs: readonly number[];
  readonly presentCount: number;
}

export interface AbsenceVerdict {
  readonly lost: readonly string[];
  /** When to judge again; undefined when there is nothing to wait for. */
  readonly againAtMs?: number;
  /** Said in the log, when many went at once. */
  readonly held?: string;
}

/**
 * A machine seen to go during an unbroken watch is lost at once: its lease ran out, or it said goodbye.
 * After a start or a reconnect every machine has one lease to speak. And when more than half of three or
 * more go within one lease, the store or the network is the likelier cause: one lease more for them all.
 */
export function judgeAbsence(facts: AbsenceFacts): AbsenceVerdict {
  const { nowMs, ttlMs, continuousSinceMs, absent } = facts;
  if (absent.size === 0 || continuousSinceMs === undefined) return { lost: [] };
  const wentAt = [...absent.values()].map((at) => at ?? continuousSinceMs);
  const latest = Math.max(...wentAt);
  const gone = [...wentAt, ...facts.lostAtMs].filter((at) => at > latest - ttlMs).length;
  const total = gone + facts.presentCount;
  const mass = total >= 3 && gone > total / 2;
  const lost: string[] = [];
  let againAtMs: number | undefined;
  for (const [id, seenMs] of absent) {
    const dueMs = Math.max(
      seenMs === undefined || seenMs < continuousSinceMs ? continuousSinceMs + ttlMs : seenMs,
      mass ? latest + (seenMs === undefined ? 2 : 1) * ttlMs : 0,
    );
    if (dueMs <= nowMs) lost.push(id);
    else againAtMs = Math.min(againAtMs ?? dueMs, dueMs);
  }
  return {
    lost: lost.sort(),
    ...(againAtMs === undefined ? {} : { againAtMs }),
    ...(mass && againAtMs !== undefined
      ? {
          held: `${gone} of ${total} machines went within ${ttlMs / 1000} s: their units stay for another ${ttlMs / 1000} s.`,
        }
      : {}),
  };
}
