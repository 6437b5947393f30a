// What fleet's own functional tests asserted, on one machine: the commands on units, the API, signals, and
// a store that cannot be reached.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Machine } from '../../src/sandbox/index.ts';
import { sh } from './fleet-cluster.ts';
import { bootFunctional, curl, type Functional, loop } from './functional/environment.ts';

let fleet: Functional;
let machine: Machine;
before(async () => {
  fleet = await bootFunctional(1);
  machine = fleet.cluster.machine('m1');
  await fleet.untilMachines(machine, 1);
});
after(async () => {
  await fleet?.[Symbol.asyncDispose]();
});

const instances = (kind: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${kind}@${index + 1}.service`);

test('the version is said as scripts cut it, and help is help in all its forms', async () => {
  const version = (await fleet.bare(['version'])).stdout;
  const [, number = ''] = /^fleetctl version (\S+)\n$/.exec(version) ?? assert.fail(version);
  assert.ok((await fleet.bare(['help'])).stdout.includes(number));
  for (const words of [['--help'], ['-h'], ['help'], []]) {
    const { status, stdout } = await fleet.bare(words);
    assert.equal(status, 0);
    assert.notEqual(stdout, '');
  }
  assert.match(await sh(machine, '/opt/fleet/fleetd -version'), /^fleetd version \S+$/);
});

test('FLEETCTL_ENDPOINT leads to the API', async () => {
  const env = { FLEETCTL_ENDPOINT: `http://${machine.address}:54728` };
  const { status, stdout } = await fleet.bare(['list-machines', '--no-legend'], env);
  assert.equal(status, 0);
  assert.ok(stdout.includes(machine.address) && stdout.includes('hostname=m1'), stdout);
});

test('a started unit is the one active unit', async () => {
  await fleet.ok(machine, 'start', await fleet.unit('hello.service', loop()));
  assert.deepEqual(await fleet.untilActive(machine, 1), [
    { name: 'hello.service', active: 'active', machine: machine.machineId },
  ]);
  await fleet.ok(machine, 'destroy', 'hello.service');
  await fleet.untilListed(machine, 'list-units', 0);
});

const cycles = [
  { verb: 'submit', undo: 'destroy', count: 9 },
  { verb: 'load', undo: 'unload', count: 6 },
  { verb: 'start', undo: 'stop', count: 3 },
] as const;

for (const { verb, undo, count } of cycles) {
  const names = instances(verb, count);
  const thereAre = (wanted: number) => {
    if (verb === 'start') return fleet.untilActive(machine, wanted);
    return fleet.untilListed(machine, verb === 'submit' ? 'list-unit-files' : 'list-units', wanted);
  };

  test(`${count} instances of a template ${verb} by their paths, and ${undo} one by one, twice over`, async () => {
    const template = await fleet.unit(`${verb}@.service`, loop());
    const paths = names.map((name) => template.replace(`${verb}@.service`, name));
    for (const _round of [1, 2]) {
      await fleet.ok(machine, verb, ...paths);
      await thereAre(count);
      for (const name of names) await fleet.ok(machine, undo, name);
      await thereAre(0);
    }
    await fleet.ok(machine, 'destroy', ...names);
    await fleet.untilListed(machine, 'list-unit-files', 0);
  });

  test(`${verb} --replace brings the changed template, and the count stays`, async () => {
    const path = await fleet.unit(`${verb}@.service`, loop('before'));
    const folder = path.slice(0, path.lastIndexOf('/'));
    const paths = names.map((name) => `${folder}/${name}`);
    await fleet.ok(machine, verb, ...paths);
    await fleet.unit(`${verb}@.service`, loop('afterwards'));
    const warned = await fleet.ctl(machine, verb, ...paths);
    assert.match(warned.stderr, new RegExp(`WARNING: Unit ${verb}@1.service in registry differs.*--replace`));
    assert.equal(await fleet.ok(machine, 'cat', names[0] ?? ''), loop('before'));
    await fleet.ok(machine, verb, '--replace', ...paths);
    for (const name of names) assert.equal(await fleet.ok(machine, 'cat', name), loop('afterwards'));
    await thereAre(count);
    for (const name of names) await fleet.ok(machine, undo, name);
    await thereAre(0);
    await fleet.ok(machine, 'destroy', ...names);
    await fleet.untilListed(machine, 'list-unit-files', 0);
  });
}

