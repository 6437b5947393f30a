// Clusters on this host: they come up, obey, survive what is done to them, and leave nothing.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { provide, type RunResult, run } from '../../src/host/index.ts';
import { startCluster } from '../../src/sandbox/index.ts';
import { temporaryFolder } from './booted.ts';

const keelson = resolve(import.meta.dirname, '../../src/keelson.ts');
const door = resolve(import.meta.dirname, '../../src/sandbox/index.ts');

let folder = '';
before(async () => {
  folder = await temporaryFolder();
  process.env.KEELSON_SANDBOX_STATE = join(folder, 'state');
  process.env.KEELSON_SANDBOX_RUN = join(folder, 'run');
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
});

function cli(...args: string[]): Promise<RunResult> {
  return run(process.execPath, [keelson, ...args], {
    env: environment(),
    accept: 'any',
    deadlineMs: 180_000,
  });
}

function environment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}

/** Everything on the host that names this test's folder, or the cgroups and links of its clusters. */
async function traces(): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    if (Number(pid) === process.pid) continue;
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const mounts = await readFile(`/proc/${pid}/mounts`, 'utf8').catch(() => '');
    if (command.includes(folder)) found.push(`process ${pid}: ${command.replaceAll('\0', ' ')}`);
    if (mounts.includes(folder)) found.push(`process ${pid} has a mount of ours`);
  }
  for (const root of ['/sys/fs/cgroup', '/sys/fs/cgroup/unified', '/sys/fs/cgroup/systemd']) {
    const groups = await readdir(root).catch(() => []);
    found.push(...groups.filter((name) => /^keelson-sandbox-(one|two|broken)-/.test(name)));
  }
  const links = (await run('ip', ['-o', 'link'])).stdout;
  found.push(...links.split('\n').filter((line) => /\b(vb-|keelson0)/.test(line)));
  for (const part of ['state', 'run']) {
    found.push(...(await readdir(join(folder, part)).catch(() => [])).map((name) => `${part}/${name}`));
  }
  return found;
}

/** The dead need a moment to be reaped by others. */
async function assertNoTraces(): Promise<void> {
  let found = await traces();
  for (let tries = 0; tries < 300 && found.length > 0; tries++) {
    await sleep(100);
    found = await traces();
  }
  assert.deepEqual(found, []);
}

test('up, use and down by the commands, with nothing left', { timeout: 300_000 }, async () => {
  assert.deepEqual(await traces(), []);
  const up = await cli('up', '--plain', '--name', 'one', '--machines', '2');
  assert.equal(up.status, 0, up.stderr);
  assert.match(up.stderr, /The cluster one is up: m1, m2\./);
  assert.match(up.stdout, /keelson ssh --name one m1/);

  const status = await cli('status', '--json');
  assert.equal(status.status, 0);
  const [cluster] = JSON.parse(status.stdout);
  assert.equal(cluster.name, 'one');
  assert.deepEqual(
    cluster.machines.map((machine: Record<string, unknown>) => [
      machine.name,
      machine.address,
      machine.state,
    ]),
    [
      ['m1', '10.77.0.11', 'running'],
      ['m2', '10.77.0.12', 'running'],
    ],
  );
  assert.match(await readFile(`/proc/${cluster.machines[0].leader}/comm`, 'utf8'), /^systemd$/m);

  const ssh = await cli('ssh', '--name', 'one', 'm2', 'hostname; exit 9');
  assert.deepEqual([ssh.stdout, ssh.status], ['m2\n', 9], ssh.stderr);
  const exec = await cli('exec', '--name', 'one', 'm1', '--', 'sh', '-c', 'cat /etc/hostname; exit 7');
  assert.deepEqual([exec.stdout, exec.status], ['m1\n', 7], exec.stderr);
  const net = await cli('net', '--name', 'one', '--', 'getent', 'hosts', 'm2');
  assert.match(net.stdout, /^10\.77\.0\.12\s+m2$/m);
  const logs = await cli('logs', '--name', 'one');
  assert.match(logs.stdout, / m1 systemd\[1\]: .* m2 systemd\[1\]: /s);
  const own = await cli('logs', '--name', 'one', 'm2', '-u', 'ssh');
  assert.match(own.stdout, /Server listening on/);
  assert.doesNotMatch(own.stdout, / m1 /);

  assert.equal((await cli('kill', '--name', 'one', 'm1')).status, 0);
  const half = await cli('status', '--name', 'one');
  assert.equal(half.status, 3);
  assert.match(half.stdout, /m1\s+10\.77\.0\.11\s+stopped/);
  const again = await cli('up', '--plain', '--name', 'one');
  assert.match(again.stderr, /^Booting m1$/m);
  assert.doesNotMatch(again.stderr, /Booting m2/);
  const more = await cli('up', '--plain', '--name', 'one', '--machines', '3');
  assert.match(more.stderr, /^Booting m3$/m);

  const down = await cli('down', '--name', 'one');
  assert.equal(down.status, 0, down.stderr);
  await assertNoTraces();
});

