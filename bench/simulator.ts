// Simulated clusters: in memory on a virtual clock, and 1,000 agents with 10,000 units on a real etcd of three
// members, whose CPU is measured.
//   node --expose-gc bench/simulator.ts [--machines 1000] [--units 10000] [--rest 30] [--store memory|etcd|both]
// JSON on stdout, progress on stderr.

import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { runInMemory, runOnEtcd, type ScenarioReport } from '../src/simulator/index.ts';
import { startEtcd } from '../test/store/etcd-process.ts';

const { values } = parseArgs({
  options: {
    machines: { type: 'string', default: '1000' },
    units: { type: 'string', default: '10000' },
    rest: { type: 'string', default: '30' },
    store: { type: 'string', default: 'both' },
  },
});
const size = { machines: Number(values.machines), units: Number(values.units), seed: 1, ttlMs: 8_000 };
const onReport = (report: ScenarioReport) => process.stderr.write(`${JSON.stringify(report)}\n`);

/** CPU seconds of a process, from the kernel's own count in hundredths. */
function cpuSeconds(pid: number): number {
  const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const [user = 0, system = 0] = fields.split(' ').slice(11, 13).map(Number);
  return (user + system) / 100;
}

const loadBefore = loadavg();
const memory =
  values.store === 'etcd'
    ? undefined
    : await runInMemory({
        ...size,
        scenarios: ['lose-machine', 'lose-leader', 'store-away', 'restart-daemons', 'rest'],
        onReport,
      });

async function onEtcd() {
  // Three members on two shared cores lose their leader to a busy neighbour, unless they are patient.
  const args = ['--heartbeat-interval', '500', '--election-timeout', '5000'];
  await using cluster = await startEtcd({ size: 3, args });
  const pids = cluster.members.flatMap(({ pid }) => pid ?? []);
  const { endpoints } = cluster;
  const etcdCpuSeconds = async () => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  return await runOnEtcd({ ...size, endpoints, restSeconds: Number(values.rest), etcdCpuSeconds, onReport });
}

const etcd = values.store === 'memory' ? undefined : await onEtcd();
const load = { before: loadBefore, after: loadavg() };
process.stdout.write(`${JSON.stringify({ node: process.version, load, memory, etcd }, undefined, 2)}\n`);
