// fleetctl top: what the units of the cluster use of their machines, as systemd counts it by control groups.

import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError } from '../../host/index.ts';
import { programLines, remoteLines } from '../../ssh/index.ts';
import type { Machine, UnitStatus } from '../model.ts';
import { type Context, machinesByID, usage as wrong } from './context.ts';
import { findMachine, localMachineID, machineHost } from './remote.ts';
import { type Sample, sampleReader, samplingScript, type Usage, usageBetween } from './top-sample.ts';
import { openScreen } from './top-screen.ts';
import { type SortKey, sortKeys, sortUsage, usageSummary, usageTable } from './top-table.ts';
import { unitAddress } from './unit-address.ts';
import { showMachine } from './waiting.ts';

/** Machines that do not answer are waited for so long before what the others say is shown. */
const patienceMs = 15_000;
const retryMs = 5000;

export async function run(context: Context): Promise<number> {
  const { flags, output, signal } = context;
  const sort = sortKeys.find((key) => key === (flags.text('sort') ?? 'cpu'));
  if (sort === undefined) throw wrong(`--sort takes one of ${sortKeys.join(', ')}.`);
  const intervalS = flags.number('interval') ?? 2;
  if (intervalS < 0.2 || intervalS > 3600) throw wrong('--interval must be from 0.2 to 3600 seconds.');
  const times = flags.bool('once') ? 1 : (flags.number('iterations') ?? 0);
  const interactive = process.stdout.isTTY === true && process.stdin.isTTY === true;
  const screen = interactive && times === 0 && !flags.bool('json');
  using cluster = new ClusterUsage(context, intervalS);
  await cluster.start();
  const json = flags.bool('json');
  if (screen) return await openScreen(context, intervalS, sort, (key) => drawn(cluster, key));
  for (let shown = 0; times === 0 || shown < times; shown++) {
    await cluster.next();
    signal.throwIfAborted();
    const usage = sortUsage(cluster.usage(), sort);
    const { problems } = cluster;
    if (json)
      output.out(
        `${JSON.stringify({ time: new Date().toISOString(), units: usage, problems: [...problems.values()] })}\n`,
      );
    else output.out(`${usageTable(usage, cluster.place).join('\n')}\n${times === 1 ? '' : '\n'}`);
    if (shown === 0 && !json) for (const problem of problems.values()) output.err(problem);
  }
  return cluster.problems.size > 0 ? 1 : 0;
}

function drawn(
  cluster: ClusterUsage,
  key: SortKey,
): { head: string[]; table: string[]; next: Promise<void> } {
  const usage = sortUsage(cluster.usage(), key);
  return {
    head: [usageSummary(usage, cluster.asked()), ...cluster.problems.values()],
    table: usageTable(usage, cluster.place),
    next: cluster.next(),
  };
}

/** One script on each machine that has units, for as long as it has the same ones. */
class ClusterUsage implements Disposable {
  /** Why a machine says nothing, by machine. */
  readonly problems = new Map<string, string>();
  readonly #context: Context;
  readonly #ended = new AbortController();
  readonly #signal: AbortSignal;
  readonly #intervalS: number;
  readonly #units = new Map<string, UnitStatus>();
  #machines = new Map<string, Machine>();
  readonly #scripts = new Map<string, { readonly names: string; readonly stop: AbortController }>();
  readonly #usage = new Map<string, readonly Usage[]>();
  #changed = Promise.withResolvers<void>();
  readonly #failure = Promise.withResolvers<never>();

  constructor(context: Context, intervalS: number) {
    this.#context = context;
    this.#signal = AbortSignal.any([context.signal, this.#ended.signal]);
    this.#intervalS = intervalS;
    this.#failure.promise.catch(() => {});
  }

  readonly place = (id: string): string => showMachine(id, this.#machines);

  async start(): Promise<void> {
    const addresses = this.#context.operands.map(unitAddress);
    const client = await this.#context.client();
    const names = addresses.length === 0 ? undefined : addresses.map(({ name }) => name);
    const [{ units }, machines] = await Promise.all([client.units(names), machinesByID(client)]);
    this.#machines = machines;
    const missing = names?.find((name) => !units.has(name));
    if (missing !== undefined) throw wrong(`Unit ${missing} does not exist.`);
    const only = this.#context.flags.text('machine');
    const everywhere = only === undefined ? undefined : findMachine(only, machines);
    const chosen = new Map(
      addresses.map(({ name, machine }) => [
        name,
        machine === undefined ? undefined : findMachine(machine, machines),
      ]),
    );
    this.#wants = (name, id) => {
      const machine = chosen.get(name) ?? everywhere;
      return machine === undefined || machine === id;
    };
    for (const unit of units.values()) this.#units.set(unit.name, unit);
    this.#arrange();
    this.#watch(names).catch(this.#failure.reject);
  }

