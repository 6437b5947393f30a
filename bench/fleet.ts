// Fleet on three booted machines with etcd: a unit's way from the API to active, N units at once and
// destroyed again, each next to what systemd itself needs for the same, and what it all costs at rest.
//   node bench/fleet.ts [--units 300] [--rest 30]       JSON on stdout, progress on stderr. Root.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { homeDirectory, run } from '../src/host/index.ts';
import {
  type Cluster,
  keelsonSoftware,
  type Machine,
  startCluster,
  waitUntilReady,
} from '../src/sandbox/index.ts';

const { values } = parseArgs({
  options: { units: { type: 'string', default: '300' }, rest: { type: 'string', default: '30' } },
});
const count = Number(values.units);
const restSeconds = Number(values.rest);
const say = (text: string) => process.stderr.write(`${text}\n`);
const seconds = (ms: number) => Number((ms / 1000).toFixed(3));

async function timed<T>(work: () => Promise<T>): Promise<{ readonly ms: number; readonly result: T }> {
  const begin = performance.now();
  const result = await work();
  return { ms: performance.now() - begin, result };
}

const median = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;

const template = '[Unit]\nDescription=Sleeper %i\n\n[Service]\nExecStart=/bin/sleep 100000\n';

function fleetctl(socket: string, ...words: string[]) {
  const program = join(homeDirectory(), 'dist/fleetctl.js');
  return run(process.execPath, [program, '--endpoint', `unix://${socket}`, ...words], {
    deadlineMs: 300_000,
    cwd: '/',
  });
}

/** systemd alone: a third of the units on each machine, all machines at once, from one unit file. */
async function systemdAlone(
  cluster: Cluster,
): Promise<{ readonly startMs: number; readonly stopMs: number }> {
  const share = Math.ceil(count / cluster.machines.length);
  const names = Array.from({ length: share }, (_, index) => `alone@${index}.service`);
  const everywhere = (work: (machine: Machine) => Promise<unknown>) =>
    Promise.all(cluster.machines.map(work));
  await everywhere(async (machine) => {
    await machine.writeFile('/run/systemd/system/alone@.service', template);
    await machine.exec(['systemctl', 'daemon-reload']);
  });
  const systemctl = (verb: string) =>
    timed(() =>
      everywhere((machine) => machine.exec(['systemctl', verb, ...names], { deadlineMs: 300_000 })),
    );
  const start = await systemctl('start');
  const stop = await systemctl('stop');
  return { startMs: start.ms, stopMs: stop.ms };
}

/** systemd and etcd by hand, once: `systemctl start` plus one put. */
async function byHand(machine: Machine): Promise<number> {
  const script = 'systemctl start "alone@$1.service" && etcdctl put /by-hand "$1" >/dev/null';
  const times: number[] = [];
  for (let round = 0; round < 11; round++) {
    const { ms } = await timed(() => machine.exec(['sh', '-c', script, 'sh', `hand-${round}`]));
    times.push(ms);
  }
  await machine.exec(['sh', '-c', 'systemctl stop "alone@hand-*.service"']);
  return median(times);
}

interface Cost {
  readonly cpuMs: number;
  readonly pssKiB: number;
}

async function cost(machine: Machine): Promise<Cost> {
  const script =
    'pid=$(systemctl show -P MainPID fleet); grep ^Pss: /proc/$pid/smaps_rollup; systemctl show -P CPUUsageNSec fleet';
  const { stdout } = await machine.exec(['sh', '-c', script]);
  const [pss = '', cpu = ''] = stdout.trim().split('\n');
  return { pssKiB: Number(pss.replace(/\D/g, '')), cpuMs: Number(cpu) / 1e6 };
}

/** Changes that etcd has made so far, counted by its own metrics: puts, deletes and transactions with effect. */
async function etcdWrites(machine: Machine): Promise<number> {
  const { stdout } = await machine.exec(['curl', '-fsS', `http://${machine.address}:2379/metrics`]);
  const names = ['etcd_debugging_mvcc_put_total', 'etcd_debugging_mvcc_delete_total'];
  return names.reduce(
    (sum, name) => sum + Number(new RegExp(`^${name} (\\S+)`, 'm').exec(stdout)?.[1] ?? 0),
    0,
  );
}

