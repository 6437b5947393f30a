// What units say of themselves: each writes down its starts and its ends in a file of its machine. All
// machines have the host's clock since boot, so the lines of all of them make one story.

import { readFileSync } from 'node:fs';

/** Where the units of a machine write. */
export const probeLog = '/var/log/fleet-probe';

/** A unit was running on a machine, from its first instruction until after its last; in seconds since boot. */
export interface Run {
  readonly unit: string;
  readonly machine: string;
  readonly version: number;
  readonly from: number;
  /** Infinity: it runs still. */
  readonly to: number;
}

/** A time in which a machine could not hear that its units were given to others. */
export interface Deafness {
  readonly machine: string;
  readonly what: string;
  readonly from: number;
  readonly to: number;
}

export interface Twice {
  readonly unit: string;
  readonly first: Run;
  readonly second: Run;
  /** In seconds. */
  readonly overlap: number;
}

/** Seconds since the host was booted, as the probes read them. */
export function uptime(): number {
  return Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
}

/** The commands of a unit that writes its log; `%n` is systemd's. */
export function probing(version: number, main: string): string {
  const line = (what: string) =>
    `read up idle </proc/uptime; echo "$$up ${what} %n ${version}" >>${probeLog}`;
  return `ExecStart=/bin/sh -c '${line('start')}; ${main}'\nExecStopPost=/bin/sh -c '${line('stop')}'\n`;
}

/**
 * The runs that a machine's log tells of. `offs`: when its plug was pulled, which ends what ran without a
 * line.
 */
export function readRuns(machine: string, log: string, offs: readonly number[]): Run[] {
  const open = new Map<string, { from: number; version: number }>();
  const runs: Run[] = [];
  const end = (unit: string, to: number) => {
    const began = open.get(unit);
    if (began !== undefined) runs.push({ unit, machine, ...began, to });
    open.delete(unit);
  };
  const rows = log.split('\n').flatMap((text) => {
    const [at, what, unit, version] = text.split(' ');
    return at === undefined || unit === undefined ? [] : [{ at: Number(at), what, unit, version }];
  });
  const pulled = offs.map((at) => ({ at, what: 'off', unit: '', version: '' }));
  for (const { at, what, unit, version } of [...rows, ...pulled].sort((a, b) => a.at - b.at)) {
    if (what === 'off') for (const name of [...open.keys()]) end(name, at);
    else {
      end(unit, at);
      if (what === 'start') open.set(unit, { from: at, version: Number(version) });
    }
  }
  for (const unit of [...open.keys()]) end(unit, Number.POSITIVE_INFINITY);
  return runs;
}

/**
 * Pairs of runs of one unit on two machines at the same time. One that a machine had while it was deaf, or
 * until `graceSeconds` after that, is what is documented and is left out.
 */
export function runsTwice(runs: readonly Run[], deaf: readonly Deafness[], graceSeconds: number): Twice[] {
  const found: Twice[] = [];
  const byUnit = Map.groupBy(runs, ({ unit }) => unit);
  for (const [unit, all] of byUnit) {
    const sorted = all.toSorted((a, b) => a.from - b.from);
    for (const [index, first] of sorted.entries()) {
      for (const second of sorted.slice(index + 1)) {
        if (second.machine === first.machine) continue;
        const to = Math.min(first.to, second.to);
        // The clock of the probes has steps of a hundredth.
        if (to - second.from <= 0.02) continue;
        const excused = deaf.some(
          ({ machine, from, to: until }) =>
            (machine === first.machine || machine === second.machine) &&
            from < second.from &&
            to < until + graceSeconds,
        );
        if (!excused) found.push({ unit, first, second, overlap: to - second.from });
      }
    }
  }
  return found;
}
