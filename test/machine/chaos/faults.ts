// What befalls machines: each fault strikes one of them, lasts, and is taken back.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster, Machine } from '../../../src/sandbox/index.ts';
import { type Deafness, uptime } from './probe.ts';
import type { Chance } from './seed.ts';

export interface Struck {
  readonly cluster: Cluster;
  readonly machine: Machine;
  readonly chance: Chance;
  /** Until about so long, or until the run is over. */
  readonly last: () => Promise<void>;
  /** Notes when a plug was pulled. */
  readonly pulled: () => void;
}

export interface Fault {
  readonly name: string;
  /** How often, compared with others. */
  readonly weight: number;
  /** While it lasts the machine may not hear of its units' going to others. */
  readonly deafens?: true;
  /** In milliseconds, from and to. */
  readonly lasts: readonly [number, number];
  readonly strike: (struck: Struck) => Promise<void>;
}

/** A program in a machine that may not come to its end while the machine is in trouble. */
async function inside(machine: Machine, script: string, deadlineMs = 20_000): Promise<string> {
  const result = await machine
    .exec(['sh', '-c', script], { accept: 'any', deadlineMs })
    .catch(() => undefined);
  return result?.stdout.trim() ?? '';
}

const link = ({ name }: Machine) => `vb-${name}`;
/** So slow a queue lets nothing through. */
const closed = ['tbf', 'rate', '8bit', 'burst', '1', 'limit', '1'];
const crawling = ['tbf', 'rate', '400kbit', 'burst', '4000', 'latency', '800ms'];

async function towards(struck: Struck, queue: readonly string[]): Promise<void> {
  const { cluster, machine, last } = struck;
  await cluster.net(['tc', 'qdisc', 'replace', 'dev', link(machine), 'root', ...queue]);
  await last();
  await cluster.net(['tc', 'qdisc', 'del', 'dev', link(machine), 'root'], { accept: 'any' });
}

async function from(struck: Struck, queue: readonly string[]): Promise<void> {
  const { machine, last } = struck;
  await machine.exec(['tc', 'qdisc', 'replace', 'dev', 'host0', 'root', ...queue]);
  await last();
  await machine.exec(['tc', 'qdisc', 'del', 'dev', 'host0', 'root'], { accept: 'any' });
}

async function frozen({ machine, last }: Struck, unit: string): Promise<void> {
  await inside(machine, `systemctl kill -s STOP ${unit}`);
  await last();
  await inside(machine, `systemctl kill -s CONT ${unit}`);
}

const etcdctl = 'ETCDCTL_API=3 etcdctl --command-timeout=5s --endpoints=http://127.0.0.1:2379';

