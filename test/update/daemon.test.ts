// The daemon as a process, on a bus and with a server of its own: started, asked, reloaded, stopped and killed.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readRequest } from '../../src/omaha/index.ts';
import { main } from '../../src/update/ctl/main.ts';
import { skipWithoutDaemon, startBus, type TestBus } from '../systemd/bus-daemon.ts';
import { lineOf, noUpdate, offerAnswer } from './world.ts';

const skip = skipWithoutDaemon;
const child = join(import.meta.dirname, 'daemon-child.ts');

interface Machine {
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

async function machineFor(context: TestContext, offers: () => boolean): Promise<Machine> {
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
      await new Promise<void>((resolve, reject) => {
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
      return daemon;
    },
    async end(daemon, signal) {
      const ended = new Promise<number | null>((resolve) => daemon.once('close', resolve));
      daemon.kill(signal);
      return await ended;
    },
    async client(...words) {
      let [out, err] = ['', ''];
      const status = await main(words, {
        ...{ systemSocket: bus.socket, retryMs: 5_000, pollMs: 10 },
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

const marker = 'run/update_engine_autoupdate_completed';
const state = 'var/lib/update_engine';

test('an update, a stop, and a start that remembers it', { skip }, async (context) => {
  const machine = await machineFor(context, () => true);
  const daemon = await machine.start();
  const { status, out } = await machine.client('-update', '-json');
  assert.equal(status, 0, machine.log);
  assert.equal(JSON.parse(out).new_version, '2.0.0');
  assert.equal(await machine.read(marker), '2.0.0\n');
  assert.equal(await machine.read(`${state}/prefs/previous-version`), '1.0.0');
  assert.match((await machine.read('run/reboot-required')) ?? '', /restart required/);
  // Told beside what it does, and in its own time.
  while (!machine.said.includes('event 3/1')) await sleep(10);
  assert.equal(await machine.end(daemon, 'SIGTERM'), 0);
  const events = machine.said.filter((line) => line.startsWith('event'));
  assert.deepEqual(events, ['event 13/1', 'event 14/1', 'event 3/1']);
  await machine.start();
  const { out: lines } = await machine.client('-status');
  assert.match(lines, /CURRENT_OP=UPDATE_STATUS_UPDATED_NEED_REBOOT\nNEW_VERSION=2\.0\.0\n/);
  assert.equal((await machine.client('-reset_status')).status, 0);
  assert.equal(await machine.read(marker), undefined);
});

test('no update is no failure, and SIGHUP reads the configuration again', { skip }, async (context) => {
  const machine = await machineFor(context, () => false);
  const daemon = await machine.start();
  const { status, out } = await machine.client('-update', '-json');
  assert.equal(status, 0);
  assert.equal(JSON.parse(out).current_operation, 'UPDATE_STATUS_IDLE');
  await writeFile(join(machine.root, 'etc/coreos/update.conf'), 'SERVER=disabled\nGRUOP=x\n');
  daemon.kill('SIGHUP');
  while (!(await machine.client('-status')).err.includes('Updates are off')) await sleep(20);
  while (!/update\.conf:2: Nobody reads the key GRUOP/.test(machine.log)) await sleep(20);
  const refused = await machine.client('-update', '-json');
  assert.equal(refused.status, 1);
  assert.match(refused.err, /Updates are off: SERVER=disabled/);
});

test('SIGTERM in the middle of a download is no failure; the next start goes on', {
  skip,
}, async (context) => {
  const machine = await machineFor(context, () => true);
  const daemon = await machine.start({ STEP_MS: '2000' });
  await machine.client('-check_for_update');
  while (!(await machine.client('-status')).out.includes('DOWNLOADING')) await sleep(10);
  assert.equal(await machine.end(daemon, 'SIGTERM'), 0);
  assert.ok(!machine.said.some((line) => line.startsWith('event 3/')), machine.said.join());
  await machine.start();
  assert.match((await machine.client('-status')).out, /UPDATE_STATUS_IDLE/);
  assert.equal((await machine.client('-update', '-json')).status, 0);
});

test('a bus that was restarted has the engine again', { skip }, async (context) => {
  const machine = await machineFor(context, () => false);
  const daemon = await machine.start();
  await machine.bus.kill();
  await machine.bus.start();
  assert.equal((await machine.client('-status')).status, 0, machine.log);
  assert.equal(daemon.exitCode, null);
});

test('a second engine is refused, and says why', { skip }, async (context) => {
  const machine = await machineFor(context, () => false);
  await machine.start();
  await assert.rejects(machine.start(), /com\.coreos\.update1 is taken/);
});

/** As long as an update takes here, and a little more. */
const moments = [0, 8, 20, 35, 55, 90];

test('killed at any moment of an update, it is consistent and the update can be had', {
  skip,
}, async (context) => {
  const machine = await machineFor(context, () => true);
  for (const moment of moments) {
    await rm(join(machine.root, 'slot'), { force: true });
    const daemon = await machine.start();
    if ((await machine.client('-status')).out.includes('NEED_REBOOT')) {
      // Killed after the last step: that is known, and begun anew for the next round.
      assert.equal((await machine.client('-reset_status')).status, 0);
    }
    await machine.client('-check_for_update');
    await sleep(moment);
    await machine.end(daemon, 'SIGKILL');
    const armed = (await machine.read('slot')) === '2.0.0';
    const again = await machine.start();
    const { out } = await machine.client('-status', '-json');
    const { current_operation: operation, detail } = JSON.parse(out);
    if (armed) assert.equal(operation, 'UPDATE_STATUS_UPDATED_NEED_REBOOT', `after ${moment} ms`);
    assert.deepEqual(detail.failedVersions, [], `after ${moment} ms`);
    for (const folder of [state, `${state}/prefs`]) {
      const names = await readdir(join(machine.root, folder)).catch(() => []);
      for (const name of names.filter((each) => each.endsWith('.json'))) {
        JSON.parse((await machine.read(join(folder, name))) ?? '');
      }
      if (folder !== state) assert.ok(!names.some((name) => name.startsWith('.')), names.join());
    }
    assert.equal(await machine.end(again, 'SIGTERM'), 0);
  }
  await rm(join(machine.root, 'slot'), { force: true });
  await rm(join(machine.root, state, 'pending-update.json'), { force: true });
  await rm(join(machine.root, marker), { force: true });
  await machine.start();
  assert.equal((await machine.client('-update', '-json')).status, 0, machine.log);
});
