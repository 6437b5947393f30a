// Runs on a booted machine (see ../systemd-manager.test.ts): the manager against the real systemd, over
// PID 1's own socket and over the system bus.

import assert from 'node:assert/strict';
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { connectManager, type Manager, systemdErrors, type UnitChange } from '../../../src/systemd/index.ts';

const transports = ['private', 'system'] as const;
const program = promisify(execFile);

function units(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(`/etc/systemd/system/${name}`, text);
  execFileSync('systemctl', ['daemon-reload']);
}

const service = (...lines: readonly string[]) => `[Service]\n${lines.join('\n')}\n`;

units({
  'sleep.service': service('ExecStart=/bin/sleep 1000'),
  'sleep@.service': service('ExecStart=/bin/sleep 1000'),
  'quick@.service': service('Type=oneshot', 'ExecStart=/bin/true'),
  'fails.service': service('Type=oneshot', 'ExecStart=/bin/false'),
  'slow.service': `[Unit]\nJobTimeoutSec=300ms\n${service('Type=oneshot', 'ExecStart=/bin/sleep 1000')}`,
  'wedged.service': service('Type=oneshot', 'ExecStart=/bin/sleep 1000'),
  'needs-fails.service': `[Unit]\nRequires=fails.service\nAfter=fails.service\n${service('ExecStart=/bin/sleep 1000')}`,
  'empty@.target': '[Unit]\nDescription=Nothing\n',
});

/** Collects changes, and waits for one. */
function watch(manager: Manager, ...names: string[]) {
  const seen: UnitChange[] = [];
  const controller = new AbortController();
  const follower = manager.follow((change) => seen.push(change), { signal: controller.signal });
  follower.setNames(new Set(names));
  return {
    seen,
    follower,
    states: (name: string) =>
      seen.filter((change) => change.name === name).map((change) => change.activeState),
    until: async (name: string, activeState: string, since = 0) => {
      for (let tries = 0; tries < 3000; tries += 1) {
        const found = seen
          .slice(since)
          .some((change) => change.name === name && change.activeState === activeState);
        if (found) return;
        await sleep(20);
      }
      assert.fail(`${name} was never ${activeState}: ${JSON.stringify(seen)}`);
    },
    /** Waits until the last change tells that. */
    untilLoad: async (loadState: string) => {
      for (let tries = 0; tries < 3000 && seen.at(-1)?.loadState !== loadState; tries += 1) await sleep(20);
      assert.equal(seen.at(-1)?.loadState, loadState);
    },
    [Symbol.dispose]: () => controller.abort(),
  };
}

/** Keeps PID 1 in its next reload, deaf to calls, until it is ended; two minutes at most. */
function slowGenerator() {
  const path = '/run/systemd/system-generators/slow';
  const over = '/run/generator-over';
  rmSync(over, { force: true });
  mkdirSync(dirname(path), { recursive: true });
  const script = `#!/bin/sh\nfor try in $(seq 1200); do [ -e ${over} ] && exit; sleep 0.1; done\n`;
  writeFileSync(path, script, { mode: 0o755 });
  return {
    begun: async () => {
      for (let tries = 0; spawnSync('pgrep', ['-f', path]).status !== 0; tries += 1) {
        assert.ok(tries < 600, 'the generator was never run');
        await sleep(50);
      }
    },
    end: () => {
      writeFileSync(over, '');
      rmSync(path, { force: true });
    },
  };
}

