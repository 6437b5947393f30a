// Real etcd members for tests: started on free ports of loopback with a folder of their own, and always
// ended, also when the test run is interrupted or killed.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Member {
  readonly name: string;
  readonly endpoint: string;
  readonly directory: string;
  /** Undefined while it is stopped. */
  readonly pid: number | undefined;
  kill(signal: NodeJS.Signals): void;
  /** Kills and waits until it is gone. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export interface EtcdCluster extends AsyncDisposable {
  readonly members: readonly Member[];
  readonly endpoints: readonly string[];
}

export interface ClusterOptions {
  readonly size?: number;
  /** More arguments for every member. */
  readonly args?: readonly string[];
  /** More arguments for one of them. */
  readonly memberArgs?: (index: number) => readonly string[];
  /** Data goes below this folder instead of a temporary one. */
  readonly dataDirectory?: string;
  /** Certificate files of a server that demands client certificates. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** A folder that carries our pid; those that carry the pid of a run that was killed are removed. */
function makeFolder(): string {
  for (const name of readdirSync(tmpdir())) {
    const owner = /^keelson-etcd-(\d+)-/.exec(name)?.[1];
    if (owner !== undefined && !existsSync(`/proc/${owner}`))
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
  return mkdtempSync(join(tmpdir(), `keelson-etcd-${process.pid}-`));
}

/** Starts a cluster and waits until it has a leader. */
export async function startEtcd(options: ClusterOptions = {}): Promise<EtcdCluster> {
  const size = options.size ?? 1;
  const ports = await freePorts(size * 2);
  const root = options.dataDirectory ?? makeFolder();
  const names = Array.from({ length: size }, (_, index) => `m${index}`);
  const peer = (index: number) => `http://127.0.0.1:${ports[size + index]}`;
  const scheme = options.tls === undefined ? 'http' : 'https';
  const initial = names.map((name, index) => `${name}=${peer(index)}`).join(',');
  const members = names.map((name, index) => {
    const endpoint = `${scheme}://127.0.0.1:${ports[index]}`;
    const directory = join(root, name);
    const args = [
      ...['--name', name, '--data-dir', directory, '--log-level', 'error', '--logger', 'zap'],
      ...['--listen-client-urls', endpoint, '--advertise-client-urls', endpoint],
      ...['--listen-peer-urls', peer(index), '--initial-advertise-peer-urls', peer(index)],
      ...['--initial-cluster', initial, '--initial-cluster-state', 'new'],
      ...(options.tls === undefined ? [] : ['--client-cert-auth', '--trusted-ca-file', options.tls.ca]),
      ...(options.tls === undefined ? [] : ['--cert-file', options.tls.cert, '--key-file', options.tls.key]),
      ...(options.args ?? []),
      ...(options.memberArgs?.(index) ?? []),
    ];
    return member(name, endpoint, directory, args, join(root, `${name}.log`));
  });
  const stopAll = async () => {
    await Promise.all(members.map((each) => each.stop()));
    if (options.dataDirectory === undefined) rmSync(root, { recursive: true, force: true });
  };
  try {
    await Promise.all(members.map((each) => each.start()));
    if (options.tls === undefined)
      await Promise.all(members.map((each) => healthy(each, join(root, `${each.name}.log`))));
  } catch (error) {
    await stopAll();
    throw error;
  }
  return { members, endpoints: members.map((each) => each.endpoint), [Symbol.asyncDispose]: stopAll };
}

function member(
  name: string,
  endpoint: string,
  directory: string,
  args: readonly string[],
  log: string,
): Member {
  let child: ChildProcess | undefined;
  return {
    name,
    endpoint,
    directory,
    get pid() {
      return child?.pid;
    },
    kill: (signal) => child?.kill(signal),
    async stop() {
      const running = child;
      child = undefined;
      if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
      const gone = once(running, 'exit');
      running.kill('SIGKILL');
      await gone;
    },
    async start() {
      const output = openSync(log, 'a');
      // The kernel kills it when this process dies, however that happens.
      child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', 'etcd', ...args], {
        stdio: ['ignore', output, output],
      });
      await once(child, 'spawn');
    },
  };
}

async function healthy(each: Member, log: string): Promise<void> {
  const end = performance.now() + 90_000;
  while (performance.now() < end) {
    try {
      const response = await fetch(`${each.endpoint}/health`, { signal: AbortSignal.timeout(2000) });
      if ((await response.text()).includes('true')) return;
    } catch {
      // Not yet listening.
    }
    await sleep(100);
  }
  throw new Error(`etcd ${each.name} did not become healthy:\n${readFileSync(log, 'utf8').slice(-2000)}`);
}