test('restart restarts what runs and starts what is loaded', async () => {
  const names = instances('again', 3);
  await fleet.unit('again@.service', loop());
  await fleet.ok(machine, 'start', ...names);
  await fleet.untilActive(machine, 3);
  const pids = async () => sh(machine, 'for u in "$@"; do systemctl show -P MainPID "$u"; done', ...names);
  const before_ = await pids();
  await fleet.ok(machine, 'restart', ...names);
  await fleet.untilActive(machine, 3);
  const now = (await pids()).split('\n');
  for (const pid of before_.split('\n')) assert.ok(!now.includes(pid), `${pid} runs on`);
  await fleet.ok(machine, 'stop', ...names);
  await fleet.untilActive(machine, 0);
  await fleet.ok(machine, 'restart', ...names);
  await fleet.untilActive(machine, 3);
  await fleet.ok(machine, 'stop', ...names);
  await fleet.untilActive(machine, 0);
  await fleet.ok(machine, 'destroy', ...names);
});

test('cat is the file, status says loaded, and unit files are listed in order', async () => {
  const file = '[Unit]\nDescription=Catalogue\n\n[Service]\nExecStart=/bin/sleep infinity\n';
  await fleet.ok(machine, 'load', await fleet.unit('cat.service', file));
  assert.equal((await fleet.ok(machine, 'cat', 'cat.service')).trim(), file.trim());
  // As on a machine itself, where no SSH is needed.
  assert.match(await sh(machine, 'fleetctl status cat.service'), /Loaded: loaded/);
  await fleet.ok(machine, 'destroy', 'cat.service');
  await fleet.unit('ordered@.service', loop());
  const names = Array.from({ length: 20 }, (_, index) => `ordered@${index + 1}.service`);
  await fleet.ok(machine, 'submit', ...names.toReversed());
  await fleet.untilListed(machine, 'list-unit-files', 20);
  const listed = (await fleet.listed(machine, 'list-unit-files')).map(([name]) => name);
  assert.deepEqual(listed, names.toSorted());
  await fleet.ok(machine, 'destroy', ...names);
});

test('a unit that conflicts one way waits, and runs once the other is gone', async () => {
  await fleet.unit('one-way.service', loop('A', 'Conflicts=conflict-*.service'));
  await fleet.unit('conflict-1.service', loop('B'));
  await fleet.ok(machine, 'start', '--no-block', 'one-way.service');
  await fleet.untilActive(machine, 1);
  await fleet.ok(machine, 'start', '--no-block', 'conflict-1.service');
  await fleet.untilListed(machine, 'list-unit-files', 2);
  assert.deepEqual(
    (await fleet.states(machine)).map(({ name }) => name),
    ['one-way.service'],
  );
  await fleet.ok(machine, 'destroy', 'one-way.service');
  const [state] = await fleet.untilActive(machine, 1);
  assert.equal(state?.name, 'conflict-1.service');
  await fleet.ok(machine, 'destroy', 'conflict-1.service');
});

test('the API lists machines, refuses a bad token and bad patches, and takes good ones', async () => {
  const url = `http://${machine.address}:54728/fleet/v1/machines`;
  const head = ['-o', '/dev/null', '-w', '%{http_code} %{content_type}'];
  const patch = (body: unknown) => ['-X', 'PATCH', '-d', JSON.stringify(body), url];
  assert.equal((await curl(fleet.cluster, ...head, url)).stdout, '200 application/json');
  const token = await curl(fleet.cluster, ...head, `${url}?nextPageToken=EwBMLg==`);
  assert.equal(token.stdout, '400 application/json');
  const of = (key: string) => `/${machine.machineId}/metadata/${key}`;
  const good = [
    { op: 'add', path: of('foo'), value: { value: 'foo' } },
    { op: 'replace', path: of('ping'), value: { value: 'splat' } },
  ];
  assert.equal((await curl(fleet.cluster, ...head, ...patch(good))).stdout, '204 application/json');
  const metadata = async () => {
    const { stdout } = await curl(fleet.cluster, url);
    const { machines }: { machines: { metadata?: Record<string, string> }[] } = JSON.parse(stdout);
    return machines[0]?.metadata;
  };
  assert.deepEqual(await metadata(), { foo: 'foo', hostname: 'm1', ping: 'splat' });
  const remove = ['foo', 'ping', 'absent'].map((key) => ({ op: 'remove', path: of(key) }));
  assert.equal((await curl(fleet.cluster, ...head, ...patch(remove))).stdout, '204 application/json');
  assert.deepEqual(await metadata(), { hostname: 'm1' });
  const bad = [
    [{ op: 'noop', path: of('foo'), value: { value: 'bar' } }],
    [{ op: 'add', path: '/foo/bar', value: { value: 'bar' } }],
    [{ op: 'add', path: of('foo'), value: { value: '' } }],
  ];
  for (const body of bad) {
    const answer = await curl(fleet.cluster, ...head, ...patch(body));
    assert.equal(answer.stdout, '400 application/json', JSON.stringify(body));
  }
});

