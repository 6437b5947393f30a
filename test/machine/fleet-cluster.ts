// A cluster of booted machines as its operator has it: fleetctl on the host, systemctl inside to check it by.

import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunResult, run } from '../../src/host/index.ts';
import {
  type Cluster,
  type ClusterOptions,
  keelsonSoftware,
  type Machine,
  startCluster,
  waitUntilReady,
} from '../../src/sandbox/index.ts';
import { temporaryFolder } from './booted.ts';

export const checkout = resolve(import.meta.dirname, '../..');

/** One unit as systemd of one machine has it. */
export interface Running {
  readonly machine: string;
  readonly pid: number;
  /** When it became active, by the machine's clock since boot. */
  readonly since: string;
}

export interface FleetCluster extends AsyncDisposable {
  readonly cluster: Cluster;
  /** A folder of the host for unit files. */
  readonly folder: string;
  readonly sshConfig: string;
  readonly m1: Machine;
  readonly m2: Machine;
  readonly m3: Machine;
  /** fleetctl of the checkout on the host, over that machine's socket; any exit status is an answer. */
  ctl(machine: Machine, ...words: string[]): Promise<RunResult>;
  /** The same; anything but exit status 0 is a failure. */
  ok(machine: Machine, ...words: string[]): Promise<string>;
  /**
   * A command that cannot end well and gives up waiting after some seconds: again and again, until the reason that
   * the cluster has found by then is the expected one.
   */
  untilRefused(machine: Machine, words: readonly string[], reason: RegExp): Promise<void>;
  /** fleetctl with these words alone. */
  bare(words: readonly string[], env?: Readonly<Record<string, string>>): Promise<RunResult>;
  /** Writes a unit file on the host and returns its path. */
  unit(name: string, content: string): Promise<string>;
  /** What systemd runs of these units, on every machine that is on. */
  running(pattern: string): Promise<Map<string, Running[]>>;
  /** The same, each unit's only place; fails when one runs twice. */
  places(pattern: string): Promise<Map<string, Running>>;
  /** Waits until exactly these units run, each on one machine, and fleet says the same. */
  untilRunning(names: readonly string[], pattern: string, timeoutMs?: number): Promise<Map<string, Running>>;
  /** The machines that list-machines has; none while fleetd there cannot say, as when etcd has just elected. */
  listed(via: Machine): Promise<string[]>;
  ready(): Promise<void>;
}

/** A machine's command line, read by sh; its output without the last newline. */
export async function sh(machine: Machine, script: string, ...args: string[]): Promise<string> {
  const { stdout } = await machine.exec(['sh', '-c', script, 'sh', ...args], { accept: 'any' });
  return stdout.trimEnd();
}

export const template = (unit: string, fleet = '') => `[Unit]
Description=${unit}

[Service]
ExecStart=/bin/sleep infinity
${fleet === '' ? '' : `\n[X-Fleet]\n${fleet}\n`}`;