for (const transport of transports) {
  const connect = () => connectManager({ transport });

  test(`${transport}: jobs end done, failed, timeout, dependency`, async () => {
    await using manager = await connect();
    const end = async (verb: 'start' | 'stop', unit: string) => (await manager.job(verb, unit)).result;
    assert.equal(await end('start', 'sleep.service'), 'done');
    assert.equal(await manager.unitProperty('sleep.service', 'ActiveState'), 'active');
    assert.equal(typeof (await manager.unitProperty('sleep.service', 'MainPID')), 'number');
    assert.equal(await end('stop', 'sleep.service'), 'done');
    assert.equal(await end('start', 'fails.service'), 'failed');
    assert.equal(await end('start', 'slow.service'), 'timeout');
    assert.equal(await end('start', 'needs-fails.service'), 'dependency');
    await manager.resetFailed('fails.service');
    assert.equal(await manager.unitProperty('fails.service', 'ActiveState'), 'inactive');
  });

  test(`${transport}: a job that another replaces is canceled`, async () => {
    await using manager = await connect();
    const start = await manager.job('start', 'wedged.service');
    const stop = await manager.job('stop', 'wedged.service');
    assert.deepEqual([await start.result, await stop.result], ['canceled', 'done']);
  });

  test(`${transport}: what does not exist or is refused says so`, async () => {
    await using manager = await connect();
    await assert.rejects(manager.job('start', 'nothing.service'), (error) =>
      systemdErrors.is(error, 'no-such-unit'),
    );
    await assert.rejects(manager.unitFileState('nothing.service'), (error) =>
      systemdErrors.is(error, 'no-such-unit'),
    );
    await assert.rejects(manager.job('start', 'a b'), (error) => systemdErrors.is(error, 'refused'));
    await assert.rejects(manager.unitProperty('sleep.service', 'Nothing'), (error) =>
      systemdErrors.is(error, 'refused'),
    );
    await assert.rejects(manager.unitProperties('../x'), (error) => systemdErrors.is(error, 'unit-name'));
  });

  test(`${transport}: results that come before their answers are not lost`, async () => {
    await using manager = await connect();
    // Empty targets are started before systemd has written its answer to us.
    const names = Array.from({ length: 100 }, (_, index) => `empty@a${index}.target`);
    const jobs = await Promise.all(names.map((name) => manager.job('start', name)));
    const results = await Promise.all(jobs.map((job) => job.result));
    assert.deepEqual(new Set(results), new Set(['done']));
    await Promise.all(names.map(async (name) => (await manager.job('stop', name)).result));
  });

  test(`${transport}: 300 jobs at once all end, and systemd stays on the bus`, async () => {
    await using manager = await connect();
    const names = Array.from({ length: 300 }, (_, index) => `quick@${index}.service`);
    const results = await Promise.all(names.map(async (name) => (await manager.job('start', name)).result));
    assert.deepEqual(new Set(results), new Set(['done']));
    execFileSync('busctl', ['status', 'org.freedesktop.systemd1']);
  });

  test(`${transport}: starts that hang do not keep a stop waiting`, async () => {
    await using manager = await connect();
    units({
      'hang@.service': service('Type=oneshot', 'ExecStart=/bin/sleep 1000', 'TimeoutStartSec=infinity'),
    });
    const names = Array.from({ length: 70 }, (_, index) => `hang@${index}.service`);
    const starts = names.map((name) => manager.job('start', name));
    await starts[0];
    const stops = await Promise.all(names.slice(0, 64).map((name) => manager.job('stop', name)));
    assert.deepEqual(new Set(await Promise.all(stops.map((job) => job.result))), new Set(['done']));
    const rest = await Promise.all(names.slice(64).map((name) => manager.job('stop', name)));
    await Promise.all(rest.map((job) => job.result));
    await Promise.all(starts);
    execFileSync('systemctl', ['stop', 'hang@*.service']);
  });

  test(`${transport}: followed units are told as they are, then each change`, async () => {
    await using manager = await connect();
    using watched = watch(manager, 'sleep@f.service', 'nothing.service', 'sleep@.service', 'not a name');
    await watched.until('not a name', 'inactive');
    assert.deepEqual(
      watched.seen.map((change) => [change.name, change.loadState, change.activeState]).sort(),
      [
        ['not a name', 'not-found', 'inactive'],
        ['nothing.service', 'not-found', 'inactive'],
        ['sleep@.service', 'not-found', 'inactive'],
        ['sleep@f.service', 'loaded', 'inactive'],
      ],
    );
    await (await manager.job('start', 'sleep@f.service')).result;
    await watched.until('sleep@f.service', 'active');
    await manager.killUnit('sleep@f.service', 'main', 9);
    await watched.until('sleep@f.service', 'failed');
    const failed = watched.seen.length;
    await manager.resetFailed('sleep@f.service');
    await watched.until('sleep@f.service', 'inactive', failed);
    await sleep(300);
    assert.deepEqual(
      watched.states('sleep@f.service').filter((state) => !state.endsWith('ating')),
      ['inactive', 'active', 'failed', 'inactive'],
    );
    assert.equal(watched.states('nothing.service').length, 1);
  });

  test(`${transport}: a unit whose file comes and goes is told`, async () => {
    await using manager = await connect();
    writeFileSync('/run/late.service', service('ExecStart=/bin/sleep 1000'));
    using watched = watch(manager, 'late.service');
    await watched.until('late.service', 'inactive');
    assert.equal(watched.seen[0]?.loadState, 'not-found');
    const [change] = await manager.linkUnitFiles(['/run/late.service'], true, true);
    assert.equal(change?.path, '/run/systemd/system/late.service');
    await manager.reload();
    await watched.untilLoad('loaded');
    assert.equal(await manager.unitFileState('late.service'), 'linked-runtime');
    await manager.disableUnitFiles(['late.service'], true);
    await manager.reload();
    await watched.untilLoad('not-found');
  });

  test(`${transport}: following idle units costs systemd no calls`, async () => {
    await using manager = await connect();
    using watched = watch(manager, 'nothing.service', 'sleep@idle.service');
    await watched.until('sleep@idle.service', 'inactive');
    // Another client's look at an unloaded unit makes systemd announce and drop it.
    spawnSync('systemctl', ['status', 'sleep@idle.service'], { stdio: 'ignore' });
    await sleep(200);
    const before = cpuOf(process.pid);
    await sleep(1000);
    assert.ok(cpuOf(process.pid) - before <= 15, 'an echo of our own listing made us list again');
  });

  test(`${transport}: a call ends at its deadline while systemd is busy`, async () => {
    await using manager = await connect();
    const generator = slowGenerator();
    try {
      let over = false;
      const reloaded = manager.reload().then(() => {
        over = true;
      });
      await generator.begun();
      await assert.rejects(manager.reload({ deadlineMs: 500 }), (error) =>
        systemdErrors.is(error, 'deadline'),
      );
      assert.equal(over, false);
      generator.end();
      await reloaded;
    } finally {
      generator.end();
    }
    assert.equal((await manager.listUnitsByNames(['sleep.service']))[0]?.loadState, 'loaded');
  });

  test(`${transport}: daemon-reexec is survived, with followers and jobs`, async () => {
    await using manager = await connect();
    using watched = watch(manager, 'sleep@r.service');
    await watched.until('sleep@r.service', 'inactive');
    const wedged = await manager.job('start', 'wedged.service');
    await program('systemctl', ['daemon-reexec']);
    // Called while it may still be away.
    assert.equal((await manager.listUnitsByNames(['sleep@r.service'])).length, 1);
    await (await manager.job('start', 'sleep@r.service')).result;
    await watched.until('sleep@r.service', 'active');
    const since = watched.seen.length;
    await program('systemctl', ['stop', 'sleep@r.service']);
    await watched.until('sleep@r.service', 'inactive', since);
    await (await manager.job('stop', 'wedged.service')).result;
    assert.equal(await wedged.result, 'canceled');
  });

  test(`${transport}: a closed manager rejects what is open`, async () => {
    const manager = await connect();
    const job = await manager.job('start', 'wedged.service');
    await manager[Symbol.asyncDispose]();
    await assert.rejects(job.result, (error) => systemdErrors.is(error, 'disconnected'));
    await assert.rejects(manager.listUnits(), (error) => systemdErrors.is(error, 'disconnected'));
    execFileSync('systemctl', ['stop', 'wedged.service']);
  });
}

