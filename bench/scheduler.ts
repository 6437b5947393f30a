// How long the engine's decision takes when one of 1,000 machines with 100,000 units is lost. JSON out.

import { Cluster } from '../src/fleet/scheduler/cluster.ts';
import { schedule } from '../src/fleet/scheduler/scheduler.ts';

const machineCount = 1_000;
const unitCount = 100_000;

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const cluster = new Cluster();
for (let i = 0; i < machineCount; i++) {
  const id = i.toString(16).padStart(32, '0');
  cluster.setMachine({ id, metadata: { zone: `z${i % 3}` }, open: true });
}
for (let i = 0; i < unitCount; i++) {
  const app = Math.floor(i / 50);
  cluster.setUnit({
    name: `app${app}@${i % 50}.service`,
    hash: String(app),
    desiredState: 'launched',
    placement: {
      machineOf: [],
      machineMetadata: new Map(app % 4 === 0 ? [['zone', [`z${app % 3}`]]] : []),
      conflicts: app % 2 === 0 ? [`app${app}@*.service`] : [],
      replaces: [],
      global: false,
    },
  });
}
let start = cpuMs();
const everything = { units: new Set(cluster.units.keys()), machines: new Set<string>(), lost: new Map() };
const placed = schedule(cluster, everything).length;
const placeAllMs = cpuMs() - start;

const losses: number[] = [];
let moved = 0;
for (const id of [...cluster.machines.keys()].slice(0, 20)) {
  start = cpuMs();
  const decisions = schedule(cluster, {
    units: new Set(),
    machines: new Set(),
    lost: new Map([[id, 'went away']]),
  });
  losses.push(cpuMs() - start);
  moved += decisions.filter(({ kind }) => kind === 'place').length;
}
losses.sort((a, b) => a - b);
process.stdout.write(
  `${JSON.stringify({
    machines: machineCount,
    units: unitCount,
    placed,
    placeAllCpuMs: Math.round(placeAllMs),
    loseOneCpuMs: { median: losses[10], worst: losses.at(-1) },
    movedPerLoss: moved / 20,
    heapMiB: Math.round(process.memoryUsage().heapUsed / 1048576),
  })}\n`,
);