  /** Every machine has said something, or cannot; then whenever one says something new. */
  async next(): Promise<void> {
    const signal = this.#signal;
    const end = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => end.resolve(), { once: true });
    const timer = setTimeout(() => end.resolve(), patienceMs + this.#intervalS * 1000);
    const due = performance.now() + this.#intervalS * 1000;
    try {
      let over = false;
      end.promise.then(() => {
        over = true;
      });
      while (!over && !this.#complete()) {
        await Promise.race([this.#changed.promise, end.promise, this.#failure.promise]);
      }
      const left = due - performance.now();
      if (this.#shown && left > 0) await sleep(left, undefined, { signal }).catch(() => {});
      this.#shown = true;
    } finally {
      clearTimeout(timer);
    }
  }

  [Symbol.dispose](): void {
    this.#ended.abort();
  }

  usage(): Usage[] {
    return [...this.#usage.values()].flat();
  }

  /** How many machines are asked. */
  asked(): number {
    return this.#scripts.size;
  }

  #wants: (name: string, machine: string) => boolean = () => true;
  #shown = false;

  #complete(): boolean {
    return [...this.#scripts.keys()].every((id) => this.#usage.has(id) || this.problems.has(id));
  }

  #told(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Starts a script where the units have changed, and stops it where there are none any more. */
  #arrange(): void {
    const wanted = new Map<string, string[]>();
    for (const { name, states } of this.#units.values()) {
      for (const { machineID } of states)
        if (this.#wants(name, machineID)) wanted.set(machineID, [...(wanted.get(machineID) ?? []), name]);
    }
    for (const [id, { stop }] of this.#scripts) {
      if (wanted.has(id)) continue;
      stop.abort();
      this.#scripts.delete(id);
      this.#usage.delete(id);
      this.problems.delete(id);
    }
    for (const [id, units] of wanted) {
      const names = units.sort().join(' ');
      const running = this.#scripts.get(id);
      if (running?.names === names) continue;
      running?.stop.abort();
      const stop = new AbortController();
      this.#scripts.set(id, { names, stop });
      this.#sample(id, units, AbortSignal.any([stop.signal, this.#signal])).catch(this.#failure.reject);
    }
    this.#told();
  }

  async #sample(id: string, units: readonly string[], signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        let before: Sample | undefined;
        const read = sampleReader();
        for await (const line of await this.#lines(id, samplingScript(units, this.#intervalS), signal)) {
          const sample = read(line);
          if (sample === undefined || signal.aborted) continue;
          // The first look has no rates: the second is shown.
          if (before !== undefined) {
            this.#usage.set(id, usageBetween(id, before, sample));
            this.problems.delete(id);
            this.#told();
          }
          before = sample;
        }
        if (signal.aborted) return;
        this.#lost(id, 'its connection ended.');
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof CodedError)) throw error;
        this.#lost(id, error.message);
      }
      await sleep(retryMs, undefined, { signal }).catch(() => {});
    }
  }

  async #lines(id: string, script: string, signal: AbortSignal): Promise<AsyncIterable<string>> {
    if (id === (await localMachineID())) return programLines('sh', ['-c', script], signal);
    const host = machineHost(this.#context, id, this.#machines);
    return remoteLines(host, script, await this.#context.ssh(), signal);
  }

  #lost(id: string, why: string): void {
    this.problems.set(id, `${this.place(id)}: ${why}`);
    this.#usage.delete(id);
    this.#told();
  }

  /** Follows units to the machines that they go to. */
  async #watch(names: readonly string[] | undefined): Promise<void> {
    const signal = this.#signal;
    const client = await this.#context.client();
    while (!signal.aborted) {
      try {
        for await (const event of client.events(names, signal)) {
          if (event.type === 'unit') this.#units.set(event.unit.name, event.unit);
          else if (event.type === 'unit-removed') this.#units.delete(event.name);
          else if (event.type === 'machine') this.#machines.set(event.machine.id, event.machine);
          else if (event.type !== 'synced') continue;
          this.#arrange();
        }
      } catch (error) {
        if (!signal.aborted && !(error instanceof CodedError)) throw error;
      }
      await sleep(retryMs, undefined, { signal }).catch(() => {});
    }
  }
}
