// Every type of unit on booted machines, through its whole way: drop-ins and what units need of each other too.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Machine } from '../../src/sandbox/index.ts';
import { bootFleet, type FleetCluster, sh } from './fleet-cluster.ts';

let fleet: FleetCluster;
before(async () => {
  fleet = await bootFleet({ machines: [{ metadata: { role: 'one' } }, {}, {}] });
  await fleet.ready();
});
after(async () => {
  await fleet?.[Symbol.asyncDispose]();
});

const onOne = '[X-Fleet]\nMachineMetadata=role=one\n';
const sleeper = '[Service]\nExecStart=/bin/sleep infinity\n';

async function units(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) await fleet.unit(name, content);
}

/** Waits until the machine's shell says so, and fails with what it said instead. */
async function until(machine: Machine, script: string, expected: string | RegExp): Promise<void> {
  const end = Date.now() + 60_000;
  for (;;) {
    const said = await sh(machine, script);
    if (typeof expected === 'string' ? said === expected : expected.test(said)) return;
    assert.ok(Date.now() < end, `${machine.name}: ${script}: ${said}`);
    await sleep(200);
  }
}

/** Nothing of these units is left on the machine: no file, link, drop-in or unit in memory. */
async function assertGone(machine: Machine, ...names: string[]): Promise<void> {
  for (const name of names) {
    // systemd knows any slice that is asked for.
    const state = name.endsWith('.slice') ? ['ActiveState', 'inactive'] : ['LoadState', 'not-found'];
    await until(machine, `systemctl show -p ${state[0]} --value -- '${name}'`, state[1] ?? '');
    const paths = `/run/fleet/units/${name} /run/systemd/system/${name} /run/systemd/system/${name}.d`;
    assert.equal(await sh(machine, `ls -d ${paths.replaceAll('\\', '\\\\')} 2>/dev/null`), '');
  }
}

test('a slice, a target and what they hold, a mount with an escaped name', async () => {
  const { m1, m2 } = fleet;
  const mount = 'mnt-data\\x2ddir.mount';
  await units({
    'batch.slice': `[Slice]\nMemoryMax=256M\n${onOne}`,
    'batch.service': `${sleeper}Slice=batch.slice\n`,
    'all.target': `[Unit]\nWants=part.service\nAfter=part.service\n${onOne}`,
    'part.service': `${sleeper}[X-Fleet]\nMachineOf=all.target\n`,
    [mount]: `[Mount]\nWhat=tmpfs\nWhere=/mnt/data-dir\nType=tmpfs\n${onOne}`,
  });
  await fleet.ok(m2, 'load', 'part.service', 'all.target');
  await fleet.ok(m2, 'start', 'batch.service', 'batch.slice', 'all.target', mount);
  assert.match(
    await sh(m1, 'cat /proc/$(systemctl show -p MainPID --value batch)/cgroup'),
    /batch\.slice\/batch\.service/,
  );
  await until(m1, 'systemctl is-active part.service', 'active');
  assert.equal(await sh(m1, 'findmnt -no FSTYPE /mnt/data-dir'), 'tmpfs');
  const rows = await fleet.ok(m2, 'list-units', '--no-legend', '--fields=unit,active,sub');
  assert.match(rows, /^batch\.slice\s+active\s+active$/m);
  assert.match(rows, /^all\.target\s+active\s+active$/m);
  assert.match(rows, /^mnt-data\\x2ddir\.mount\s+active\s+mounted$/m);
  await fleet.ok(m2, 'stop', mount);
  assert.equal(await sh(m1, 'findmnt -no FSTYPE /mnt/data-dir || echo none'), 'none');
  const names = ['batch.service', 'batch.slice', 'all.target', 'part.service', mount];
  await fleet.ok(m2, 'destroy', ...names);
  await assertGone(m1, ...names);
});

