// Follows the stream of events until units are where a command wanted them, and says so one by one.

import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs, CodedError } from '../../host/index.ts';
import type { FleetEvent, Machine, UnitStatus } from '../model.ts';
import type { FleetClient } from './client.ts';
import { type Context, machinesByID } from './context.ts';
import type { FlagValues } from './flags.ts';
import type { UnitResults } from './unit-results.ts';
import { judge, showMachine, type Verdict, type Wanted, whoIsAway } from './waiting.ts';

/** How long to wait, in milliseconds: in all, or since the last unit got there. Neither: for ever. */
export interface WaitLimit {
  readonly totalMs?: number;
  readonly idleMs?: number;
}

/** An attempt of --block-attempts is as long as fleet's. */
const attemptMs = 2_000;
const idleInScriptsMs = 90_000;
/** Reasons for waiting are told after so long: most units are placed well before. */
const patienceMs = 1_000;
/** Reasons that come together are told together. */
const reasonsMs = 50;

/** From --timeout and --block-attempts. Nobody can interrupt a script: there, the wait ends by itself. */
export function waitLimit(flags: FlagValues, interactive: boolean): WaitLimit {
  const seconds = flags.number('timeout');
  if (seconds !== undefined) return seconds === 0 ? {} : { totalMs: seconds * 1000 };
  const attempts = flags.number('block-attempts');
  if (attempts !== undefined) return attempts === 0 ? {} : { totalMs: attempts * attemptMs };
  return interactive ? {} : { idleMs: idleInScriptsMs };
}

export interface WaitCalls {
  /** "started", "stopped": for messages. */
  readonly verb: string;
  /** Where failures are noted. */
  readonly results: Pick<UnitResults, 'note'>;
  /** A unit is where it was wanted; `place` names its machine when that is known. */
  readonly onReached: (name: string, place: string, machineID: string | undefined) => void;
}

