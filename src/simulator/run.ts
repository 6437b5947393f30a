// A whole simulation in memory: a cluster is filled, and then lives through scenarios.

import type { ScenarioReport, SimulationReport } from './model.ts';
import { population } from './population.ts';
import { type Figures, type ScenarioName, scenarios } from './scenarios.ts';
import { Simulation } from './simulation.ts';
import { loadBetween } from './store-load.ts';

export interface RunOptions {
  readonly machines: number;
  readonly units: number;
  readonly seed: number;
  readonly ttlMs: number;
  readonly scenarios: readonly ScenarioName[];
  /** Told of each scenario when it is over. */
  readonly onReport?: (report: ScenarioReport) => void;
}

/** Runs it and says what was measured, and what went wrong. */
export async function runInMemory(options: RunOptions): Promise<SimulationReport> {
  const heapBefore = heapBytes();
  await using simulation = await Simulation.start(options);
  const reports: ScenarioReport[] = [];
  const report = async (scenario: string, work: () => Promise<Figures>) => {
    reports.push(await measure(simulation, scenario, work));
    options.onReport?.(reports.at(-1) ?? emptyReport(scenario));
  };
  await report('fill', () => fill(simulation, options.units));
  const heapKiBPerMachine = Math.round((heapBytes() - heapBefore) / 1024 / options.machines);
  for (const name of options.scenarios) await report(name, () => scenarios[name](simulation));
  return {
    machines: options.machines,
    units: options.units,
    store: 'memory',
    seed: options.seed,
    scenarios: reports,
    heapKiBPerMachine,
    violations: [...simulation.invariants.violations, ...simulation.complaints],
    trace: simulation.invariants.trace(),
  };
}

async function fill(simulation: Simulation, units: number): Promise<Figures> {
  const { clock, machines, wanted } = simulation;
  const beganMs = clock.now();
  await simulation.want(population(units, machines.size));
  const acceptedSeconds = (clock.now() - beganMs) / 1000;
  const isUp = () => simulation.invariants.running.size >= wanted.size;
  await clock.until(isUp, 600_000);
  const startedSeconds = (clock.now() - beganMs) / 1000;
  await simulation.settle();
  return { units, acceptedSeconds, startedSeconds };
}

async function measure(
  simulation: Simulation,
  scenario: string,
  work: () => Promise<Figures>,
): Promise<ScenarioReport> {
  const { clock, counts } = simulation;
  const before = { ...counts };
  const beganMs = clock.now();
  const cpu = process.cpuUsage();
  const figures = await work();
  const { user, system } = process.cpuUsage(cpu);
  const clusterSeconds = (clock.now() - beganMs) / 1000;
  return {
    scenario,
    clusterSeconds,
    cpuSeconds: (user + system) / 1e6,
    figures,
    load: loadBetween(before, counts, clusterSeconds),
  };
}

function emptyReport(scenario: string): ScenarioReport {
  const nothing = { requests: 0, transactions: 0, operations: 0, events: 0 };
  return { scenario, clusterSeconds: 0, cpuSeconds: 0, figures: {}, load: loadBetween(nothing, nothing, 0) };
}

function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