test('commands say what is wrong, and exit accordingly', { timeout: 300_000 }, async () => {
  const commands = ['up', 'status', 'ssh', 'exec', 'logs', 'start', 'stop', 'kill', 'net', 'down'];
  for (const name of commands) {
    const help = await cli(name, '--help');
    assert.equal(help.status, 0, name);
    assert.match(help.stdout, new RegExp(`^Usage: keelson ${name} `), name);
  }
  const cases: [string[], number, RegExp][] = [
    [['ssh', 'm1'], 4, /There is no cluster “demo” on this host\.\nkeelson up/],
    [['status', '--name', 'gone'], 4, /no cluster “gone”/],
    [['up', '--machines', 'x'], 2, /“x” is no number/],
    [['up', '--name', '../x'], 2, /cannot be the name of a cluster/],
    [['up', '--metadata', 'web'], 2, /expected MACHINE:KEY=VALUE/],
    [['up', '--metadata', 'm9:a=b'], 2, /the machines are m1 to m3/],
    [['up', '--no-etcd'], 2, /--machines 1/],
    [['up', '--no-etcd', '--machines', '1', '--demo'], 2, /keeps its keys in etcd/],
    [['up', '--config', '/nonexistent'], 2, /\/nonexistent cannot be read \(ENOENT\)/],
    [['up', '--firmware', 'seabios'], 2, /--firmware is about virtual machines: it goes with --vm/],
    [['up', '--vm', '--firmware', 'coreboot'], 2, /Allowed choices are ovmf, seabios, direct/],
    [['up', '--vm', '--memory', '12'], 2, /no number of MiB of memory: expected a whole number from 256/],
    [['up', '--vm', '--privileged'], 2, /do not go with --vm/],
    [['logs', '-n', 'x'], 2, /no number of lines/],
    [['logs', '--console'], 2, /console of one machine/],
    [['start'], 2, /missing required argument/],
  ];
  for (const [args, status, words] of cases) {
    const result = await cli(...args);
    assert.deepEqual([args, result.status], [args, status], result.stderr);
    assert.match(result.stderr, words);
    assert.doesNotMatch(result.stderr, /\n {4}at /);
  }
  assert.deepEqual(JSON.parse((await cli('status', '--json')).stdout), []);
  assert.equal((await cli('down', '--name', 'gone')).status, 0);
  assert.deepEqual(await traces(), []);
});

test('an up that was killed anywhere can be repeated, and be taken down', { timeout: 400_000 }, async () => {
  const args = ['up', '--plain', '--name', 'broken', '--machines', '2'];
  let interrupted = 0;
  for (const [index, delayMs] of [150, 300, 400, 500, 600, 750, 900, 1100, 1400].entries()) {
    const child = spawn(process.execPath, [keelson, ...args], { stdio: 'ignore' });
    const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
    await sleep(delayMs);
    child.kill('SIGKILL');
    if ((await ended) === null) interrupted++;
    if (index % 2 === 0) {
      const up = await cli(...args);
      assert.equal(up.status, 0, `after ${delayMs} ms: ${up.stderr}`);
      const where = await cli('exec', '--name', 'broken', 'm2', '--', 'systemctl', 'is-system-running');
      assert.equal(where.stdout, 'running\n');
    }
    const down = await cli('down', '--name', 'broken');
    assert.equal(down.status, 0, `after ${delayMs} ms: ${down.stderr}`);
    await assertNoTraces();
  }
  assert.ok(interrupted >= 5, `only ${interrupted} were interrupted`);
});

