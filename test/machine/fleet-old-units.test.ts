// Unit files as people wrote them for fleet from 2013 to 2016, on a cluster of three: each is taken as it
// is, goes where its options say, runs, and leaves nothing.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Machine } from '../../src/sandbox/index.ts';
import { bootFleet, type FleetCluster, sh } from './fleet-cluster.ts';

const folder = join(import.meta.dirname, 'old-units');
const three = [1, 2, 3];
const each = (...kinds: string[]) => kinds.flatMap((kind) => three.map((n) => `${kind}@${n}.service`));

/** Started by other units, by a timer, a socket or a path, and so only loaded. */
const loaded = ['pg-backup.service', 'wiki-backup@main.service', 'echo.service', 'config-reload.service'];
const started = [
  ...each('web', 'web-discovery', 'elb-presence', 'elasticsearch', 'mongo', 'mongo-data', 'deis-router'),
  ...each('cassandra', 'redis', 'redis-sentinel', 'consul'),
  ...['jenkins-slave@1.service', 'jenkins-slave@2.service', 'zookeeper@1.service', 'wiki-backup@main.timer'],
];
/** On every machine; `datadog` has metadata that fits one only. */
const globals = [
  ...['cadvisor.service', 'registrator.service', 'logspout.service', 'skydns.service'],
  ...['deis-store-daemon.service', 'config-reload.path'],
];
const apart = [
  ...['web@', 'elasticsearch@', 'mongo@', 'mongo-data@', 'deis-router@', 'cassandra@', 'redis@'],
  ...['redis-sentinel@', 'consul@', 'apache.'],
];
const beside: Readonly<Record<string, string>> = {
  'apache-discovery.1.service': 'apache.1.service',
  'api-register.service': 'api.service',
  'redis-ambassador.service': 'worker.service',
  'logstash.service': 'elasticsearch@1.service',
  'confd.service': 'haproxy.service',
  'paz-orchestrator-announce.service': 'paz-orchestrator.service',
  'wordpress.service': 'mysql.service',
  'pg-backup.timer': 'pg-backup.service',
  'wiki-backup@main.timer': 'wiki-backup@main.service',
  'echo.service': 'echo.socket',
  ...Object.fromEntries(
    three.flatMap((n) => [
      [`web-discovery@${n}.service`, `web@${n}.service`],
      [`elb-presence@${n}.service`, `web@${n}.service`],
      [`mongo@${n}.service`, `mongo-data@${n}.service`],
      [`redis-sentinel@${n}.service`, `redis@${n}.service`],
    ]),
  ),
};
const bound: Readonly<Record<string, readonly string[]>> = {
  'haproxy.service': ['m2'],
  'vulcand.service': ['m2'],
  'echo.socket': ['m2'],
  'zookeeper@1.service': ['m1'],
  'jenkins.service': ['m1'],
  'deis-builder.service': ['m2', 'm3'],
  'datadog.service': ['m3'],
  ...Object.fromEntries(three.map((n) => [`cassandra@${n}.service`, [`m${n}`]])),
};
const never: readonly (readonly [string, string])[] = [
  ['kibana.service', 'elasticsearch@1.service'],
  ['jenkins-slave@1.service', 'jenkins.service'],
  ['jenkins-slave@2.service', 'jenkins.service'],
  ['nginx.service', 'haproxy.service'],
  ['nginx.service', 'vulcand.service'],
];

let fleet: FleetCluster;
/** All that runs in the end: single units of the folder, and instances of its templates. */
let running: string[];
before(async () => {
  const files = await readdir(folder);
  const single = files.filter((name) => !name.includes('@.') && !loaded.includes(name));
  running = [...new Set([...started, ...single])].sort();
  const metadata = [
    { role: 'master', masterid: '1', disk: 'ssd', rack: 'r1' },
    { role: 'frontend', disk: 'ssd', rack: 'r2' },
    { role: 'worker', disk: 'hdd', rack: 'r3' },
  ];
  const standIn = async (name: string, path: string) => ({
    path,
    permissions: '0755',
    content: await readFile(join(import.meta.dirname, 'stand-ins', name), 'utf8'),
  });
  const service = '[Service]\nExecStart=/bin/sleep infinity\n';
  fleet = await bootFleet({
    machines: metadata.map((one) => ({ metadata: one })),
    fragment: {
      units: [{ name: 'docker.service', content: service, command: 'start' }],
      write_files: [
        await standIn('docker', '/usr/bin/docker'),
        await standIn('etcdctl', '/usr/local/bin/etcdctl'),
        { path: '/opt/bin/confd', permissions: '0755', content: '#!/bin/sh\nexec sleep infinity\n' },
      ],
    },
  });
  // Unit files call it by its whole path, and the one of today is to remain for fleet's own tests.
  const swap =
    'mv /usr/bin/etcdctl /usr/bin/etcdctl3; mv /usr/local/bin/etcdctl /usr/bin/etcdctl; mkdir -m 1777 /run/old-etcd';
  for (const machine of fleet.cluster.machines)
    await machine.exec([
      'sh',
      '-c',
      `${swap}; sed -i s,exec\\ /usr/bin/etcdctl,exec\\ /usr/bin/etcdctl3, /usr/bin/etcdctl`,
    ]);
  await fleet.ready();
});
after(async () => {
  await fleet?.[Symbol.asyncDispose]();
});