test('a socket, a path and a timer start what is loaded with them', async () => {
  const { m1, m2 } = fleet;
  await units({
    'web.socket': `[Socket]\nListenStream=127.0.0.1:8123\n${onOne}`,
    'web.service': sleeper,
    'seen.path': `[Path]\nPathExists=/run/seen\n${onOne}`,
    'seen.service': sleeper,
    'tick.timer': `[Timer]\nOnActiveSec=1s\nAccuracySec=100ms\nUnit=work.service\n${onOne}`,
    'work.service': '[Service]\nType=oneshot\nExecStart=/bin/sh -c "echo done >> /run/worked"\n',
  });
  await fleet.ok(m2, 'submit', 'web.service', 'seen.service', 'work.service');
  await fleet.untilRefused(
    m2,
    ['start', '--timeout=3', 'tick.timer'],
    /work\.service \(its timer's Unit=\), which nobody has asked for: fleetctl load work/,
  );
  await fleet.ok(m2, 'load', 'web.service', 'seen.service', 'work.service');
  await fleet.ok(m2, 'start', 'web.socket', 'seen.path', 'tick.timer');
  assert.match(await fleet.ok(m2, 'why', 'tick.timer'), /work\.service/);
  assert.equal(await sh(m1, 'systemctl is-active web.service seen.service'), 'inactive\ninactive');
  await sh(m1, 'bash -c "exec 3<>/dev/tcp/127.0.0.1/8123"; touch /run/seen');
  await until(m1, 'systemctl is-active web.service seen.service', 'active\nactive');
  await until(m1, 'cat /run/worked', 'done');
  const rows = await fleet.ok(m2, 'list-units', '--no-legend', '--fields=unit,active,sub');
  assert.match(rows, /^web\.socket\s+active\s+(running|listening)$/m);
  assert.match(rows, /^seen\.path\s+active\s+/m);
  await sh(m1, 'rm /run/seen');
  const names = ['web.socket', 'web.service', 'seen.path', 'seen.service', 'tick.timer', 'work.service'];
  await fleet.ok(m2, 'destroy', ...names);
  await assertGone(m1, ...names);
});

test('a timer that moves neither repeats what ran nor forgets when', async () => {
  const { m2, cluster } = fleet;
  const stamp = '/var/lib/systemd/timers/stamp-past.timer';
  // Every machine had a timer of that name long ago: each would catch up for itself.
  for (const machine of cluster.machines) {
    await sh(machine, `mkdir -p /var/lib/systemd/timers && touch -d "2 years ago" ${stamp}`);
  }
  await units({
    'past.timer': '[Timer]\nOnCalendar=yearly\nPersistent=true\n',
    'past.service': '[Service]\nType=oneshot\nExecStart=/bin/sh -c "echo ran >> /run/past"\n',
  });
  await fleet.ok(m2, 'load', 'past.service');
  await fleet.ok(m2, 'start', 'past.timer');
  const home = async () => {
    for (const machine of cluster.machines) {
      if ((await sh(machine, 'systemctl is-active past.timer')) === 'active') return machine;
    }
    return undefined;
  };
  const first = (await home()) ?? assert.fail('past.timer runs nowhere');
  await until(first, 'cat /run/past', 'ran');
  // The store hears of it by an event; from then on the machine need not last.
  await until(
    first,
    'ETCDCTL_API=3 etcdctl --endpoints=http://127.0.0.1:2379 get --print-value-only /keelson/fleet/timer/past.timer',
    /^\{"lastUs":"\d+"\}$/,
  );
  const when = await sh(first, `stat -c %Y ${stamp}`);
  await fleet.ok(m2, 'drain', first.machineId);
  const end = Date.now() + 60_000;
  let second = await home();
  for (; second === undefined || second === first; second = await home()) {
    assert.ok(Date.now() < end, 'past.timer does not move');
    await sleep(200);
  }
  await until(second, `stat -c %Y ${stamp}`, when);
  for (const machine of cluster.machines) {
    assert.equal(await sh(machine, 'cat /run/past 2>/dev/null'), machine === first ? 'ran' : '');
  }
  await fleet.ok(m2, 'undrain', first.machineId);
  await fleet.ok(m2, 'destroy', 'past.timer', 'past.service');
});

test('what systemd does not take from files is told at once', async () => {
  const { m2 } = fleet;
  await units({
    'a.scope': `[Scope]\nMemoryMax=1G\n${onOne}`,
    'a.snapshot': `[Snapshot]\nx=y\n${onOne}`,
    'a.busname': `[BusName]\nName=a.b\n${onOne}`,
    'dev-nothing.device': `[Unit]\nJobTimeoutSec=1s\n${onOne}`,
    'none-such.swap': `[Swap]\nWhat=/none/such\n${onOne}`,
  });
  for (const [name, words] of [
    ['a.scope', /systemd reads no scope from a file/],
    ['a.snapshot', /systemd has no units of type "snapshot" any more: they can be submitted, not loaded/],
    ['a.busname', /systemd has no units of type "busname" any more/],
    ['dev-nothing.device', /its start job ended "unsupported"/],
    ['none-such.swap', /(its start job ended "unsupported"|it failed to start)/],
  ] as const) {
    await fleet.ok(m2, 'submit', name);
    const { status, stderr } = await fleet.ctl(m2, 'start', '--timeout=60', name);
    assert.equal(status, 1);
    assert.match(stderr, words);
    await fleet.ok(m2, 'destroy', name);
  }
});

test('drop-ins are read by systemd, changed by --replace, and removed with their unit', async () => {
  const { m1, m2 } = fleet;
  await units({
    'app@.service': `${sleeper}${onOne}`,
    'app@.service.d/10-all.conf': '[Service]\nNice=3\nEnvironment=FROM=template\n',
    'app@.service.d/20-own.conf': '[Service]\nOOMScoreAdjust=100\n',
    'app@1.service.d/20-own.conf': '[Service]\nOOMScoreAdjust=200\n',
  });
  await fleet.ok(m2, 'start', 'app@1', 'app@2');
  const show = (name: string) =>
    sh(m1, `systemctl show -p Nice -p OOMScoreAdjust -p NeedDaemonReload --value ${name} | paste -sd' '`);
  assert.equal(await show('app@1.service'), '200 3 no');
  assert.equal(await show('app@2.service'), '100 3 no');
  const pid = await sh(m1, 'systemctl show -p MainPID --value app@2');
  // What somebody else put beside them stays, and a restarted daemon keeps what runs.
  await sh(m1, 'printf "[Service]\\nLimitNOFILE=4096\\n" > /run/systemd/system/app@1.service.d/50-host.conf');
  await sh(m1, 'systemctl restart fleet');
  await fleet.ready();
  assert.equal(await sh(m1, 'systemctl show -p MainPID --value app@2'), pid);

  await units({ 'app@.service.d/10-all.conf': '[Service]\nNice=4\n' });
  assert.match((await fleet.ctl(m2, 'start', 'app@2')).stderr, /differs from local template unit file/);
  await fleet.ok(m2, 'start', '--replace', 'app@2');
  assert.equal(await show('app@2.service'), '100 4 no');
  assert.notEqual(await sh(m1, 'systemctl show -p MainPID --value app@2'), pid);
  assert.match(
    await fleet.ok(m2, 'cat', 'app@2'),
    /\n# app@2\.service\.d\/10-all\.conf\n\[Service\]\nNice=4\n/,
  );

  await fleet.ok(m2, 'destroy', 'app@1', 'app@2');
  await assertGone(m1, 'app@2.service');
  assert.equal(
    await sh(m1, 'ls /run/systemd/system/app@1.service.d; rm -r /run/systemd/system/app@1.service.d'),
    '50-host.conf',
  );
});

test('units that need each other start together, wherever they go', async () => {
  const { m2 } = fleet;
  await units({
    'db.service': sleeper,
    'api.service': `[Unit]\nRequires=db.service\nAfter=db.service docker.service\n${sleeper}`,
    'tell.service': `[Unit]\nBindsTo=api.service\nAfter=api.service\n${sleeper}[X-Fleet]\nMachineOf=api.service\n`,
    'x.service': `[Unit]\nRequires=y.service\n${sleeper}`,
    'y.service': `[Unit]\nRequires=x.service\nAfter=x.service\n${sleeper}`,
  });
  for (let round = 0; round < 3; round++) {
    await fleet.ok(m2, 'start', 'tell', 'api', 'db', 'x', 'y');
    const places = new Map<string, string>();
    for (const name of ['tell', 'api', 'db', 'x', 'y']) {
      const one = await fleet.places(`${name}.service`);
      places.set(name, one.get(`${name}.service`)?.machine ?? assert.fail(`${name} does not run`));
    }
    const at = (name: string) => places.get(name);
    assert.deepEqual([at('tell'), at('api'), at('x')], [at('db'), at('db'), at('y')]);
    await fleet.ok(m2, 'destroy', 'tell', 'api', 'db', 'x', 'y');
    for (const machine of fleet.cluster.machines)
      await assertGone(machine, 'tell.service', 'api.service', 'db.service');
  }
});

/** podman's own generator; a podman that does not need a registry stands in for the rest of it. */
const generator = process.env.KEELSON_TEST_QUADLET ?? '/usr/libexec/podman/quadlet';
const skip = existsSync(generator) ? false : `there is no ${generator}: podman 4.4 or newer has it`;

test('quadlets run where podman makes services of them (not where podman is older than 4.4)', {
  skip,
}, async () => {
  const { m1, m2 } = fleet;
  await units({
    'data.volume': '[Volume]\nLabel=of=web\n',
    'web.container': '[Container]\nImage=localhost/web\nExec=sleep infinity\nVolume=data.volume:/data\n',
    'web.container.d/10-env.conf': '[Container]\nEnvironment=A=b\n',
    'bad.container': '[Container]\nImage=localhost/bad\nNoSuchKey=1\n',
  });
  const start = ['start', '--timeout=3', 'web.container', 'data.volume'];
  await fleet.untilRefused(m2, start, /no quadlet generator: install podman/);
  const install = `
    mkdir -p /usr/libexec/podman /run/generators &&
    base64 -d >/usr/libexec/podman/quadlet && chmod 755 /usr/libexec/podman/quadlet &&
    mkdir -p /etc/systemd/system-generators &&
    ln -s /usr/libexec/podman/quadlet /etc/systemd/system-generators/podman-system-generator &&
    printf '#!/bin/sh\\ncase "$1" in run) echo "$@" >/run/podman-ran; systemd-notify --ready; exec sleep infinity;; esac\\n' >/usr/bin/podman &&
    chmod 755 /usr/bin/podman && systemctl restart fleet`;
  await m1.exec(['sh', '-c', install], { input: (await readFile(generator)).toString('base64') });
  await fleet.ready();
  await fleet.ok(m2, 'start', 'web.container', 'data.volume');
  assert.equal(await sh(m1, 'systemctl is-active web.service data-volume.service'), 'active\nactive');
  assert.match(
    await sh(m1, 'cat /run/podman-ran'),
    /-v systemd-data:\/data --env A=b localhost\/web sleep infinity/,
  );
  const rows = await fleet.ok(m2, 'list-units', '--no-legend', '--fields=unit,active,sub');
  assert.match(rows, /^web\.container\s+active\s+running$/m);
  const pid = await sh(m1, 'systemctl show -p MainPID --value web.service');
  await sh(m1, 'systemctl restart fleet');
  await fleet.ready();
  assert.equal(await sh(m1, 'systemctl show -p MainPID --value web.service'), pid);
  const bad = await fleet.ctl(m2, 'start', 'bad.container');
  assert.equal(bad.status, 1);
  assert.match(bad.stderr, /generator does not take bad\.container: .*unsupported key 'NoSuchKey'/);
  await fleet.ok(m2, 'destroy', 'web.container', 'data.volume', 'bad.container');
  for (const name of ['web.service', 'data-volume.service']) {
    await until(m1, `systemctl show -p LoadState --value ${name}`, 'not-found');
  }
  await until(m1, 'ls /run/containers/systemd', '');
});