say('Booting three machines');
await using cluster = await startCluster({ machines: 3, software: keelsonSoftware(), onStep: say });
await waitUntilReady(cluster, say);
const [first] = cluster.machines;
if (first === undefined) throw new Error('There is no machine.');
const ctl = (...words: string[]) => fleetctl(first.socket, ...words);
const names = (kind: string, n: number) =>
  Array.from({ length: n }, (_, index) => `/tmp/keelson-bench/${kind}@${index}.service`);
await run('mkdir', ['-p', '/tmp/keelson-bench']);
for (const kind of ['warm', 'one', 'many'])
  await run('tee', [`/tmp/keelson-bench/${kind}@.service`], { input: template });

say('One unit at a time');
await systemdAlone(cluster);
const handMs = await byHand(first);
const bareMs = median(
  await Promise.all([0]).then(async () => {
    const times: number[] = [];
    for (let round = 0; round < 11; round++)
      times.push((await timed(() => run(process.execPath, ['-e', '0']))).ms);
    return times;
  }),
);
await ctl('start', ...names('warm', 3));
const oneMs: number[] = [];
for (const name of names('one', 11)) oneMs.push((await timed(() => ctl('start', name))).ms);

say(`systemd alone: ${count} units`);
const alone = await systemdAlone(cluster);
say(`fleetctl start of ${count} units`);
const before = await Promise.all(cluster.machines.map(cost));
const many = await timed(() => ctl('start', ...names('many', count)));
const { stdout: list } = await ctl('list-units', '--no-legend', '--fields=unit,active');
const active = list.split('\n').filter((line) => /^many@.*\tactive$/.test(line)).length;
const after = await Promise.all(cluster.machines.map(cost));
say(`${active} of ${count} active after ${seconds(many.ms)} s`);

say(`At rest for ${restSeconds} s`);
await sleep(5000);
const restBefore = await Promise.all(cluster.machines.map(cost));
const writesBefore = await etcdWrites(first);
await sleep(restSeconds * 1000);
const restAfter = await Promise.all(cluster.machines.map(cost));
const writesAfter = await etcdWrites(first);
const listMs: number[] = [];
for (let round = 0; round < 5; round++) listMs.push((await timed(() => ctl('list-units'))).ms);

say('Destroying them');
const gone = await timed(() => ctl('destroy', ...names('many', count)));
const left = (
  await Promise.all(
    cluster.machines.map((machine) =>
      machine.exec(
        [
          'sh',
          '-c',
          'systemctl list-units --all --no-legend "many@*" | wc -l; ls /run/fleet/units | grep -c many',
        ],
        { accept: 'any' },
      ),
    ),
  )
).map(({ stdout }) => stdout.trim().split('\n').map(Number));

const perMachine = <T>(values: readonly T[]) =>
  Object.fromEntries(cluster.machines.map((machine, index) => [machine.name, values[index]]));
const report = {
  units: count,
  machines: cluster.machines.length,
  one_unit: {
    systemctl_and_etcd_put_by_hand_s: seconds(handMs),
    bare_runtime_start_s: seconds(bareMs),
    fleetctl_start_p50_s: seconds(median(oneMs)),
    fleetctl_start_max_s: seconds(Math.max(...oneMs)),
  },
  many_units: {
    systemctl_start_s: seconds(alone.startMs),
    fleetctl_start_s: seconds(many.ms),
    ratio: Number((many.ms / alone.startMs).toFixed(2)),
    active,
    fleetd_cpu_s: perMachine(after.map((cost_, index) => seconds(cost_.cpuMs - (before[index]?.cpuMs ?? 0)))),
    fleetctl_list_units_s: seconds(median(listMs)),
  },
  at_rest: {
    seconds: restSeconds,
    etcd_writes_per_s: Number(((writesAfter - writesBefore) / restSeconds).toFixed(3)),
    fleetd_cpu_s_per_minute: perMachine(
      restAfter.map((cost_, index) =>
        seconds(((cost_.cpuMs - (restBefore[index]?.cpuMs ?? 0)) * 60) / restSeconds),
      ),
    ),
    fleetd_pss_mib: perMachine(restAfter.map(({ pssKiB }) => Number((pssKiB / 1024).toFixed(1)))),
  },
  destroy: {
    systemctl_stop_s: seconds(alone.stopMs),
    fleetctl_destroy_s: seconds(gone.ms),
    ratio: Number((gone.ms / alone.stopMs).toFixed(2)),
    left_per_machine: left,
  },
};
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
await run('rm', ['-rf', '/tmp/keelson-bench']);