test('SIGHUP reads the configuration and keeps the sockets', async () => {
  const pid = await sh(machine, 'systemctl show -P MainPID fleet.service');
  await sh(machine, 'systemctl kill --kill-who=main -s HUP fleet.service');
  await machine.waitFor(['sh', '-c', 'journalctl -u fleet | grep -q "Reloading configuration"']);
  await fleet.ok(machine, 'list-units');
  assert.equal(await sh(machine, 'systemctl show -P MainPID fleet.service'), pid);
  assert.doesNotMatch(await sh(machine, 'journalctl -u fleet'), /Failed serving HTTP on listener:/);
});

test('without its store for long nothing changes in systemd, and after it nothing has stopped', async () => {
  for (const kind of ['single', 'global']) {
    const options = kind === 'global' ? 'Global=true' : '';
    await fleet.unit(`${kind}@.service`, loop(kind, options));
  }
  const kinds = ['single', 'global'];
  await fleet.ok(machine, 'submit', ...kinds.map((kind) => `${kind}@submitted.service`));
  await fleet.ok(machine, 'load', ...kinds.map((kind) => `${kind}@loaded.service`));
  await fleet.ok(machine, 'start', ...kinds.map((kind) => `${kind}@launched.service`));
  await fleet.untilActive(machine, 2);
  await fleet.untilListed(machine, 'list-units', 4);
  const look = async () => ({
    states: await sh(machine, 'systemctl list-units --all --plain --no-legend "single@*" "global@*"'),
    files: await sh(machine, 'systemctl list-unit-files --no-legend --full "single@*" "global@*"'),
    pids: await sh(machine, 'systemctl show -P MainPID single@launched global@launched'),
  });
  const before_ = await look();
  assert.match(before_.files, /single@launched\.service\s+linked-runtime/);
  const cursor = await sh(machine, 'journalctl -n 0 --show-cursor | sed -n "s/^-- cursor: //p"');
  await sh(machine, 'systemctl stop etcd2.service');
  // The lease and seven seconds more.
  await sleep(10_000);
  assert.deepEqual(await look(), before_);
  await sh(machine, 'systemctl start etcd2.service');
  await fleet.untilMachines(machine, 1);
  await fleet.untilListed(machine, 'list-units', 4);
  await fleet.untilActive(machine, 2);
  assert.deepEqual(await look(), before_);
  const since = await sh(machine, 'journalctl --after-cursor "$1"', cursor);
  assert.doesNotMatch(since, /Stopping (single|global)@|Stopped (single|global)@/);
  const all = (await fleet.listed(machine, 'list-unit-files')).map(([name = '']) => name);
  await fleet.ok(machine, 'destroy', ...all);
  await fleet.untilListed(machine, 'list-units', 0);
});

test('fleetd stops well, also while the store does not answer', async () => {
  const ended = () => sh(machine, 'systemctl show -P ActiveState -P Result fleet.service');
  await sh(machine, 'systemctl stop fleet.socket fleet-tcp.socket fleet.service');
  assert.equal(await ended(), 'success\ninactive');
  await sh(machine, 'systemctl start fleet.socket fleet-tcp.socket fleet.service');
  await fleet.untilMachines(machine, 1);
  await sh(machine, 'systemctl kill -s STOP etcd2.service');
  const own = 'journalctl _SYSTEMD_INVOCATION_ID=$(systemctl show -P InvocationID fleet.service)';
  await machine.waitFor(['sh', '-c', `${own} | grep -q "What runs here runs on"`]);
  await sh(machine, 'systemctl stop fleet.socket fleet-tcp.socket fleet.service');
  assert.equal(await ended(), 'success\ninactive');
  await sh(machine, 'systemctl kill -s CONT etcd2.service');
  await sh(machine, 'systemctl start fleet.socket fleet-tcp.socket fleet.service');
  await fleet.untilMachines(machine, 1);
});
