// What fleet's own functional tests asserted of several machines: where units go and stay, machines that
// leave, come and change, and SSH. Where those stopped fleetd to have units moved, the host is powered off
// here: a stopped fleetd leaves its units running.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../../src/host/index.ts';
import type { Machine } from '../../src/sandbox/index.ts';
import { clusterPaths } from '../../src/sandbox/paths.ts';
import { assertCalm, sh } from './fleet-cluster.ts';
import { bootFunctional, curl, type Functional, loop, type UnitState } from './functional/environment.ts';

let fleet: Functional;
let m1: Machine;
let m2: Machine;
let m3: Machine;
let m4: Machine;
before(async () => {
  fleet = await bootFunctional(4);
  m1 = fleet.cluster.machine('m1');
  m2 = fleet.cluster.machine('m2');
  m3 = fleet.cluster.machine('m3');
  m4 = fleet.cluster.machine('m4');
  await fleet.untilMachines(m1, 4);
});
after(async () => {
  await fleet?.[Symbol.asyncDispose]();
});
afterEach(async () => {
  const all = (await fleet.listed(m1, 'list-unit-files')).map(([name = '']) => name);
  if (all.length > 0) await fleet.ok(m1, 'destroy', ...all);
  await fleet.untilListed(m1, 'list-units', 0);
});