/** A unit that did not get where it was wanted. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly timedOut: boolean;
}

/** The units that did not get there; each has been told about on standard error. */
export async function waitFor(
  context: Context,
  client: FleetClient,
  wanted: readonly Wanted[],
  limit: WaitLimit,
  calls: WaitCalls,
): Promise<readonly Failure[]> {
  if (wanted.length === 0) return [];
  const { output } = context;
  const pending = new Map(wanted.map((one) => [one.name, one]));
  const statuses = new Map<string, UnitStatus>();
  const machines: Map<string, Machine> = await machinesByID(client).catch(() => new Map());
  const failed: Failure[] = [];
  const fail = (name: string, message: string, machineID?: string, timedOut = false) => {
    failed.push({ name, message, timedOut });
    const machine = machineID === undefined ? {} : { machineID };
    calls.results.note({ name, outcome: timedOut ? 'timed-out' : 'failed', ...machine, message });
  };
  const told = new Set<string>();
  let synced = false;
  const expired = new AbortController();
  const signal = AbortSignal.any([context.signal, expired.signal]);
  const timer = setTimeout(() => expired.abort(), limit.totalMs ?? limit.idleMs ?? 2 ** 31 - 1);
  const place = (id: string | undefined) => (id === undefined ? '' : showMachine(id, machines));
  const showProgress = () => {
    if (wanted.length > 1)
      output.progress(`${wanted.length - pending.size} of ${wanted.length} units ${calls.verb} …`);
  };

  const settle = (one: Wanted, verdict: Verdict) => {
    const { name } = one;
    if (verdict.kind === 'pending') return;
    pending.delete(name);
    if (limit.idleMs !== undefined) timer.refresh();
    if (verdict.kind === 'reached') {
      calls.onReached(name, place(verdict.machineID), verdict.machineID);
      return;
    }
    fail(name, verdict.reason, verdict.machineID);
    output.err(`Unit ${name} failed on ${place(verdict.machineID)}: ${verdict.reason}`);
    const unit = one.machineID === undefined ? name : `${name}@${verdict.machineID.slice(0, 8)}`;
    output.err(`See "fleetctl status ${unit}" and "fleetctl journal ${unit}".`);
  };
  const consider = (name: string) => {
    const one = pending.get(name);
    if (one !== undefined) settle(one, judge(one, statuses.get(name)));
  };
  const whyPending = (one: Wanted): string => {
    const status = statuses.get(one.name);
    const verdict = judge(one, status);
    if (verdict.kind !== 'pending') return '';
    return verdict.waiting ?? verdict.problem ?? whoIsAway(status, machines) ?? '';
  };
  let reasonsTimer: NodeJS.Timeout | undefined;
  const tellReasons = () => {
    reasonsTimer = undefined;
    const reasons = Map.groupBy(
      [...pending.values()].filter(({ name }) => !told.has(name)),
      whyPending,
    );
    for (const [reason, units] of reasons) {
      if (reason === '') continue;
      for (const { name } of units) told.add(name);
      output.err(
        `${nameUnits(units.map(({ name }) => name))} ${units.length === 1 ? 'waits' : 'wait'}: ${reason}`,
      );
    }
  };
  let patience = false;
  const patienceTimer = setTimeout(() => {
    patience = true;
    tellReasons();
  }, patienceMs);

  /** Up to where everything has been told: a stream that breaks is taken up from there. */
  let since: number | undefined;
  const handle = (event: FleetEvent): void => {
    if (event.type === 'unit') {
      statuses.set(event.unit.name, event.unit);
      consider(event.unit.name);
    } else if (event.type === 'unit-removed') {
      statuses.delete(event.name);
      if (pending.get(event.name)?.goal === 'gone') consider(event.name);
      else if (synced && pending.delete(event.name)) {
        fail(event.name, 'It was destroyed meanwhile.');
        output.err(`Unit ${event.name} was destroyed meanwhile.`);
      }
    } else if (event.type === 'machine') {
      machines.set(event.machine.id, event.machine);
    } else if (event.type === 'machine-removed') {
      machines.delete(event.id);
    } else if (event.type === 'reset') {
      statuses.clear();
      synced = false;
    } else if (event.type === 'synced') {
      synced = true;
      for (const name of [...pending.keys()]) consider(name);
    }
    if ((event.type === 'synced' || event.type === 'bookmark' || event.type === 'ping') && event.revision > 0)
      since = event.revision;
    if (patience) reasonsTimer ??= setTimeout(tellReasons, reasonsMs);
    showProgress();
  };

  try {
    showProgress();
    for (let attempt = 0; pending.size > 0; attempt++) {
      if (since === undefined) statuses.clear();
      synced &&= since !== undefined;
      try {
        for await (const event of client.events([...pending.keys()], signal, since)) {
          attempt = 0;
          handle(event);
          if (pending.size === 0) break;
        }
      } catch (error) {
        signal.throwIfAborted();
        if (!isPassing(error)) throw error;
        if (attempt === 0) output.err(`${error.message} Trying again; what was asked for goes on meanwhile.`);
      }
      if (pending.size > 0)
        await sleep(backoffMs(attempt, { firstMs: 100, maxMs: 2_000 }), undefined, { signal });
    }
  } catch (error) {
    if (!expired.signal.aborted) throw error;
    for (const one of pending.values()) {
      const reason = whyPending(one);
      const state = one.goal === 'gone' ? 'that it is gone' : `state ${one.goal}`;
      const text = `timed out waiting for unit ${one.name} to report ${state}`;
      const message = `${text}${reason === '' ? '' : `: ${reason}`}`;
      output.err(`Error waiting for units: ${message}`);
      fail(one.name, message, undefined, true);
    }
  } finally {
    clearTimeout(timer);
    clearTimeout(patienceTimer);
    clearTimeout(reasonsTimer);
    output.progress('');
  }
  return failed;
}

/** A daemon that is away, or is there and has not found its place in the cluster again. */
export function isPassing(error: unknown): error is CodedError {
  return error instanceof CodedError && (error.code.startsWith('http.') || error.http === 503);
}

/** "Unit a.service", "Units a.service and b.service", "300 units (a.service, b.service, …)". */
export function nameUnits(names: readonly string[]): string {
  if (names.length === 1) return `Unit ${names[0]}`;
  if (names.length <= 3) return `Units ${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return `${names.length} units (${names.slice(0, 2).join(', ')}, …)`;
}