export const faults: readonly Fault[] = [
  {
    name: 'fleetd killed',
    weight: 5,
    lasts: [0, 0],
    strike: async ({ machine }) => {
      await inside(machine, 'systemctl kill --kill-who=main -s KILL fleet.service');
    },
  },
  {
    name: 'fleetd restarted',
    weight: 3,
    lasts: [0, 0],
    strike: async ({ machine }) => {
      await inside(machine, 'systemctl restart fleet.service', 60_000);
    },
  },
  {
    name: 'fleetd stopped',
    weight: 2,
    lasts: [500, 15_000],
    strike: async ({ machine, last }) => {
      await inside(machine, 'systemctl stop fleet.socket fleet.service', 60_000);
      await last();
      await inside(machine, 'systemctl start fleet.socket fleet.service', 60_000);
    },
  },
  {
    name: 'fleetd frozen',
    weight: 3,
    deafens: true,
    lasts: [200, 16_000],
    strike: (struck) => frozen(struck, 'fleet.service'),
  },
  {
    name: 'etcd killed',
    weight: 3,
    lasts: [0, 4000],
    strike: async ({ machine, last }) => {
      await inside(machine, 'systemctl kill -s KILL etcd2.service');
      await last();
      // Its unit waits for ten seconds; a person would not.
      await inside(machine, 'systemctl restart --no-block etcd2.service');
    },
  },
  {
    name: 'etcd frozen',
    weight: 2,
    lasts: [500, 12_000],
    strike: (struck) => frozen(struck, 'etcd2.service'),
  },
  {
    name: 'etcd compacted and defragmented',
    weight: 2,
    lasts: [0, 0],
    strike: async ({ machine }) => {
      const status = `${etcdctl} endpoint status -w fields | sed -n 's/^"Revision" : //p'`;
      await inside(machine, `${etcdctl} compaction "$(${status})"; ${etcdctl} defrag`);
    },
  },
  {
    name: 'every etcd restarted',
    weight: 1,
    lasts: [0, 6000],
    strike: async ({ cluster, last }) => {
      const all = (verb: string) =>
        Promise.all(
          cluster.machines.map((machine) => inside(machine, `systemctl --no-block ${verb} etcd2.service`)),
        );
      await all('stop');
      await last();
      await all('start');
    },
  },
  {
    name: 'PID 1 frozen',
    weight: 1,
    deafens: true,
    lasts: [200, 6000],
    strike: async ({ machine, last }) => {
      // A signal from inside does not reach PID 1.
      const leader = await machine.leaderPid();
      process.kill(leader, 'SIGSTOP');
      await last();
      process.kill(leader, 'SIGCONT');
    },
  },
  {
    name: 'PID 1 executed anew',
    weight: 1,
    lasts: [0, 0],
    strike: async ({ machine }) => {
      await inside(machine, 'systemctl daemon-reexec', 60_000);
    },
  },
  {
    name: 'machine frozen',
    weight: 3,
    deafens: true,
    lasts: [200, 16_000],
    strike: async ({ machine, last }) => {
      await machine.pause();
      await last();
      await machine.resume();
    },
  },
  {
    name: 'plug pulled',
    weight: 3,
    lasts: [0, 12_000],
    strike: async ({ machine, last, pulled }) => {
      pulled();
      await machine.kill();
      await last();
      await machine.start();
    },
  },
  {
    name: 'machine shut down',
    weight: 2,
    lasts: [0, 8000],
    strike: async ({ machine, last, pulled }) => {
      await machine.stop();
      pulled();
      await last();
      await machine.start();
    },
  },
  {
    name: 'cable unplugged',
    weight: 4,
    deafens: true,
    lasts: [200, 20_000],
    strike: async ({ machine, last }) => {
      await machine.cut();
      await last();
      await machine.heal();
    },
  },
  {
    name: 'nothing gets in',
    weight: 2,
    deafens: true,
    lasts: [500, 16_000],
    strike: (struck) => towards(struck, closed),
  },
  {
    name: 'nothing gets out',
    weight: 2,
    deafens: true,
    lasts: [500, 16_000],
    strike: (struck) => from(struck, closed),
  },
  {
    name: 'crawling network',
    weight: 2,
    deafens: true,
    lasts: [1000, 10_000],
    strike: (struck) => towards(struck, crawling),
  },
  {
    name: 'one neighbour out of reach',
    weight: 2,
    deafens: true,
    lasts: [1000, 16_000],
    strike: async ({ cluster, machine, last, chance }) => {
      const other = chance.pick(cluster.machines.filter((one) => one !== machine));
      await machine.exec(['ip', 'route', 'add', 'blackhole', other.address], { accept: 'any' });
      await last();
      await machine.exec(['ip', 'route', 'del', 'blackhole', other.address], { accept: 'any' });
    },
  },
  {
    name: '/run full',
    weight: 1,
    lasts: [500, 6000],
    strike: async ({ machine, last }) => {
      const used = "$(df --output=used /run | tail -1 | tr -d ' ')";
      await inside(machine, `mount -o remount,size=${used}k /run`);
      await last();
      await inside(machine, 'mount -o remount,size=20% /run');
    },
  },
  {
    name: 'requests broken off',
    weight: 2,
    lasts: [0, 0],
    strike: async ({ machine }) => {
      const half = 'POST /fleet/v2/units HTTP/1.1\\r\\nHost: fleet\\r\\nContent-Length: 500\\r\\n\\r\\n{';
      const cut = (path: string) =>
        `timeout -s KILL 0.3 curl -sN --unix-socket /run/fleet.sock http://fleet${path} >/dev/null &`;
      const listing = ['/fleet/v2/events', '/fleet/v1/units', '/fleet/v2/units'].map(cut).join(' ');
      await inside(
        machine,
        `${listing} printf '${half}' | timeout -s KILL 0.3 busybox nc local:/run/fleet.sock; wait`,
      );
    },
  },
];

/** Strikes machines until the signal aborts; no machine has two faults of ours at once. */
export async function strikeOn(
  cluster: Cluster,
  chance: Chance,
  busy: Set<Machine>,
  options: {
    readonly signal: AbortSignal;
    readonly say: (text: string) => void;
    readonly deaf: Deafness[];
    readonly offs: Map<string, number[]>;
    readonly only?: RegExp | undefined;
  },
): Promise<void> {
  const { signal, say, deaf, offs } = options;
  const bag = faults
    .filter(({ name }) => options.only?.test(name) ?? true)
    .flatMap((fault) => Array.from({ length: fault.weight }, () => fault));
  while (!signal.aborted) {
    await sleep(chance.between(200, 2500), undefined, { signal }).catch(() => {});
    const machine = chance.pick(cluster.machines);
    const fault = chance.pick(bag);
    const lastMs = chance.between(fault.lasts[0], fault.lasts[1]);
    if (signal.aborted || busy.has(machine)) continue;
    busy.add(machine);
    const from = uptime();
    say(`${machine.name}: ${fault.name}, for ${lastMs} ms`);
    try {
      await fault.strike({
        cluster,
        machine,
        chance,
        last: () => sleep(lastMs, undefined, { signal }).catch(() => {}),
        pulled: () => {
          offs.set(machine.name, [...(offs.get(machine.name) ?? []), uptime()]);
        },
      });
    } finally {
      const to = uptime();
      say(`${machine.name}: ${fault.name} is over`);
      if (fault.deafens === true) deaf.push({ machine: machine.name, what: fault.name, from, to });
      busy.delete(machine);
    }
  }
}