interface Agent extends AsyncDisposable {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/** An ssh-agent that has the cluster's key, which fleetctl finds nowhere else. */
async function agent(): Promise<Agent> {
  const folder = await mkdtemp(join(tmpdir(), 'agent-'));
  const socket = join(folder, 'socket');
  // It ends with the program that it runs, and that with us, however we end.
  const child = spawn('ssh-agent', ['-a', socket, 'cat'], { stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = once(child, 'exit');
  for (let tries = 0; tries < 600 && !existsSync(socket); tries++) await sleep(100);
  const env = { SSH_AUTH_SOCK: socket };
  await run('ssh-add', ['-q', clusterPaths(fleet.cluster.name).identity], { env });
  return {
    folder,
    env,
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const spread = (states: readonly UnitState[]) => new Map(states.map(({ name, machine }) => [name, machine]));
const conflicting = (kind: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${kind}.${index}.service`);

test('pairs stay together, also when their host is powered off', async () => {
  await fleet.unit('ping.service', loop('ping'));
  const numbers = [1, 2, 3];
  for (const number of numbers) {
    await fleet.unit(`ping.${number}.service`, loop('ping'));
    await fleet.unit(`pong.${number}.service`, loop('pong', `MachineOf=ping.${number}.service`));
  }
  const names = numbers.flatMap((number) => [`ping.${number}.service`, `pong.${number}.service`]);
  await fleet.ok(m1, 'start', '--no-block', ...names);
  const inPairs = (states: readonly UnitState[]) => {
    const places = spread(states);
    for (const number of numbers)
      assert.equal(places.get(`ping.${number}.service`), places.get(`pong.${number}.service`));
    return places;
  };
  const before_ = inPairs(await fleet.untilActive(m1, 6));
  const victim = fleet.cluster.machines.find(
    (machine) => machine !== m1 && [...before_.values()].includes(machine.machineId),
  );
  assert.ok(victim !== undefined);
  await victim.stop();
  await fleet.untilMachines(m1, 3);
  const after_ = inPairs(await fleet.untilActive(m1, 6));
  for (const [name, machine] of before_) {
    if (machine === victim.machineId) assert.notEqual(after_.get(name), machine);
    else assert.equal(after_.get(name), machine, `${name} was touched`);
  }
  await victim.start();
  await fleet.untilMachines(m1, 4);
});

test('of six units that conflict with each other one runs on each of four hosts, and all are listed', async () => {
  const names = conflicting('conflict', 6);
  for (const name of names) await fleet.unit(name, loop('c', 'Conflicts=conflict.*.service'));
  await fleet.ok(m1, 'start', '--no-block', ...names);
  const states = await fleet.untilActive(m1, 4);
  assert.equal(new Set(states.map(({ machine }) => machine)).size, 4);
  assert.equal((await fleet.listed(m1, 'list-unit-files')).length, 6);
});

test('patterns of conflicts count on one line and on several', async () => {
  const others = (own: number) => [0, 1, 2].filter((n) => n !== own).map((n) => `many.${n}.*`);
  const fleets = [
    `Conflicts=${others(0).join(' ')}`,
    others(1)
      .map((pattern) => `Conflicts=${pattern}`)
      .join('\n'),
    `Conflicts=${others(2).join(' ')} nobody.*`,
  ];
  for (const [index, options] of fleets.entries())
    await fleet.unit(`many.${index}.service`, loop('m', options));
  await fleet.ok(m1, 'start', ...[0, 1, 2].map((n) => `many.${n}.service`));
  const states = await fleet.untilActive(m1, 3);
  assert.equal(new Set(states.map(({ machine }) => machine)).size, 3);
});

test('what replaces a unit comes to its host, and the replaced one goes to another', async () => {
  for (const [index, machine] of [m1, m2, m3].entries())
    await fleet.unit(`ballast.${index}.service`, loop('b', `MachineID=${machine.machineId}`));
  await fleet.unit('replaced.service', loop('old'));
  await fleet.unit('replacer.service', loop('new', 'Replaces=replaced.*'));
  await fleet.ok(m1, 'start', ...[0, 1, 2].map((n) => `ballast.${n}.service`), 'replaced.service');
  for (const machine of [m1, m2, m3]) {
    const name = `more.${machine.name}.service`;
    await fleet.unit(name, loop('b', `MachineID=${machine.machineId}`));
    await fleet.ok(m1, 'start', name);
  }
  assert.equal(spread(await fleet.untilActive(m1, 7)).get('replaced.service'), m4.machineId);
  await fleet.ok(m1, 'start', 'replacer.service');
  // Where it was, it may be listed until it has stopped.
  await m1.waitFor(async () => {
    const places = spread(await fleet.untilActive(m1, 8));
    assert.equal(places.get('replacer.service'), m4.machineId);
    return places.get('replaced.service') !== m4.machineId;
  });
  // Circular ones move nobody.
  await fleet.unit('round.0.service', loop('r', 'Replaces=round.1.service'));
  await fleet.unit('round.1.service', loop('r', 'Replaces=round.0.service'));
  await fleet.ok(m1, 'start', 'round.0', 'round.1');
  const settled = spread(await fleet.untilActive(m1, 10));
  assert.deepEqual(spread(await fleet.untilActive(m1, 10)), settled);
});

test('units pinned by their machines’ IDs run there', async () => {
  const old = { 'pin.1.service': m2, 'pin.2.service': m3, 'pin.3.service': m4 };
  const keys = ['MachineID', 'X-ConditionMachineID', 'X-ConditionMachineBootID'];
  for (const [index, [name, { machineId }]] of Object.entries(old).entries())
    await fleet.unit(name, loop('p', `${keys[index]}=${machineId}`));
  await fleet.ok(m1, 'start', ...Object.keys(old));
  const places = spread(await fleet.untilActive(m1, 3));
  for (const [name, { machineId }] of Object.entries(old)) assert.equal(places.get(name), machineId);
});

test('a global unit runs on each host beside others; status and restart take it', async () => {
  for (const number of [1, 2]) await fleet.unit(`usual.${number}.service`, loop('u'));
  await fleet.unit('everywhere.service', loop('g', 'Global=true'));
  await fleet.ok(m1, 'start', '--no-block', 'usual.1', 'usual.2');
  await fleet.untilActive(m1, 2);
  await fleet.ok(m1, 'start', '--no-block', 'everywhere');
  const hosts = (states: readonly UnitState[]) =>
    states.flatMap(({ name, machine }) => (name === 'everywhere.service' ? [machine] : [])).sort();
  const all = fleet.cluster.machines.map(({ machineId }) => machineId).sort();
  assert.deepEqual(hosts(await fleet.untilActive(m1, 6)), all);
  await fleet.ok(m1, 'status', '--no-block', 'everywhere.service');
  await fleet.ok(m1, 'restart', 'everywhere.service');
  assert.deepEqual(hosts(await fleet.untilActive(m1, 6)), all);
});

test('of two global units that conflict the first runs on every host', async () => {
  await fleet.unit('global.0.service', loop('g', 'Global=true\nConflicts=global.1.service'));
  await fleet.unit('global.1.service', loop('g', 'Global=true\nConflicts=global.0.service'));
  await fleet.ok(m1, 'start', '--no-block', 'global.0');
  await fleet.untilActive(m1, 4);
  await fleet.ok(m1, 'start', '--no-block', 'global.1');
  await fleet.untilListed(m1, 'list-unit-files', 2);
  const states = await fleet.untilActive(m1, 4);
  assert.deepEqual([...new Set(states.map(({ name }) => name))], ['global.0.service']);
});

test('a specifier in metadata sends each instance to its host, and the start of one for no host fails', async () => {
  await fleet.unit('at@.service', loop('at', 'MachineMetadata=hostname=%i'));
  const names = fleet.cluster.machines.map(({ name }) => `at@${name}.service`);
  await fleet.ok(m1, 'start', ...names);
  for (const { name, machine } of await fleet.untilActive(m1, 4))
    assert.equal(
      name,
      `at@${fleet.cluster.machines.find(({ machineId }) => machineId === machine)?.name}.service`,
    );
  const { status, stderr } = await fleet.ctl(m1, 'start', '--block-attempts=2', 'at@nowhere.service');
  assert.equal(status, 1);
  assert.match(stderr, /timed out waiting for unit at@nowhere\.service to report state launched/);
});

test('metadata set through the API is merged with the host’s own, and decides', async () => {
  const url = `http://${m1.address}:54728/fleet/v1/machines`;
  const of = ({ machineId }: Machine, key: string) => `/${machineId}/metadata/${key}`;
  const patch = (body: unknown) => curl(fleet.cluster, '-f', '-X', 'PATCH', '-d', JSON.stringify(body), url);
  const set = [
    { op: 'add', path: of(m2, 'foo'), value: { value: 'foo' } },
    { op: 'replace', path: of(m2, 'ping'), value: { value: 'splat' } },
  ];
  assert.equal((await patch(set)).status, 0);
  const lines = await fleet.ok(m1, 'list-machines', '--no-legend', '--fields=ip,metadata');
  assert.match(lines, new RegExp(`^${m2.address}\\s+foo=foo,hostname=m2,ping=splat$`, 'm'));
  await fleet.unit('follows.service', loop('f', 'MachineMetadata=foo=foo'));
  await fleet.ok(m1, 'start', 'follows');
  assert.equal(spread(await fleet.untilActive(m1, 1)).get('follows.service'), m2.machineId);
  const unset = ['foo', 'ping'].map((key) => ({ op: 'remove', path: of(m2, key) }));
  assert.equal((await patch(unset)).status, 0);
  await fleet.untilActive(m1, 0);
});

test('when a host is powered off its unit alone moves, to the host that is free', async () => {
  const names = conflicting('dynamic', 3);
  for (const name of names) await fleet.unit(name, loop('d', 'Conflicts=dynamic.*.service'));
  await fleet.ok(m1, 'start', ...names);
  const before_ = spread(await fleet.untilActive(m1, 3));
  const free = fleet.cluster.machines.find(({ machineId }) => ![...before_.values()].includes(machineId));
  const victim = [m2, m3, m4].find(({ machineId }) => [...before_.values()].includes(machineId));
  assert.ok(victim !== undefined && free !== undefined);
  await victim.stop();
  await fleet.untilMachines(m1, 3);
  const after_ = spread(await fleet.untilActive(m1, 3));
  for (const [name, machine] of before_) {
    assert.equal(after_.get(name), machine === victim.machineId ? free.machineId : machine);
  }
  await victim.start();
  await fleet.untilMachines(m1, 4);
  assert.deepEqual(spread(await fleet.untilActive(m1, 3)), after_);
});

test('a host that is replaced by a new one of its address gets the unit that waits, and no other moves', async () => {
  const names = conflicting('reboot', 4);
  for (const name of names) await fleet.unit(name, loop('r', 'Conflicts=reboot.*.service'));
  await fleet.ok(m1, 'start', ...names);
  const before_ = spread(await fleet.untilActive(m1, 4));
  const fresh = randomBytes(16).toString('hex');
  const idFile = join(m4.rootPath, 'etc/machine-id');
  const reborn = async (id: string) => {
    await m4.stop();
    await fleet.untilMachines(m1, 3);
    await fleet.untilActive(m1, 3);
    await rm(idFile);
    await writeFile(idFile, `${id}\n`);
    await m4.start();
    await fleet.untilMachines(m1, 4);
    return spread(await fleet.untilActive(m1, 4));
  };
  const after_ = await reborn(fresh);
  for (const [name, machine] of before_)
    assert.equal(after_.get(name), machine === m4.machineId ? fresh : machine);
  assert.deepEqual(await reborn(m4.machineId), before_);
});

test('a stopped fleetd leaves the list of machines and its units on the host, once', async () => {
  await fleet.unit('stays.service', loop('s', `MachineID=${m3.machineId}`));
  await fleet.ok(m1, 'start', 'stays');
  await fleet.untilActive(m1, 1);
  const pid = await sh(m3, 'systemctl show -P MainPID stays.service');
  await sh(m3, 'systemctl stop fleet.socket fleet-tcp.socket fleet.service');
  await fleet.untilMachines(m1, 3);
  await fleet.untilListed(m1, 'list-units', 0);
  assert.equal(
    await sh(
      m3,
      'systemctl show -P ActiveState -P Result fleet.service; systemctl show -P MainPID stays.service',
    ),
    `success\ninactive\n${pid}`,
  );
  await sh(m3, 'systemctl start fleet.socket fleet-tcp.socket fleet.service');
  await fleet.untilMachines(m1, 4);
  assert.equal(spread(await fleet.untilActive(m1, 1)).get('stays.service'), m3.machineId);
  assert.equal(await sh(m3, 'systemctl show -P MainPID stays.service'), pid);
});

test('a host with the ID of another serves nobody until the other has a new one', async () => {
  await m2.writeFile('/run/id', `${m3.machineId}\n`);
  await sh(m2, 'mount --bind /run/id /etc/machine-id && systemctl restart fleet.service');
  const refused = async () => {
    const { status, stderr } = await fleet.ctl(m2, 'list-machines', '--no-legend');
    const fleets = stderr.includes('fleet server unable to communicate with etcd');
    return status === 1 && fleets && stderr.includes(`${m3.machineId} of ${m2.address}`);
  };
  await m1.waitFor(refused);
  assert.equal(await sh(m2, 'systemctl is-active fleet.service'), 'active');
  const fresh = randomBytes(16).toString('hex');
  await m3.writeFile('/run/id', `${fresh}\n`);
  await sh(m3, 'mount --bind /run/id /etc/machine-id && systemctl restart fleet.service');
  await m1.waitFor(async () => (await fleet.ctl(m2, 'list-machines', '--no-legend')).status === 0);
  const ids = await fleet.untilMachines(m2, 4);
  assert.deepEqual(ids, [m1.machineId, m3.machineId, m4.machineId, fresh].sort());
  for (const machine of [m2, m3])
    await sh(machine, 'systemctl stop fleet.service; umount /etc/machine-id; systemctl start fleet.service');
  await fleet.untilMachines(m1, 4);
  const now = await fleet.machineIds(m1);
  assert.deepEqual(now, fleet.cluster.machines.map(({ machineId }) => machineId).sort());
});

test('a sidekick that another unit wants is started and stopped with it', async () => {
  await fleet.unit('hello.service', loop('hello'));
  const side = '[Unit]\nPartOf=hello.service\n\n[Service]\nExecStart=/bin/sleep infinity\n';
  const install = '\n[Install]\nWantedBy=hello.service\n\n[X-Fleet]\nMachineOf=hello.service\n';
  await fleet.unit('discovery.service', `${side}${install}`);
  await fleet.ok(m1, 'load', 'hello', 'discovery');
  await fleet.untilListed(m1, 'list-units', 2);
  await fleet.untilActive(m1, 0);
  await fleet.ok(m1, 'start', 'hello');
  const states = await fleet.untilActive(m1, 2);
  assert.equal(new Set(states.map(({ machine }) => machine)).size, 1);
  await fleet.ok(m1, 'stop', 'hello');
  await fleet.untilActive(m1, 0);
});

test('a host key is asked about once, a changed one is refused, and with keys from an agent alone units are reached', async () => {
  await using keys = await agent();
  const known = join(keys.folder, 'known_hosts');
  const through = (words: readonly string[], input = '') =>
    fleet.bare(
      [`--endpoint=http://${m2.address}:54728`, `--known-hosts-file=${known}`, ...words],
      keys.env,
      input,
    );
  await fleet.unit('talker.service', loop('foo', `MachineID=${m2.machineId}`));
  await fleet.ok(m1, 'start', 'talker');
  await writeFile(known, '');
  const hello = ['ssh', m2.machineId, 'echo', 'hello'];
  const first = await through(hello, 'yes\n');
  assert.equal(first.status, 0, first.stderr);
  assert.equal(first.stdout, 'hello\n');
  assert.match(first.stderr, /Are you sure you want to continue connecting \(yes\/no\)\? /);
  assert.match(first.stderr, /Permanently added '10\.77\.0\.12'/);
  assert.equal((await through(hello)).stdout, 'hello\n');

  assert.equal((await through(['ssh', 'talker.service', 'echo', 'foo'])).stdout, 'foo\n');
  assert.match((await through(['status', 'talker'])).stdout, /Active: active/);
  const journal = await through(['journal', '--sudo', 'talker']);
  assert.match(journal.stdout, /foo$/m, journal.stderr);

  // The host is set up anew, and so has another key.
  await m2.kill();
  const hostKey = join(m2.rootPath, 'etc/ssh/ssh_host_ed25519_key');
  for (const suffix of ['', '.pub']) await rm(`${hostKey}${suffix}`);
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', hostKey]);
  await m2.start();
  await fleet.untilMachines(m2, 4);
  await fleet.untilActive(m2, 1);
  const changed = await through(hello, 'yes\n');
  assert.notEqual(changed.status, 0, changed.stdout);
  assert.match(changed.stderr, /REMOTE HOST IDENTIFICATION HAS CHANGED|host key/i);
  await writeFile(known, '');
  assert.equal((await through(hello, 'yes\n')).stdout, 'hello\n');
});

test('through a tunnel, its host key asked about, one unit and then ten are started', async () => {
  await using keys = await agent();
  const known = join(keys.folder, 'known_hosts');
  const flags = [`--tunnel=${m3.address}`, `--known-hosts-file=${known}`];
  await fleet.unit('batch@.service', loop('batch'));
  const start = async (names: readonly string[], input: string) => {
    const { status, stdout, stderr } = await fleet.bare([...flags, 'start', ...names], keys.env, input);
    assert.equal(status, 0, stdout + stderr);
    assert.doesNotMatch(stderr, /Error/);
  };
  await start(['batch@0.service'], 'yes\n');
  await start(
    Array.from({ length: 10 }, (_, index) => `batch@${index + 1}.service`),
    '',
  );
  await fleet.untilActive(m1, 11);
});

test('at the end the journals are calm and nothing has failed', async () => {
  await assertCalm(fleet.cluster);
});