/** Boots a cluster with keelson made of this checkout. */
export async function bootFleet(options: ClusterOptions = {}): Promise<FleetCluster> {
  const folder = await temporaryFolder();
  process.env.KEELSON_SANDBOX_STATE = join(folder, 'state');
  process.env.KEELSON_SANDBOX_RUN = join(folder, 'run');
  const files = join(folder, 'units');
  await mkdir(files);
  const inherited: Record<string, string> = {};
  for (const name of ['PATH', 'HOME']) inherited[name] = process.env[name] ?? '';

  let cluster: Cluster;
  try {
    // The launcher bundles what package and fleetctl are made of.
    await run(join(checkout, 'bin/keelson'), ['--version'], { deadlineMs: 300_000 });
    cluster = await startCluster({ machines: 3, software: keelsonSoftware(checkout), ...options });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  const [m1, m2, m3] = ['m1', 'm2', 'm3'].map((name) => cluster.machine(name));
  assert(m1 !== undefined && m2 !== undefined && m3 !== undefined);

  const bare: FleetCluster['bare'] = (words, env = {}) =>
    run(process.execPath, [join(checkout, 'dist/fleetctl.js'), ...words], {
      accept: 'any',
      deadlineMs: 120_000,
      cwd: files,
      env: { ...inherited, ...env },
    });
  const ctl: FleetCluster['ctl'] = (machine, ...words) =>
    bare(['--endpoint', `unix://${machine.socket}`, ...words]);
  const ok: FleetCluster['ok'] = async (machine, ...words) => {
    const { status, stdout, stderr } = await ctl(machine, ...words);
    assert.equal(status, 0, `fleetctl ${words.join(' ')}: ${stdout}${stderr}`);
    return stdout;
  };
  const untilRefused: FleetCluster['untilRefused'] = async (machine, words, reason) => {
    const end = Date.now() + 60_000;
    for (;;) {
      const { status, stdout, stderr } = await ctl(machine, ...words);
      assert.equal(status, 1, `fleetctl ${words.join(' ')}: ${stdout}${stderr}`);
      if (reason.test(stderr)) return;
      if (Date.now() > end) assert.match(stderr, reason);
    }
  };
  const running: FleetCluster['running'] = async (pattern) => {
    const found = new Map<string, Running[]>();
    const script =
      'systemctl show --property=Id,ActiveState,MainPID,ActiveEnterTimestampMonotonic -- "$1" | tr "\\n" " " | sed "s/  /\\n/g"';
    for (const machine of cluster.machines) {
      if ((await machine.state()) !== 'running') continue;
      for (const line of (await sh(machine, script, pattern)).split('\n')) {
        const fields = new Map(line.split(' ').map((field) => [field.split('=')[0], field.split('=')[1]]));
        const name = fields.get('Id') ?? '';
        if (fields.get('ActiveState') !== 'active') continue;
        const since = fields.get('ActiveEnterTimestampMonotonic') ?? '';
        const row = { machine: machine.name, pid: Number(fields.get('MainPID') ?? 0), since };
        found.set(name, [...(found.get(name) ?? []), row]);
      }
    }
    return found;
  };
  const places: FleetCluster['places'] = async (pattern) => {
    const found = new Map<string, Running>();
    for (const [name, rows] of await running(pattern)) {
      const [row] = rows;
      assert.equal(rows.length, 1, `${name} runs on ${rows.map(({ machine }) => machine).join(' and ')}`);
      if (row !== undefined) found.set(name, row);
    }
    return found;
  };
  /** Name and address of the machine of each unit that fleet calls active. */
  const said = async (via: Machine): Promise<Map<string, string>> => {
    const { stdout } = await ctl(via, 'list-units', '--no-legend', '--full', '--fields=unit,machine,active');
    const rows = stdout.split('\n').map((line) => line.split('\t').filter((cell) => cell !== ''));
    const names = new Map(cluster.machines.map(({ machineId, name }) => [machineId, name]));
    return new Map(
      rows.flatMap(([name = '', machine = '', active]) =>
        active === 'active' ? [[name, names.get(machine.split('/')[0] ?? '') ?? machine] as const] : [],
      ),
    );
  };
  const untilRunning: FleetCluster['untilRunning'] = async (names, pattern, timeoutMs = 90_000) => {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const found = await running(pattern);
      for (const [name, rows] of found)
        assert.equal(rows.length, 1, `${name} runs on ${rows.map((row) => row.machine).join(' and ')}`);
      const via = await firstOn(cluster);
      const listed = await said(via);
      const fits = names.every(
        (name) => found.has(name) && listed.get(name) === found.get(name)?.[0]?.machine,
      );
      if (fits && found.size === names.length) return places(pattern);
      const shown = JSON.stringify({ systemd: [...found], fleet: [...listed] });
      assert.ok(Date.now() < end, `Waited ${timeoutMs / 1000} s for ${names.join(' ')}: ${shown}`);
      await sleep(200);
    }
  };
  return {
    cluster,
    folder: files,
    sshConfig: join(folder, 'run', cluster.name, 'ssh_config'),
    m1,
    m2,
    m3,
    ctl,
    ok,
    untilRefused,
    bare,
    unit: async (name, content) => {
      const path = join(files, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
      return path;
    },
    running,
    places,
    untilRunning,
    listed: async (via) => {
      const { stdout } = await ctl(via, 'list-machines', '--no-legend', '--full', '--fields=ip');
      return stdout
        .split('\n')
        .filter((line) => line !== '')
        .sort();
    },
    ready: () => waitUntilReady(cluster),
    [Symbol.asyncDispose]: async () => {
      await cluster.down();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function firstOn(cluster: Cluster): Promise<Machine> {
  for (const machine of cluster.machines) {
    if ((await machine.state()) !== 'running') continue;
    if ((await sh(machine, 'systemctl is-active fleet.service')) === 'active') return machine;
  }
  throw new Error('No machine runs fleetd.');
}

/** Nothing in any machine's journal that an operator should not see, and no failed unit. */
export async function assertCalm(cluster: Cluster, expectedFailures: readonly string[] = []): Promise<void> {
  for (const machine of cluster.machines) {
    const journal = await machine.journal({ unit: 'fleet.service' });
    const bad = journal
      .split('\n')
      .filter((line) =>
        /^\s+at |\bat (file:|async |\/usr\/lib)|internal error|TypeError|unhandled/i.test(line),
      );
    assert.deepEqual(bad.slice(0, 10), [], `${machine.name}: fleet's journal`);
    const failed = await sh(machine, 'systemctl --failed --plain --no-legend | cut -d" " -f1');
    const unexpected = failed.split('\n').filter((name) => name !== '' && !expectedFailures.includes(name));
    assert.deepEqual(unexpected, [], `${machine.name}: systemctl --failed`);
  }
}
