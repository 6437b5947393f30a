// Simulated machines on a real etcd, in real time: what a cluster of that size asks of etcd, and how long it
// takes. Each machine has its own connections, as it would have.

import { applyRequests, fleetKeys, readCluster, removeUnits } from '../fleet/index.ts';
import { pause, systemClock } from '../host/index.ts';
import { openStore, prefixRange, type Store } from '../store/index.ts';
import { countingStore } from './counting-store.ts';
import { Invariants } from './invariants.ts';
import { SimulatedMachine } from './machine.ts';
import type { ScenarioReport, SimulationReport, WantedUnit } from './model.ts';
import { population, requestFor } from './population.ts';
import { Random } from './random.ts';
import { loadBetween, noCounts } from './store-load.ts';

export interface EtcdRunOptions {
  readonly machines: number;
  readonly units: number;
  readonly seed: number;
  readonly ttlMs: number;
  readonly endpoints: readonly string[];
  readonly restSeconds: number;
  /** CPU seconds that the members of etcd have used so far, where somebody can tell. */
  readonly etcdCpuSeconds?: () => Promise<number>;
  readonly onReport?: (report: ScenarioReport) => void;
}

const patienceMs = 900_000;
const lookMs = 100;
const bootsAtOnce = 20;

/** Boots, fills, rests, loses a machine and empties; everything it wrote is gone afterwards. */
export async function runOnEtcd(options: EtcdRunOptions): Promise<SimulationReport> {
  const { endpoints, seed, ttlMs } = options;
  const random = new Random(seed);
  const prefix = `/simulated-${random.between(0, 1e9)}`;
  const keys = fleetKeys(prefix);
  const counts = noCounts();
  const wanted = new Map<string, WantedUnit>();
  const disturbed = new Set<string>();
  const open = () => openStore({ kind: 'etcd', endpoints, deadlineMs: 60_000 });
  await using user = await open();
  const invariants = new Invariants({
    now: () => Math.round(performance.now()),
    unit: (name) => wanted.get(name),
    isDisturbed: (machine) => disturbed.has(machine),
    isTouched: (unit) => !wanted.has(unit),
  });
  const complaints: string[] = [];
  const machines: SimulatedMachine[] = [];
  const stores: Store[] = [];
  const reports: ScenarioReport[] = [];
  const heapBefore = heapBytes();
  for (let index = 0; index < options.machines; index++) {
    const store = countingStore(await open(), counts);
    stores.push(store);
    const id = (index + 1).toString(16).padStart(8, '0').padEnd(32, '0');
    const complain = (_fields: object, message: string) => complaints.push(`${id.slice(0, 8)}: ${message}`);
    machines.push(
      new SimulatedMachine({
        id,
        metadata: { rack: `r${index % 10}` },
        keys,
        ttlMs,
        clock: systemClock,
        random: random.fork(),
        observe: (unit, active) => invariants.observe(id, unit, active),
        log: { debug: () => {}, info: () => {}, warn: () => {}, error: complain },
        connect: () => ({ store, clock: systemClock, end: () => void store[Symbol.asyncDispose]() }),
      }),
    );
  }
  const until = async (holds: () => boolean | Promise<boolean>, what: string) => {
    const end = performance.now() + patienceMs;
    while (!(await holds())) {
      if (performance.now() > end) {
        invariants.violate(`Not within ${patienceMs / 1000} s: ${what}.`);
        return;
      }
      await pause(systemClock, lookMs);
    }
  };
  const report = async (scenario: string, work: () => Promise<Record<string, number>>) => {
    const before = { ...counts };
    const beganMs = performance.now();
    const cpu = process.cpuUsage();
    const etcd = await options.etcdCpuSeconds?.();
    const figures = await work();
    const clusterSeconds = (performance.now() - beganMs) / 1000;
    const etcdCpuSeconds = ((await options.etcdCpuSeconds?.()) ?? 0) - (etcd ?? 0);
    const { user: mine, system } = process.cpuUsage(cpu);
    const one = {
      scenario,
      clusterSeconds,
      cpuSeconds: (mine + system) / 1e6,
      figures:
        etcd === undefined
          ? figures
          : { ...figures, etcdCpuSeconds, etcdCores: etcdCpuSeconds / clusterSeconds },
      load: loadBetween(before, counts, clusterSeconds),
    };
    reports.push(one);
    options.onReport?.(one);
  };
  const present = async () => (await user.range(keys.ranges.presence)).keyValues.length;
  try {
    await report('boot', async () => {
      for (const [index, machine] of machines.entries()) {
        machine.start();
        // Machines of one room do not boot in the same moment.
        if (index % bootsAtOnce === bootsAtOnce - 1)
          await until(async () => (await present()) > index, `${index} machines are present`);
      }
      // Also the leader.
      await until(async () => (await present()) === machines.length + 1, 'all machines are present');
      return { machines: machines.length };
    });
    await report('settle', () => rest(Math.min(5, options.restSeconds)));
    await report('fill', async () => {
      const beganMs = performance.now();
      const units = population(options.units, machines.length);
      for (const unit of units) wanted.set(unit.name, unit);
      await applyRequests(user, keys, units.map(requestFor));
      const acceptedSeconds = (performance.now() - beganMs) / 1000;
      await until(() => invariants.running.size === units.length, 'all units run');
      const startedSeconds = (performance.now() - beganMs) / 1000;
      await until(async () => isTold((await readCluster(user, keys)).view, units), 'all units are told of');
      return { acceptedSeconds, startedSeconds, toldSeconds: (performance.now() - beganMs) / 1000 };
    });
    await report('settle', () => rest(Math.min(5, options.restSeconds)));
    const heapKiBPerMachine = Math.round((heapBytes() - heapBefore) / 1024 / machines.length);
    await report('rest', async () => {
      const before = counts.operations;
      await rest(options.restSeconds);
      return { writes: counts.operations - before };
    });
    await report('lose-machine', async () => {
      const lost = machines.at(-1);
      const units = [...(lost?.running ?? [])];
      const beganMs = performance.now();
      if (lost !== undefined) disturbed.add(lost.id);
      lost?.powerOff();
      await until(() => units.every((unit) => invariants.running.has(unit)), 'its units run elsewhere');
      return { movedUnits: units.length, failOverSeconds: (performance.now() - beganMs) / 1000 };
    });
    await report('destroy', async () => {
      const names = [...wanted.keys()];
      wanted.clear();
      await removeUnits(user, keys, names);
      await until(() => invariants.running.size === 0, 'nothing runs any more');
      return { units: names.length };
    });
    return {
      machines: options.machines,
      units: options.units,
      store: 'etcd',
      seed,
      scenarios: reports,
      heapKiBPerMachine,
      violations: [...invariants.violations, ...complaints],
      trace: invariants.trace(),
    };
  } finally {
    for (const machine of machines) machine.kill();
    for (const store of stores) await store[Symbol.asyncDispose]();
    await user.transact([], [{ kind: 'delete-range', range: prefixRange(`${prefix}/`) }]);
  }
}

async function rest(seconds: number): Promise<Record<string, number>> {
  await pause(systemClock, seconds * 1000);
  return {};
}

function isTold(
  view: {
    readonly states: ReadonlyMap<string, ReadonlyMap<string, { readonly systemdActiveState: string }>>;
  },
  units: readonly WantedUnit[],
): boolean {
  return units.every(({ name }) =>
    [...(view.states.get(name)?.values() ?? [])].some((state) => state.systemdActiveState === 'active'),
  );
}

function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
