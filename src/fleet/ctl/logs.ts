// fleetctl logs: the journals of units from all machines, in one, by time.

import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError, monotonicMs } from '../../host/index.ts';
import type { Machine, UnitStatus } from '../model.ts';
import { type Context, machinesByID, usage } from './context.ts';
import { formatLine, type LogLine } from './logs-format.ts';
import { LiveMerge, mergeEnded } from './logs-merge.ts';
import { logQuery } from './logs-query.ts';
import { followJournal, type LogSource, readPart, readPast } from './logs-source.ts';
import { findMachine } from './remote.ts';
import { unitAddress } from './unit-address.ts';
import { showMachine } from './waiting.ts';

/** Lines may come this much later from one machine than from another and still be told in order. */
const holdMs = 400;
/** How long the past of slow machines is waited for before what comes is told. */
const patienceMs = 5000;
const reopenMs = 1000;

export async function run(context: Context): Promise<number> {
  const { flags, output } = context;
  const query = logQuery(flags);
  const addresses = context.operands.map(unitAddress);
  if (addresses.length === 0) throw usage('Name the units whose journals you want.');
  const names = [...new Set(addresses.map(({ name }) => name))];
  const client = await context.client();
  const [{ units }, machines] = await Promise.all([client.units(names), machinesByID(client)]);
  const missing = names.filter((name) => !units.has(name));
  for (const name of missing) output.err(`Unit ${name} does not exist.`);
  if (missing.length > 0) return 1;
  const everywhere = flags.text('machine');
  /** The units asked for of each machine. One that was on a machine has left its journal there. */
  const wanted = new Map<string, Set<string>>();
  for (const { name, machine = everywhere } of addresses) {
    const ids = machine === undefined ? machines.keys() : [findMachine(machine, machines)];
    for (const id of ids) wanted.set(id, (wanted.get(id) ?? new Set()).add(name));
  }
  const sources = [...wanted].map(([machineID, of]) => ({ machineID, units: [...of], query, machines }));
  const absent = absentMachines(units, machines);
  for (const [id, of] of absent) {
    output.err(`Machine ${id} has ${of.join(', ')} and is not in the cluster now: its journal is missing.`);
  }
  const colours = process.stdout.isTTY === true && (process.env.NO_COLOR ?? '') === '';
  const tell = (lines: readonly LogLine[]) => {
    if (lines.length > 0) output.out(lines.map((line) => formatLine(line, query.format, colours)).join(''));
  };
  if (query.follow) {
    const chosen = addresses.some(({ machine = everywhere }) => machine !== undefined);
    return follow(context, sources, { names, units, machines, tell, moves: !chosen });
  }
  const failed = await past(context, sources, tell);
  if (failed.size > 0 && failed.size === sources.length) return 255;
  return failed.size + absent.size > 0 ? 1 : 0;
}

/** Machines that should have units and are not there, with those units. */
function absentMachines(
  units: ReadonlyMap<string, UnitStatus>,
  machines: ReadonlyMap<string, Machine>,
): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { name, assignments } of units.values()) {
    for (const { machineID } of assignments)
      if (!machines.has(machineID)) found.set(machineID, [...(found.get(machineID) ?? []), name]);
  }
  return found;
}

/** Tells what is there; returns the machines that could not be asked, each named on standard error. */
async function past(
  context: Context,
  sources: readonly LogSource[],
  tell: (lines: readonly LogLine[]) => void,
): Promise<Set<string>> {
  const failed = new Set<string>();
  const lost = (source: LogSource, error: unknown) => {
    if (context.signal.aborted || !isSaid(error)) throw error;
    failed.add(source.machineID);
    context.output.err(`${showMachine(source.machineID, source.machines)}: ${error.message}`);
  };
  const { lines } = sources[0]?.query ?? {};
  const journals = sources.map(async function* (source): AsyncGenerator<LogLine, void> {
    try {
      if (lines === undefined) yield* readPart(context, source, { kind: 'past', lines });
      else if (lines > 0) yield* await readPast(context, source, lines);
    } catch (error) {
      lost(source, error);
    }
  });
  let newest: LogLine[] = [];
  for await (const line of mergeEnded(journals)) {
    if (lines === undefined) tell([line]);
    else newest.push(line);
    if (lines !== undefined && newest.length > 2 * lines) newest = newest.slice(-lines);
  }
  if (lines !== undefined && lines > 0) tell(newest.slice(-lines));
  context.signal.throwIfAborted();
  return failed;
}

