// A cluster of machines with slots and the server that they are updated from, as an operator has them.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunResult, run } from '../../src/host/index.ts';
import { netCommand } from '../../src/sandbox/cluster.ts';
import {
  type Cluster,
  type ClusterOptions,
  type Machine,
  startCluster,
  waitUntilReady,
} from '../../src/sandbox/index.ts';
import { clusterPaths, machinePaths } from '../../src/sandbox/paths.ts';
import { checkout, temporaryFolder } from './booted.ts';
import { provideReleases, type Releases, type Version } from './update-releases.ts';

/** The bridge of the cluster: the host, as machines see it. */
const serverAddress = '10.77.0.1:8000';
export const serverUrl = `http://${serverAddress}/v1/update/`;

/** The host is shared, and may be slow. */
export const patienceMs = 300_000;

export interface UpdatedCluster extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly releases: Releases;
  /** What the server serves. */
  readonly folder: string;
  /** Puts a release there, whole at once. */
  publish(version: Version): Promise<void>;
  withdraw(version: Version): Promise<void>;
  /** What the server says of each machine, by machine id. */
  machines(): Promise<ReadonlyMap<string, { readonly version: string; readonly status: string }>>;
  /** The server's journal. */
  events(): Promise<readonly ServerEvent[]>;
  /** The machine's slots, as a folder of the host. */
  slots(machine: Machine): string;
}

export interface ServerEvent {
  readonly kind: string;
  readonly machine: string;
  readonly type?: number;
  readonly result?: number;
  readonly errorCode?: number;
}

