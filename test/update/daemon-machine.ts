// A machine for tests of the daemon as a process: files below a folder, a bus and a server of its own.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readRequest } from '../../src/omaha/index.ts';
import { main } from '../../src/update/ctl/main.ts';
import { startBus, type TestBus } from '../systemd/bus-daemon.ts';
import { lineOf, noUpdate, offerAnswer } from './world.ts';

const child = join(import.meta.dirname, 'daemon-child.ts');
/** A busy host gets its time; a daemon that hangs is told of. */
const deadlineMs = 60_000;

/** Waits until that holds; fails with its name when it does not. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!(await holds())) {
    assert.ok(performance.now() < end, `not within ${deadlineMs / 1000} s: ${what}`);
    await sleep(20);
  }
}

async function within<T>(what: string, promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`not within ${deadlineMs / 1000} s: ${what}`)),
    deadlineMs,
  );
  return await Promise.race([promise, late.promise]).finally(() => clearTimeout(timer));
}

export interface Machine {
  readonly root: string;
  readonly bus: TestBus;
  /** What the server was told. */
  readonly said: string[];
  /** What the daemon logged. */
  log: string;
  start(env?: Readonly<Record<string, string>>): Promise<ChildProcess>;
  end(daemon: ChildProcess, signal: NodeJS.Signals): Promise<number | null>;
  client(...words: readonly string[]): Promise<{ status: number; out: string; err: string }>;
  read(path: string): Promise<string | undefined>;
}

/** A machine that runs 1.0.0 below a folder, with a bus and a server that has 2.0.0 as long as `offers` says so. */
export async function machineFor(context: TestContext, offers: () => boolean): Promise<Machine> {
  const root = await mkdtemp(join(tmpdir(), 'update-daemon-'));
  const bus = await startBus();
  const said: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const asked = readRequest(Buffer.concat(chunks));
      said.push(lineOf(asked));
      const wants = asked.apps[0]?.updateCheck !== undefined;
      response.end((wants && offers() ? offerAnswer({ disablePayloadBackoff: true }) : noUpdate()).body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens has an address of that form.
  const { port } = server.address() as AddressInfo;
  const put = async (path: string, text: string) => {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), text);
  };
  await put('etc/coreos/update.conf', `SERVER=http://127.0.0.1:${port}/v1/update/\n`);
  await put('etc/machine-id', 'abce671d61774703ac7be60715220bfe\n');
  await put('proc/sys/kernel/random/boot_id', 'boot-1\n');
  await mkdir(join(root, 'run'));
  const running = new Set<ChildProcess>();
  context.after(async () => {
    for (const daemon of running) daemon.kill('SIGKILL');
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await bus[Symbol.asyncDispose]();
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  });
  const machine: Machine = {
    ...{ root, bus, said, log: '' },
    async start(env = {}) {
      const daemon = spawn(process.execPath, [child], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...{ PATH: process.env['PATH'] ?? '', ROOT: root },
          ...{ DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${bus.socket}` },
          ...env,
        },
      });
      running.add(daemon);
      daemon.once('close', () => running.delete(daemon));
      const started = new Promise<void>((resolve, reject) => {
        let own = '';
        const hear = (text: Buffer) => {
          own += text.toString();
          machine.log += text.toString();
          if (own.includes('version 1.0.0 runs')) resolve();
        };
        daemon.stdout.on('data', hear);
        daemon.stderr.on('data', hear);
        daemon.once('close', () => reject(new Error(`The daemon ended: ${own}`)));
      });
      await within('the start of the daemon', started);
      return daemon;
    },
    async end(daemon, signal) {
      const ended = new Promise<number | null>((resolve) => daemon.once('close', resolve));
      daemon.kill(signal);
      return await within(`the end by ${signal}`, ended);
    },
    async client(...words) {
      let [out, err] = ['', ''];
      const status = await main(words, {
        ...{ systemSocket: bus.socket, retryMs: 1_000, pollMs: 10 },
        out: (text) => {
          out += text;
        },
        err: (text) => {
          err += text;
        },
      });
      return { status, out, err };
    },
    read: (path) => readFile(join(root, path), 'utf8').catch(() => undefined),
  };
  await put('usr/share/coreos/release', 'COREOS_RELEASE_VERSION=1.0.0\n');
  return machine;
}
