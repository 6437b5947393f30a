// A cluster as fleet's own functional tests had it: units, paths, prefix and sockets of their own, short
// leases, and every wait a poll of the same list command with the same flags.

import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunResult } from '../../../src/host/index.ts';
import {
  type Cluster,
  keelsonSoftware,
  type Machine,
  startCluster,
  waitUntilReady,
} from '../../../src/sandbox/index.ts';
import { bundle, checkout, temporaryFolder } from '../booted.ts';

/** One line of list-units. */
export interface UnitState {
  readonly name: string;
  readonly active: string;
  /** ID of the machine. */
  readonly machine: string;
}

export interface Functional extends AsyncDisposable {
  readonly cluster: Cluster;
  /** fleetctl on the host, over the machine's TCP socket; any status is an answer. */
  ctl(machine: Machine, ...words: readonly string[]): Promise<RunResult>;
  /** fleetctl with these words, variables and input. */
  bare(words: readonly string[], env?: Readonly<Record<string, string>>, input?: string): Promise<RunResult>;
  /** The same; another status than 0, or “Error” on standard error, is a failure. */
  ok(machine: Machine, ...words: readonly string[]): Promise<string>;
  /** Writes a unit file on the host and returns its path. */
  unit(name: string, content: string): Promise<string>;
  listed(machine: Machine, command: 'list-units' | 'list-unit-files'): Promise<string[][]>;
  machineIds(machine: Machine): Promise<string[]>;
  states(machine: Machine): Promise<UnitState[]>;
  untilMachines(machine: Machine, count: number): Promise<string[]>;
  /** Waits until so many units are listed as active. */
  untilActive(machine: Machine, count: number): Promise<UnitState[]>;
  /** Waits until so many units are listed, whatever their state. */
  untilListed(machine: Machine, command: 'list-units' | 'list-unit-files', count: number): Promise<void>;
}

/** What a busy host makes of the ten and fifteen seconds that those tests waited. */
const patienceMs = 60_000;

const service = `[Unit]
Wants=fleet.socket fleet-tcp.socket network-online.target
After=fleet.socket fleet-tcp.socket network-online.target user-config.target etcd2.service

[Service]
Environment=FLEET_METADATA=hostname=%H
ExecStart=/opt/fleet/fleetd -config /opt/fleet/fleet.conf

[Install]
WantedBy=multi-user.target
`;
const tcpSocket = `[Socket]
ListenStream=54728
Service=fleet.service

[Install]
WantedBy=sockets.target
`;
const config = `# as in fleet's own tests
verbosity=2
etcd_key_prefix="/fleet_functional/keys/"
agent_ttl=3s
`;

/** A unit file of a shell loop. */
export const loop = (say = 'Hello, World!', fleet = '') =>
  `[Service]\nExecStart=/bin/bash -c "while true; do echo ${say}; sleep 1; done"\n` +
  (fleet === '' ? '' : `\n[X-Fleet]\n${fleet}\n`);

/** Boots so many machines. */
export async function bootFunctional(count: number): Promise<Functional> {
  const folder = await temporaryFolder();
  process.env.KEELSON_SANDBOX_STATE = join(folder, 'state');
  process.env.KEELSON_SANDBOX_RUN = join(folder, 'run');
  const files = join(folder, 'units');
  await mkdir(files);
  await bundle();
  const cluster = await startCluster({
    machines: count,
    software: keelsonSoftware(checkout),
    fragment: {
      units: [
        { name: 'fleet.service', content: service, command: 'start' },
        { name: 'fleet-tcp.socket', content: tcpSocket, command: 'start' },
      ],
      write_files: [
        { path: '/opt/fleet/fleet.conf', content: config },
        {
          path: '/opt/fleet/fleetd',
          permissions: '0755',
          content: '#!/bin/sh\nexec /usr/bin/fleetd "$@"\n',
        },
      ],
    },
  }).catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });

  const bare: Functional['bare'] = (words, env = {}, input = '') =>
    cluster.net([process.execPath, join(checkout, 'dist/fleetctl.js'), ...words], {
      accept: 'any',
      deadlineMs: 150_000,
      cwd: files,
      input,
      env: { PATH: process.env.PATH ?? '', HOME: folder, ...env },
    });
  const ctl: Functional['ctl'] = ({ address }, ...words) =>
    bare([`--endpoint=http://${address}:54728`, ...words]);
  const ok: Functional['ok'] = async (machine, ...words) => {
    const { status, stdout, stderr } = await ctl(machine, ...words);
    assert.equal(status, 0, `fleetctl ${words.join(' ')}: ${stdout}${stderr}`);
    assert.doesNotMatch(stderr, /Error/);
    return stdout;
  };
  const rows = (text: string) =>
    text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => line.split(/\s+/).filter((cell) => cell !== ''));
  /** A daemon that cannot say, as when the store is away, has not said that there is nothing: it is asked again. */
  const list = async (machine: Machine, words: readonly string[]) => {
    const end = Date.now() + patienceMs;
    for (;;) {
      const { status, stdout, stderr } = await ctl(machine, ...words);
      if (status === 0) return rows(stdout);
      assert.ok(Date.now() < end, `fleetctl ${words.join(' ')}: ${stderr}`);
      await sleep(250);
    }
  };
  const machineIds = async (machine: Machine) =>
    (await list(machine, ['list-machines', '--no-legend', '--full', '--fields', 'machine'])).map(
      ([id = '']) => id,
    );
  const states = async (machine: Machine) =>
    (await list(machine, ['list-units', '--no-legend', '--full', '--fields', 'unit,active,machine'])).map(
      ([name = '', active = '', place = '']) => ({ name, active, machine: place.split('/')[0] ?? '' }),
    );
  const listed: Functional['listed'] = (machine, command) => {
    const fields = command === 'list-units' ? 'unit,active,machine' : 'unit,dstate,state';
    return list(machine, [command, '--no-legend', '--full', '--fields', fields]);
  };
  const until = async <T>(what: string, look: () => Promise<T>, holds: (found: T) => boolean) => {
    const end = Date.now() + patienceMs;
    for (;;) {
      const found = await look();
      if (holds(found)) return found;
      assert.ok(Date.now() < end, `Waited in vain for ${what}: ${JSON.stringify(found)}`);
      await sleep(250);
    }
  };
  const down = async () => {
    await cluster.down();
    await rm(folder, { recursive: true, force: true });
  };
  const functional: Functional = {
    cluster,
    bare,
    ctl,
    ok,
    listed,
    machineIds,
    states,
    unit: async (name, content) => {
      const path = join(files, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
      return path;
    },
    untilMachines: (machine, wanted) =>
      until(
        `${wanted} machines`,
        () => machineIds(machine),
        ({ length }) => length === wanted,
      ),
    untilActive: async (machine, wanted) => {
      const active = async () => (await states(machine)).filter((state) => state.active === 'active');
      return until(`${wanted} active units`, active, ({ length }) => length === wanted);
    },
    untilListed: async (machine, command, wanted) => {
      await until(
        `${wanted} lines of ${command}`,
        () => listed(machine, command),
        ({ length }) => length === wanted,
      );
    },
    [Symbol.asyncDispose]: down,
  };
  try {
    await waitUntilReady(cluster);
  } catch (error) {
    await down();
    throw error;
  }
  return functional;
}

/** Runs a program of the host in the cluster's network; any status is an answer. */
export function curl(cluster: Cluster, ...words: readonly string[]): Promise<RunResult> {
  return cluster.net(['curl', '-sS', ...words], { accept: 'any' });
}