interface Following {
  readonly names: readonly string[];
  readonly units: ReadonlyMap<string, UnitStatus>;
  readonly machines: Map<string, Machine>;
  readonly tell: (lines: readonly LogLine[]) => void;
  /** Whether the units are followed to other machines. */
  readonly moves: boolean;
}

/** Tells what comes, until the user ends it. */
async function follow(
  context: Context,
  sources: readonly LogSource[],
  { names, machines, tell, moves }: Following,
): Promise<number> {
  const { signal, output } = context;
  const now = monotonicMs;
  const query = sources[0]?.query ?? logQuery(context.flags);
  const lines = query.lines ?? Number.POSITIVE_INFINITY;
  const merge = new LiveMerge<LogLine>({ holdMs, patienceMs, lines }, now());
  const followed = new Map<string, Promise<void>>();
  const failure = Promise.withResolvers<never>();
  let wake = Promise.withResolvers<void>();
  const notify = () => wake.resolve();

  const start = (source: LogSource) => {
    const { machineID } = source;
    if (followed.has(machineID)) return;
    const name = () => showMachine(machineID, machines);
    let lost = false;
    merge.begin(machineID);
    const calls = {
      onLine: (line: LogLine) => {
        merge.add(machineID, line, now());
        notify();
      },
      onCaughtUp: () => {
        merge.caughtUp(machineID);
        notify();
      },
      onLost: (why: string) => {
        if (!lost) output.err(`${name()}: ${why} Trying again.`);
        lost = true;
        merge.gone(machineID);
        notify();
      },
      onFound: () => {
        if (lost) output.err(`${name()}: the journal goes on.`);
        lost = false;
      },
    };
    const following = followJournal(context, source, calls, signal);
    following.catch(failure.reject);
    followed.set(machineID, following);
  };
  for (const source of sources) start(source);

  const watch = async () => {
    const client = await context.client();
    while (!signal.aborted) {
      try {
        for await (const event of client.events(names, signal)) {
          if (event.type === 'machine') machines.set(event.machine.id, event.machine);
          // Not every server tells of machines as well.
          const stranger =
            event.type === 'unit' && event.unit.assignments.some(({ machineID }) => !followed.has(machineID));
          if (stranger) for (const machine of await client.machines()) machines.set(machine.id, machine);
          if (event.type !== 'machine' && !stranger) continue;
          for (const machineID of machines.keys()) start({ machineID, units: names, query, machines });
        }
      } catch (error) {
        if (!signal.aborted && !isSaid(error)) throw error;
      }
      await sleep(reopenMs, undefined, { signal }).catch(() => {});
    }
  };
  if (moves) watch().catch(failure.reject);

  while (!signal.aborted) {
    tell(merge.take(now()));
    const inMs = merge.nextInMs(now());
    const timer = inMs === undefined ? undefined : setTimeout(notify, inMs);
    const aborted = () => notify();
    signal.addEventListener('abort', aborted, { once: true });
    await Promise.race([wake.promise, failure.promise]);
    signal.removeEventListener('abort', aborted);
    clearTimeout(timer);
    wake = Promise.withResolvers<void>();
  }
  tell(merge.take(Number.POSITIVE_INFINITY));
  await Promise.allSettled(followed.values());
  return 130;
}

/** Whether it is a failure that has a sentence, and concerns only the machine that was asked. */
function isSaid(error: unknown): error is CodedError {
  return error instanceof CodedError;
}