export interface UpdatedOptions extends ClusterOptions {
  /** Lines of update.conf besides the server. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly first?: Version;
}

/** Boots machines that run `first` (default 1.0.0), with an update server beside them that has nothing newer. */
export async function bootUpdated(options: UpdatedOptions = {}): Promise<UpdatedCluster> {
  const { settings = {}, first = '1.0.0', ...clusterOptions } = options;
  const folder = await temporaryFolder();
  process.env.KEELSON_SANDBOX_STATE = join(folder, 'state');
  process.env.KEELSON_SANDBOX_RUN = join(folder, 'run');
  let cluster: Cluster | undefined;
  let server: ChildProcess | undefined;
  const end = async () => {
    if (server !== undefined && server.exitCode === null && server.signalCode === null) {
      const closed = once(server, 'close');
      server.kill('SIGTERM');
      await closed;
    }
    await cluster?.down();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const releases = await provideReleases();
    const lines = Object.entries({ SERVER: serverUrl, ...settings }).map(
      ([key, value]) => `${key}=${value}\n`,
    );
    cluster = await startCluster({
      release: releases.folder(first),
      fragment: {
        units: [
          { name: 'update-engine.service', command: 'start' },
          { name: 'locksmithd.service', command: 'start' },
        ],
        write_files: [{ path: '/etc/coreos/update.conf', content: lines.join('') }],
      },
      bootDeadlineMs: patienceMs,
      ...clusterOptions,
    });
    const served = join(folder, 'releases');
    await mkdir(served);
    server = await serve(cluster.name, served);
    const net = cluster.net;
    const publish = async (version: Version) => {
      await run('cp', ['-al', releases.folder(version), join(served, `.${version}`)]);
      await rename(join(served, `.${version}`), join(served, version));
      // The server looks at its folder once a second.
      const there = (await readdir(served)).filter((name) => /^\d/.test(name)).length;
      const knows = async () => {
        const { stdout } = await net(['curl', '-sS', `http://${serverAddress}/healthz`]);
        return (JSON.parse(stdout) as { releases: number }).releases === there;
      };
      const end = Date.now() + patienceMs;
      while (!(await knows().catch(() => false))) {
        assert.ok(Date.now() < end, `The update server does not offer ${version}.`);
        await sleep(200);
      }
    };
    await publish(first);
    await waitUntilReady(cluster, () => {}, patienceMs);
    const paths = clusterPaths(cluster.name);
    return {
      cluster,
      releases,
      folder: served,
      publish,
      withdraw: (version) => rm(join(served, version), { recursive: true }),
      machines: async () => {
        const { stdout } = await net(['curl', '-fsS', `http://${serverAddress}/v1/machines`]);
        const said: { machines: { machineId: string; version: string; status: string }[] } =
          JSON.parse(stdout);
        return new Map(said.machines.map(({ machineId, ...rest }) => [machineId, rest]));
      },
      events: async () => {
        const { stdout } = await run('cat', [join(served, '.updates.jsonl')]);
        return stdout
          .trim()
          .split('\n')
          .map((line): ServerEvent => JSON.parse(line));
      },
      slots: (machine) => machinePaths(paths, machine.name).slots,
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** `keelson update serve` in the cluster's network, once it listens. */
async function serve(cluster: string, folder: string): Promise<ChildProcess> {
  await writeFile(join(folder, 'channels.json'), '{ "*": "newest" }\n');
  const keelson = [process.execPath, join(checkout, 'dist/keelson.js')];
  const words = ['update', 'serve', folder, '--listen', serverAddress];
  const argv = await netCommand(cluster, [...keelson, ...words]);
  const child = spawn(argv[0] ?? '', argv.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      said += chunk.toString();
      if (/^Serving /m.test(said)) resolve();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('error', reject);
    child.once('close', () => reject(new Error(`The update server ended: ${said}`)));
  });
  return child;
}

/** A program inside; any exit status is an answer. */
export function inside(machine: Machine, ...argv: readonly string[]): Promise<RunResult> {
  return machine.exec(argv, { accept: 'any', deadlineMs: patienceMs });
}

/** The machine's slots as `A 1.0.0 good` and `B 2.0.0 trial`, and which of them runs. */
export async function slotsOf(
  machine: Machine,
): Promise<{ readonly slots: string[]; readonly runs: string }> {
  const { status, stdout, stderr } = await inside(machine, 'keelson', 'slot', 'status', '--json');
  assert.equal(status, 0, stderr);
  const said: { slots: { slot: string; version?: string; state: string; running: boolean }[] } =
    JSON.parse(stdout);
  return {
    slots: said.slots.map(({ slot, version, state }) => `${slot} ${version ?? '-'} ${state}`),
    runs: said.slots.find(({ running }) => running)?.version ?? '',
  };
}

/** Waits until the machine is up, runs that version, and has blessed it. */
export async function untilGood(machine: Machine, version: Version, timeoutMs = patienceMs): Promise<void> {
  let seen = '';
  const holds = async () => {
    // It may be on its way down.
    const { slots, runs } = await slotsOf(machine).catch((error: unknown) => ({
      slots: [String(error)],
      runs: '',
    }));
    seen = `runs ${runs}; ${slots.join(', ')}`;
    return runs === version && slots.some((slot) => slot.endsWith(` ${version} good`));
  };
  await machine
    .waitFor(holds, { timeoutMs, intervalMs: 1000, what: `${version}, blessed` })
    .catch((error: unknown) => {
      throw new Error(`${String(error)} It was seen to be: ${seen}`);
    });
}

/** One line of a machine's journal. */
export interface Moment {
  readonly machine: string;
  /** Microseconds since 1970, by the clock that all machines share. */
  readonly at: number;
  readonly text: string;
  readonly boot: string;
  /** The unit that a line of systemd is about. */
  readonly unit: string;
  /** Who says it. */
  readonly by: string;
}

/** The lines of all machines that these `FIELD=value` of journalctl(1) match, by time. */
export async function journalOf(cluster: Cluster, matches: readonly string[]): Promise<Moment[]> {
  const found: Moment[] = [];
  const paths = clusterPaths(cluster.name);
  for (const { name } of cluster.machines) {
    const folder = join(machinePaths(paths, name).upper, 'var/log/journal');
    const argv = [`--directory=${folder}`, '--output=json', '--no-pager', '--quiet', ...matches];
    const { stdout } = await run('journalctl', argv, {
      maxOutputBytes: 256 * 1024 * 1024,
      deadlineMs: 60_000,
    });
    for (const line of stdout.split('\n')) {
      if (line === '') continue;
      const entry: Record<string, unknown> = JSON.parse(line);
      const of = (key: string) => (typeof entry[key] === 'string' ? entry[key] : '');
      found.push({
        ...{ machine: name, at: Number(of('__REALTIME_TIMESTAMP')), text: of('MESSAGE') },
        ...{ boot: of('_BOOT_ID'), unit: of('UNIT'), by: of('SYSLOG_IDENTIFIER') },
      });
    }
  }
  return found.sort((a, b) => a.at - b.at);
}