const pathOf = (name: string) => join(folder, name);

/** Machines on which systemd says that of a unit, by the unit's name. */
async function whereActive(): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const machine of fleet.cluster.machines) {
    const list = await sh(machine, 'systemctl list-units --plain --no-legend --state=active | cut -d" " -f1');
    for (const name of list.split('\n')) found.set(name, [...(found.get(name) ?? []), machine.name]);
  }
  return found;
}

async function assertPlaces(): Promise<void> {
  // A start is told as done for the machines that have got a global unit; the last of them may not have it yet.
  await fleet.m1
    .waitFor(async () => {
      const now = await whereActive();
      return globals.every((name) => !running.includes(name) || now.get(name)?.length === 3);
    })
    .catch(() => {});
  const active = await whereActive();
  const place = (name: string) => active.get(name)?.join(' ') ?? 'nowhere';
  for (const name of running) {
    const count = globals.includes(name) ? 3 : 1;
    assert.equal(active.get(name)?.length, count, `${name} runs on ${place(name)}`);
  }
  for (const kind of apart) {
    const places = running.filter((name) => name.startsWith(kind)).map(place);
    assert.equal(new Set(places).size, places.length, `${kind}: ${places}`);
  }
  for (const [name, machines] of Object.entries(bound)) assert.ok(machines.includes(place(name)), name);
  for (const [one, other] of never) assert.notEqual(place(one), place(other), `${one} and ${other}`);
  const list = await fleet.ok(
    fleet.m2,
    'list-units',
    '--full',
    '--no-legend',
    '--fields=unit,machine,active',
  );
  const rows = list
    .trim()
    .split('\n')
    .map((line) => line.split(/\t+/));
  const listed = (name: string) => rows.filter(([unit]) => unit === name).map(([, machine]) => machine);
  for (const [name, leader] of Object.entries(beside)) assert.deepEqual(listed(name), listed(leader), name);
  for (const [name = '', , state] of rows) {
    if (running.includes(name)) assert.equal(state, 'active', name);
  }
}

/** Nothing of any unit is left on machines, or in the store. */
async function assertGone(): Promise<void> {
  const all = [...running, ...loaded];
  const look = (machine: Machine) =>
    sh(
      machine,
      `ls /run/fleet/units; find /run/systemd/system -xtype l;
       systemctl list-units --all --plain --no-legend | cut -d' ' -f1;
       for c in /run/containers-by-name/*; do [ ! -e "$c/pid" ] || ! kill -0 "$(cat "$c/pid")" || echo "container $c"; done`,
    );
  for (const machine of fleet.cluster.machines) {
    await machine.waitFor(async () => {
      const left = (await look(machine)).split('\n');
      return !left.some(
        (line) => all.includes(line) || line.startsWith('container') || line.startsWith('/run'),
      );
    });
  }
  const keys = () =>
    sh(
      fleet.m1,
      'ETCDCTL_API=3 etcdctl3 get --prefix --keys-only /keelson/fleet/ | grep -E "/(unit|content|schedule|state)/"',
    );
  await fleet.m1.waitFor(async () => (await keys()) === '');
}

test('every file is submitted as it is, and shown again', async () => {
  const files = (await readdir(folder)).sort();
  await fleet.ok(fleet.m1, 'submit', ...files.map(pathOf));
  const list = await fleet.ok(fleet.m1, 'list-unit-files', '--no-legend', '--fields=unit');
  assert.deepEqual(list.trim().split('\n'), files);
  const web = await fleet.ok(fleet.m1, 'cat', 'vulcand.service');
  assert.ok(!web.includes('\r') && web.includes('\nTimeoutStartSec=0\n'), web);
});

test('all are loaded, then started, and each runs where its options say', async () => {
  await fleet.ok(fleet.m2, 'load', ...running, ...loaded);
  const loose = [...(await whereActive()).keys()].filter((name) => running.includes(name));
  assert.deepEqual(loose, []);
  await fleet.ok(fleet.m3, 'start', ...running);
  await assertPlaces();
});

test('stopped and started again they are where they were; destroyed, nothing is left', async () => {
  await fleet.ok(fleet.m1, 'stop', ...running);
  const loose = [...(await whereActive()).keys()].filter((name) => running.includes(name));
  assert.deepEqual(loose, []);
  await fleet.ok(fleet.m1, 'start', ...running);
  await assertPlaces();
  const all = (await fleet.ok(fleet.m1, 'list-unit-files', '--no-legend', '--fields=unit')).trim();
  await fleet.ok(fleet.m2, 'destroy', ...all.split('\n'));
  await assertGone();
});

test('started at once from files and templates of the folder, those that need others first, all of them run', async () => {
  // Some of them wait for the machine of what is started next.
  await fleet.ok(fleet.m2, 'load', '--no-block', ...loaded.map(pathOf));
  await fleet.ok(fleet.m2, 'start', ...running.toReversed().map(pathOf));
  await assertPlaces();
  await fleet.ok(fleet.m3, 'destroy', ...running, ...loaded);
  await assertGone();
});