test('a build of the tree that was killed leaves nothing that is taken for whole', {
  timeout: 120_000,
}, async () => {
  const cache = await mkdtemp(join(folder, 'cache-'));
  const source = resolve(import.meta.dirname, '../../src/deploy/index.ts');
  const script = `const { provideRootTree, readDefinition } = await import(${JSON.stringify(source)});
    await provideRootTree({ cache: ${JSON.stringify(cache)}, definition: await readDefinition() });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
  const begun = async () => (await readdir(cache)).find((name) => name.includes('.building-'));
  while ((await begun()) === undefined) await sleep(50);
  // In the middle of mmdebstrap's work.
  const scratchOf = async () => (await readdir(cache)).find((entry) => entry.endsWith('.tmp'));
  const working = async () => {
    const entry = await scratchOf();
    return entry !== undefined && (await readdir(join(cache, entry))).length > 0;
  };
  while (!(await working())) await sleep(50);
  await sleep(1000);
  child.kill('SIGKILL');
  const leftover = await begun();
  assert.ok(leftover);
  const alive = async () => (await traces()).filter((line) => line.startsWith('process'));
  for (let tries = 0; tries < 300 && (await alive()).length > 0; tries++) await sleep(100);
  assert.deepEqual(await alive(), []);
  const scratch = await scratchOf();
  assert.ok(scratch, 'the working files of mmdebstrap are elsewhere');
  assert.notDeepEqual(await readdir(join(cache, scratch)), []);
  const name = leftover.replace(/\.building-.*/, '');
  assert.ok(!(await readdir(cache)).includes(name));
  // The next build of the same begins anew.
  await provide(
    cache,
    name,
    () => {},
    (target) => mkdir(target),
  );
  assert.deepEqual((await readdir(cache)).sort(), [name, `${name}.lock`]);
});

test('a machine is killed, stopped, started, rebooted, frozen and cut off', {
  timeout: 300_000,
}, async () => {
  await using cluster = await startCluster({ name: 'one', machines: 2 });
  const m1 = cluster.machine('m1');
  const m2 = cluster.machine('m2');
  const boot = async () => (await m1.readFile('/proc/sys/kernel/random/boot_id')).trim();
  assert.equal((await m1.readFile('/etc/machine-id')).trim(), m1.machineId);

  await m1.writeFile('/var/lib/kept/file', 'kept\n', 0o640);
  assert.equal((await m1.exec(['stat', '-c', '%a', '/var/lib/kept/file'])).stdout, '640\n');
  for (const end of [m1.kill, m1.stop, m1.kill]) {
    await end();
    assert.equal(await m1.state(), 'stopped');
    await assert.rejects(m1.exec(['true']), { code: 'sandbox.state' });
    assert.equal(await readFile(join(m1.rootPath, 'var/lib/kept/file'), 'utf8'), 'kept\n');
    assert.match(await m1.journal({ lines: 50 }), /m1 systemd/);
    await m1.start();
    assert.equal(await m1.readFile('/var/lib/kept/file'), 'kept\n');
  }
  await m1.start();
  assert.equal(await m1.state(), 'running');

  const leader = await m1.leaderPid();
  await m1.exec(['systemctl', 'reboot'], { accept: 'any' });
  await m2.waitFor(async () => (await m1.leaderPid().catch(() => leader)) !== leader, {
    what: 'another PID 1',
  });
  await m1.start();
  assert.notEqual(await m1.leaderPid(), leader);
  assert.match(await boot(), /^[0-9a-f-]{36}$/);

  const reach = ['ping', '-c1', '-W1', '-q', 'm2'];
  await m1.waitFor(reach);
  await m2.cut();
  assert.notEqual((await m1.exec(reach, { accept: 'any' })).status, 0);
  await m2.heal();
  await m1.waitFor(reach);

  const tick = 'while :; do cat /proc/uptime >/run/tick; sleep 0.05; done';
  await m2.exec(['systemd-run', '--quiet', 'sh', '-c', tick]);
  await m2.waitFor(['test', '-s', '/run/tick']);
  const untilItMoves = async () => {
    const then = await m2.readFile('/run/tick');
    await m2.waitFor(async () => (await m2.readFile('/run/tick')) !== then, { what: 'its clock' });
  };
  await untilItMoves();
  await m2.pause();
  assert.equal(await m2.state(), 'paused');
  const frozen = await m2.readFile('/run/tick');
  await sleep(400);
  assert.equal(await m2.readFile('/run/tick'), frozen);
  await m2.resume();
  assert.equal(await m2.state(), 'running');
  await untilItMoves();
  await m2.pause();
  await m2.kill();
  assert.equal(await m2.state(), 'stopped');

  const start = Date.now();
  await assert.rejects(m1.waitFor(['sh', '-c', 'echo no >&2; false'], { timeoutMs: 1000, what: 'rain' }), {
    code: 'sandbox.deadline',
    message: /in vain on m1 for rain\. It last said: no/,
  });
  assert.ok(Date.now() - start < 50_000, 'it waited as long as without a limit');
});

test('two clusters at once do not meet', { timeout: 300_000 }, async () => {
  const binds = [{ source: import.meta.dirname, target: '/srv/test' }];
  {
    await using one = await startCluster({
      name: 'one',
      machines: [{ name: 'm1', binds }, { name: 'other' }],
    });
    await using two = await startCluster({ name: 'two', machines: 1, privileged: true });
    const [a, b] = [one.machine('m1'), two.machine('m1')];
    assert.equal(a.address, b.address);
    assert.notEqual(a.machineId, b.machineId);
    const namespace = async (pid: number) => await readlink(`/proc/${pid}/ns/net`);
    assert.notEqual(await namespace(await a.leaderPid()), await namespace(await b.leaderPid()));
    assert.match((await a.exec(['ls', '/srv/test'])).stdout, /^sandbox\.test\.ts$/m);
    assert.notEqual((await a.exec(['touch', '/srv/test/x'], { accept: 'any' })).status, 0);
    await a.waitFor(['ping', '-c1', '-W1', 'other']);
    assert.notEqual((await b.exec(['ping', '-c1', '-W1', '10.77.0.12'], { accept: 'any' })).status, 0);
    assert.match((await one.net(['getent', 'hosts', 'other'])).stdout, /10\.77\.0\.12/);
    assert.throws(() => one.machine('m9'), { code: 'sandbox.unknown', message: /it has m1, other/ });
  }
  await assertNoTraces();
});

test('a cluster of a test that is killed ends with it', { timeout: 120_000 }, async () => {
  const script = `const { startCluster } = await import(${JSON.stringify(door)});
    const cluster = await startCluster({ machines: 1 });
    console.log(await cluster.machine('m1').leaderPid());
    setInterval(() => {}, 1000);`;
  const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const leader = await new Promise<string>((done) =>
    child.stdout?.once('data', (chunk) => done(String(chunk).trim())),
  );
  assert.match(await readFile(`/proc/${leader}/comm`, 'utf8'), /systemd/);
  child.kill('SIGKILL');
  const alive = async () => (await traces()).filter((line) => line.startsWith('process'));
  for (let tries = 0; tries < 300 && (await alive()).length > 0; tries++) await sleep(100);
  assert.deepEqual(await alive(), []);
  // What is left on disk, and its cgroups even if the disk forgot it, goes with the next start.
  const groups = async () =>
    (await readdir('/sys/fs/cgroup/unified').catch(() => readdir('/sys/fs/cgroup'))).filter((name) =>
      name.startsWith(`keelson-sandbox-t-${child.pid}-`),
    );
  assert.equal((await groups()).length, 1);
  await rm(join(folder, 'state'), { recursive: true });
  const next = await startCluster({ name: 'two', machines: 0 });
  await next.down();
  assert.deepEqual(await groups(), []);
  await rm(join(folder, 'run'), { recursive: true });
  await assertNoTraces();
});