test('system: dbus-daemon restarted is survived, with followers and jobs', async () => {
  await using manager = await connectManager({ transport: 'system' });
  using watched = watch(manager, 'sleep@d.service');
  await watched.until('sleep@d.service', 'inactive');
  const wedged = await manager.job('start', 'wedged.service');
  const since = watched.seen.length;
  await program('systemctl', ['restart', 'dbus.service']);
  await (await manager.job('start', 'sleep@d.service')).result;
  await watched.until('sleep@d.service', 'active', since);
  execFileSync('systemctl', ['stop', 'sleep@d.service']);
  await watched.until('sleep@d.service', 'inactive', since + 1);
  execFileSync('systemctl', ['stop', 'wedged.service']);
  assert.equal(await wedged.result, 'canceled');
});

test('calls that are under way when the connection dies are rejected at once', async () => {
  await using manager = await connectManager({ transport: 'system' });
  const generator = slowGenerator();
  const pid = Number(await manager.unitProperty('dbus.service', 'MainPID'));
  const reloaded = manager.reload().then(
    () => 'answered',
    (error: unknown) => (systemdErrors.is(error, 'disconnected') ? 'disconnected' : error),
  );
  await generator.begun();
  process.kill(pid, 'SIGKILL');
  assert.equal(await reloaded, 'disconnected');
  generator.end();
  assert.equal(typeof (await manager.managerProperty('Version')), 'string');
});

test('a socket that accepts and says nothing is given up', async () => {
  const server = createServer(() => {}).listen('/run/silent.sock');
  const started = performance.now();
  await assert.rejects(
    connectManager({ transport: 'private', privateSocket: '/run/silent.sock', deadlineMs: 500 }),
    (error) => systemdErrors.is(error, 'unavailable'),
  );
  assert.ok(performance.now() - started < 60_000);
  server.close();
});

/** Processor time of a process in hundredths of a second. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}
