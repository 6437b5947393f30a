// Fleet on three booted machines with etcd: a unit's way from the API to active, N units at once and
// destroyed again, each next to what systemd itself needs for the same in the same round, what it all costs
// at rest, and how long units are away whose machine is lost.
//   node bench/fleet.ts [--units 100,300] [--rounds 3] [--rest 30]   JSON on stdout, progress on stderr. Root.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
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
  options: {
    units: { type: 'string', default: '100,300' },
    rounds: { type: 'string', default: '3' },
    rest: { type: 'string', default: '30' },
  },
});
const counts = values.units.split(',').map(Number);
const rounds = Number(values.rounds);
const restSeconds = Number(values.rest);
const numbers = [...counts, rounds, restSeconds];
if (!numbers.every((number) => Number.isInteger(number) && number > 0))
  throw new Error('--units, --rounds and --rest take whole numbers above zero.');
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
  count: number,
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

interface Round {
  readonly systemctlStartMs: number;
  readonly fleetctlStartMs: number;
  readonly systemctlStopMs: number;
  readonly fleetctlDestroyMs: number;
  readonly active: number;
  /** Units and files of ours still there when the command said that all is gone. */
  readonly left: number;
  readonly fleetdCpuMs: number;
}

const folder = await mkdtemp(join(tmpdir(), 'fleet-bench-'));
await using _folder = {
  [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
};
for (const kind of ['warm', 'one', 'many', 'fail'])
  await writeFile(join(folder, `${kind}@.service`), template);

say('Booting three machines');
await using cluster = await startCluster({ machines: 3, software: keelsonSoftware(), onStep: say });
await waitUntilReady(cluster, say);
const [first] = cluster.machines;
if (first === undefined) throw new Error('There is no machine.');
const ctl = (...words: string[]) => fleetctl(first.socket, ...words);
const names = (kind: string, n: number) =>
  Array.from({ length: n }, (_, index) => join(folder, `${kind}@${index}.service`));
const costs = () => Promise.all(cluster.machines.map(cost));

async function countActive(): Promise<number> {
  const { stdout } = await ctl('list-units', '--no-legend', '--fields=unit,active');
  return stdout.split('\n').filter((line) => /^many@.*\tactive$/.test(line)).length;
}

async function countLeft(): Promise<number> {
  const script =
    'systemctl list-units --all --no-legend "many@*" | wc -l; ls /run/fleet/units | grep -c many; true';
  const answers = await Promise.all(cluster.machines.map((machine) => machine.exec(['sh', '-c', script])));
  return answers.flatMap(({ stdout }) => stdout.trim().split('\n')).reduce((sum, n) => sum + Number(n), 0);
}

async function round(count: number): Promise<Round> {
  const alone = await systemdAlone(cluster, count);
  const before = await costs();
  const start = await timed(() => ctl('start', ...names('many', count)));
  const active = await countActive();
  const after = await costs();
  const destroy = await timed(() => ctl('destroy', ...names('many', count)));
  const cpu = after.map(({ cpuMs }, index) => cpuMs - (before[index]?.cpuMs ?? 0));
  say(`${count}: systemctl ${seconds(alone.startMs)} s, fleetctl ${seconds(start.ms)} s, ${active} active`);
  return {
    systemctlStartMs: alone.startMs,
    fleetctlStartMs: start.ms,
    systemctlStopMs: alone.stopMs,
    fleetctlDestroyMs: destroy.ms,
    active,
    left: await countLeft(),
    fleetdCpuMs: cpu.reduce((sum, ms) => sum + ms, 0),
  };
}

function summary(count: number, all: readonly Round[]) {
  const middle = (value: (round: Round) => number) => median(all.map(value));
  const ratio = (value: (round: Round) => number) => Number(middle(value).toFixed(2));
  return {
    units: count,
    rounds: all.length,
    systemctl_start_s: seconds(middle((one) => one.systemctlStartMs)),
    fleetctl_start_s: seconds(middle((one) => one.fleetctlStartMs)),
    start_ratio: ratio((one) => one.fleetctlStartMs / one.systemctlStartMs),
    systemctl_stop_s: seconds(middle((one) => one.systemctlStopMs)),
    fleetctl_destroy_s: seconds(middle((one) => one.fleetctlDestroyMs)),
    destroy_ratio: ratio((one) => one.fleetctlDestroyMs / one.systemctlStopMs),
    fewest_active: Math.min(...all.map((one) => one.active)),
    most_left: Math.max(...all.map((one) => one.left)),
    fleetd_cpu_s_of_all_machines: seconds(middle((one) => one.fleetdCpuMs)),
  };
}

say('One unit at a time');
await systemdAlone(cluster, 3);
await ctl('start', ...names('warm', 30));
await ctl('destroy', ...names('warm', 30));
const hand: number[] = [];
const bare: number[] = [];
const one: number[] = [];
const script = 'systemctl start "alone@$1.service" && etcdctl put /by-hand "$1" >/dev/null';
for (const [index, name] of names('one', 11).entries()) {
  hand.push((await timed(() => first.exec(['sh', '-c', script, 'sh', `hand-${index}`]))).ms);
  bare.push((await timed(() => run(process.execPath, ['-e', '0']))).ms);
  one.push((await timed(() => ctl('start', name))).ms);
}
await ctl('destroy', ...names('one', 11));
await first.exec(['sh', '-c', 'systemctl stop "alone@hand-*.service"']);

const results = new Map<number, Round[]>(counts.map((count) => [count, []]));
for (let turn = 0; turn < rounds; turn++) {
  for (const [count, all] of results) all.push(await round(count));
}

const largest = Math.max(...counts);
say(`${largest} units at rest for ${restSeconds} s`);
await ctl('start', ...names('many', largest));
await sleep(5000);
const restBefore = await costs();
const writesBefore = await etcdWrites(first);
await sleep(restSeconds * 1000);
const restAfter = await costs();
const writesAfter = await etcdWrites(first);
const listMs: number[] = [];
for (let turn = 0; turn < 5; turn++) listMs.push((await timed(() => ctl('list-units'))).ms);

/** A machine goes: how long until the units that it had are active on the others. All are there again after. */
async function failOver(lost: Machine, go: () => Promise<unknown>, comeBack: () => Promise<unknown>) {
  const others = cluster.machines.filter((machine) => machine !== lost);
  const countOn = async (machine: Machine) => {
    const list = 'systemctl list-units "fail@*" --state=active --no-legend --plain | wc -l';
    return Number((await machine.exec(['sh', '-c', list])).stdout);
  };
  const units = await countOn(lost);
  const { ms } = await timed(async () => {
    await go();
    for (let active = 0; active < failing; ) {
      const counts = await Promise.all(others.map(countOn));
      active = counts.reduce((sum, count) => sum + count, 0);
    }
  });
  await comeBack();
  await waitUntilReady(cluster, say);
  say(`${units} units of ${lost.name} elsewhere after ${seconds(ms)} s`);
  return { units, fail_over_s: seconds(ms) };
}

async function whoLeads(asked: Machine): Promise<Machine> {
  const get = 'ETCDCTL_API=3 etcdctl get --print-value-only /keelson/fleet/engine';
  const { stdout } = await asked.exec(['sh', '-c', get]);
  for (const machine of cluster.machines) {
    const { stdout: id } = await machine.exec(['cat', '/etc/machine-id']);
    if (stdout.includes(id.trim())) return machine;
  }
  throw new Error(`Nobody leads: ${stdout}`);
}

await ctl('destroy', ...names('many', largest));
const failing = 90;
await ctl('start', ...names('fail', failing));
const pull = (machine: Machine) =>
  failOver(
    machine,
    () => machine.kill(),
    () => machine.start(),
  );
say('A machine is lost, then the leader, then one is cut off');
const leader = await whoLeads(first);
const follower = cluster.machines.find((machine) => machine !== leader) ?? leader;
const lostMachine = await pull(follower);
const lostLeader = await pull(await whoLeads(first));
const cut = cluster.machines.at(-1) ?? first;
const link = (state: 'down' | 'up') => cut.exec(['ip', 'link', 'set', 'host0', state]);
const cutOff = await failOver(
  cut,
  () => link('down'),
  () => link('up'),
);

const perMachine = <T>(list: readonly T[]) =>
  Object.fromEntries(cluster.machines.map((machine, index) => [machine.name, list[index]]));
const report = {
  machines: cluster.machines.length,
  one_unit: {
    systemctl_and_etcd_put_by_hand_s: seconds(median(hand)),
    bare_runtime_start_s: seconds(median(bare)),
    fleetctl_start_p50_s: seconds(median(one)),
    fleetctl_start_max_s: seconds(Math.max(...one)),
    over_the_goal: Number((median(one) / (1.5 * median(hand) + 1.5 * median(bare))).toFixed(2)),
  },
  many_units: [...results].map(([count, all]) => summary(count, all)),
  machine_lost: lostMachine,
  leader_lost: lostLeader,
  cut_off: cutOff,
  at_rest: {
    units: largest,
    seconds: restSeconds,
    etcd_writes_per_s: Number(((writesAfter - writesBefore) / restSeconds).toFixed(3)),
    fleetd_cpu_s_per_minute: perMachine(
      restAfter.map(({ cpuMs }, index) =>
        seconds(((cpuMs - (restBefore[index]?.cpuMs ?? 0)) * 60) / restSeconds),
      ),
    ),
    fleetd_pss_mib: perMachine(restAfter.map(({ pssKiB }) => Number((pssKiB / 1024).toFixed(1)))),
    fleetctl_list_units_s: seconds(median(listMs)),
  },
};
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
