// fleetd as a service of booted machines: as root and as its own user, its sandbox, signals, sockets, metrics,
// and what it says when it cannot be part of the cluster. m1 has the store and a fleetd of root, m2 one of `fleet`.

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type RunResult, run } from '../../src/host/index.ts';
import { type Cluster, type Machine, waitUntilReady } from '../../src/sandbox/index.ts';
import { parseMetrics } from '../fleet/metrics/parse.ts';
import { checkout, startKeelson, temporaryFolder } from './booted.ts';
import { assertCalm, sh } from './fleet-cluster.ts';

let cluster: Cluster;
let m1: Machine;
let m2: Machine;
let folder = '';
before(async () => {
  folder = await temporaryFolder();
  process.env.KEELSON_SANDBOX_STATE = join(folder, 'state');
  process.env.KEELSON_SANDBOX_RUN = join(folder, 'run');
  cluster = await startKeelson({ machines: 2 });
  [m1, m2] = [cluster.machine('m1'), cluster.machine('m2')];
  await m2.exec(['mkdir', '-p', '/etc/systemd/system/fleet.service.d']);
  await m2.exec([
    ...['ln', '-s', '/usr/lib/keelson/units/fleet-user.conf'],
    '/etc/systemd/system/fleet.service.d/10-user.conf',
  ]);
  await sh(m2, 'systemctl daemon-reload && systemctl restart fleet.service');
  await waitUntilReady(cluster);
});
after(async () => {
  await cluster?.down();
  await rm(folder, { recursive: true, force: true });
});

const ctl = (machine: Machine, ...words: string[]): Promise<RunResult> =>
  run(
    process.execPath,
    [join(checkout, 'dist/fleetctl.js'), '--endpoint', `unix://${machine.socket}`, ...words],
    { accept: 'any', deadlineMs: 120_000 },
  );
const ok = async (machine: Machine, ...words: string[]): Promise<string> => {
  const { status, stdout, stderr } = await ctl(machine, ...words);
  assert.equal(status, 0, `fleetctl ${words.join(' ')}: ${stdout}${stderr}`);
  return stdout;
};
const show = (machine: Machine, property: string, unit = 'fleet.service') =>
  sh(machine, 'systemctl show -P "$1" "$2"', property, unit);
/** Waits until fleet's journal of this daemon has a line with these words. */
const logged = (machine: Machine, words: string) =>
  machine.waitFor(async () => (await daemonLog(machine)).includes(words));
const daemonLog = (machine: Machine) =>
  sh(machine, 'journalctl -o cat _SYSTEMD_INVOCATION_ID=$(systemctl show -P InvocationID fleet.service)');
const get = (machine: Machine, path: string, socket = '/run/fleet.sock') =>
  sh(machine, 'curl -fsS --max-time 20 --unix-socket "$2" "http://fleet$1"', path, socket);
const exposure = async (machine: Machine): Promise<number> => {
  const text = await sh(machine, 'systemd-analyze security --no-pager fleet.service | tail -1');
  return Number(/: (\d+\.\d+)/.exec(text)?.[1]);
};
const unitFile = (name: string, lines: readonly string[]) =>
  sh(m1, 'printf "%s\\n" "$2" > /root/"$1"', name, lines.join('\n'));
const inM1 = (...words: string[]) => m1.exec(['fleetctl', ...words], { accept: 'any', deadlineMs: 120_000 });

test('as the user fleet it does what it does as root, and both are in a tight sandbox', async (t) => {
  const users: Record<string, string> = {};
  for (const machine of [m1, m2]) {
    users[machine.name] = await sh(machine, 'stat -c %U /proc/$(systemctl show -P MainPID fleet.service)');
  }
  assert.deepEqual(users, { m1: 'root', m2: 'fleet' });
  const exposures = [await exposure(m1), await exposure(m2)];
  t.diagnostic(`systemd-analyze security: root ${exposures[0]}, fleet ${exposures[1]}`);
  assert.ok((exposures[0] ?? 10) <= 2.2 && (exposures[1] ?? 10) <= 1.4, String(exposures));
  const there = ['[X-Fleet]', `MachineID=${m2.machineId}`];
  const install = ['[Install]', 'WantedBy=multi-user.target'];
  await unitFile('own.service', ['[Service]', 'ExecStart=/bin/sleep infinity', ...install, ...there]);
  await sh(
    m1,
    'mkdir -p /root/own.service.d && printf "[Service]\\nEnvironment=DROPPED=in\\n" > /root/own.service.d/10-in.conf',
  );
  await unitFile('bad.service', [
    '[Service]',
    'Type=oneshot',
    "ExecStart=/bin/sh -c 'echo broken >&2; exit 3'",
    ...there,
  ]);
  await unitFile('all.service', ['[Service]', 'ExecStart=/bin/sleep infinity', '[X-Fleet]', 'Global=true']);
  const good = await inM1('start', '/root/own.service', '/root/all.service');
  assert.equal(good.status, 0, good.stdout + good.stderr);
  const bad = await inM1('start', '/root/bad.service');
  assert.equal(bad.status, 1, bad.stdout + bad.stderr);
  assert.equal(await show(m2, 'ActiveState', 'own.service'), 'active');
  assert.equal(await show(m2, 'UnitFileState', 'own.service'), 'enabled-runtime');
  assert.equal(await show(m2, 'Environment', 'own.service'), 'DROPPED=in');
  const pid = await show(m2, 'MainPID', 'own.service');
  await sh(m2, 'systemctl restart fleet.service');
  await waitUntilReady(cluster);
  assert.equal(await show(m2, 'MainPID', 'own.service'), pid);
  await m1.waitFor(async () => (await inM1('list-units')).stdout.split('active').length >= 4);
  for (const words of [
    ['stop', 'own'],
    ['start', 'own'],
    ['destroy', 'own', 'bad', 'all'],
  ]) {
    const { status, stdout, stderr } = await inM1(...words);
    assert.equal(status, 0, stdout + stderr);
  }
  for (const machine of [m1, m2]) {
    await machine.waitFor(async () => {
      const left =
        'ls -A /run/fleet/units /run/fleet/agent; find /run/systemd/system -name "own*" -o -name "bad*"';
      return /^(\/run\/fleet\/\w+:\s*)+$/.test(await sh(machine, left));
    });
  }
  const refused = await sh(
    m2,
    'journalctl -o cat -u fleet.service | grep -ci "denied\\|permission\\|EROFS\\|EPERM"',
  );
  assert.equal(refused, '0');
});

test('what polkit does not allow is said, and done once it does', async () => {
  const rule = '/usr/share/polkit-1/rules.d/50-keelson-fleet.rules';
  await sh(m2, 'mv "$1" /root/rule && systemctl restart polkit.service', rule);
  await unitFile('late.service', [
    ...['[Service]', 'ExecStart=/bin/sleep infinity'],
    ...['[X-Fleet]', `MachineID=${m2.machineId}`],
  ]);
  assert.equal((await inM1('start', '--no-block', '/root/late.service')).status, 0);
  await logged(m2, 'late.service cannot be loaded on its machine');
  await logged(m2, 'needs polkit and its rule 50-keelson-fleet.rules');
  await sh(m2, 'mv /root/rule "$1"', rule);
  await m2.waitFor(async () => (await show(m2, 'ActiveState', 'late.service')) === 'active');
  assert.equal((await inM1('destroy', 'late')).status, 0);
});

test('the socket is for root and the group fleet', async () => {
  assert.equal(await sh(m2, 'stat -c "%a %U %G" /run/fleet.sock'), '660 root fleet');
  const as = (user: string) =>
    sh(m2, 'cd / && runuser -u "$1" -- fleetctl list-machines 2>&1; echo $?', user);
  assert.match(await as('core'), /10\.77\.\d+\.\d+[\s\S]*\n0$/);
  assert.match(await as('nobody'), /permission denied[\s\S]*\n[1-9]\d*$/i);
});

test('a reload drops nothing, says what it does, and refuses as a whole what is wrong', async () => {
  const pid = await show(m1, 'MainPID');
  const inode = await sh(m1, 'stat -c %i /run/fleet.sock');
  const stream = 'curl -sSN --unix-socket /run/fleet.sock http://fleet/fleet/v2/events >/run/events 2>&1';
  await sh(m1, 'systemd-run --quiet --unit=stream sh -c "$1"', stream);
  const streamed = (words: string) =>
    m1.waitFor(async () => (await sh(m1, 'cat /run/events')).includes(words));
  await streamed('synced');
  const write = (text: string) => m1.writeFile('/etc/fleet/fleet.conf', text);
  await write('metadata = disk=ssd\nagent_ttl = 3s\nmetdata = x=y\n');
  await sh(m1, 'systemctl reload fleet.service');
  await logged(m1, 'Reloading configuration from /etc/fleet/fleet.conf');
  await logged(m1, 'Restarting server components: metadata, agent_ttl');
  await logged(m1, 'unknown key metdata (did you mean metadata?)');
  await m1.waitFor(async () => (await ok(m2, 'list-machines')).includes('disk=ssd'));
  await write('metadata = disk=hdd\nagent_ttl = soon\ntoken_limit = few\n');
  await sh(m1, 'systemctl reload fleet.service');
  await logged(m1, 'fleet.conf:2: agent_ttl');
  await logged(m1, 'fleet.conf:3: token_limit');
  await m1.waitFor(async () => (await show(m1, 'ActiveState')) === 'active');
  assert.ok((await ok(m2, 'list-machines')).includes('disk=ssd'));
  await unitFile('late.service', ['[Service]', 'ExecStart=/bin/sleep infinity']);
  assert.equal((await inM1('start', '/root/late.service')).status, 0);
  // The stream that was open before all of this.
  await streamed('late.service');
  assert.equal(await show(m1, 'ActiveState', 'stream.service'), 'active');
  assert.equal((await inM1('destroy', 'late')).status, 0);
  assert.deepEqual([await show(m1, 'MainPID'), await sh(m1, 'stat -c %i /run/fleet.sock')], [pid, inode]);
  assert.equal(await sh(m1, 'journalctl -u fleet | grep -c "Failed serving HTTP on listener"'), '0');
  await sh(m1, 'systemctl stop stream.service; rm /etc/fleet/fleet.conf; systemctl reload fleet.service');
  await m1.waitFor(async () => !(await ok(m2, 'list-machines')).includes('disk='));
});

test('SIGUSR1 tells what the agent has in mind; /metrics can be read by a strict reader', async () => {
  await sh(m2, 'systemctl kill --kill-who=main -s USR1 fleet.service');
  await logged(m2, '{"Agent":{"Cache":{"TargetStates":');
  const metrics = async (machine: Machine) => parseMetrics(`${await get(machine, '/metrics')}\n`);
  for (const machine of [m1, m2]) {
    // A reload registers the machine again; until then the value is 0.
    await machine.waitFor(
      async () => (await metrics(machine)).get('fleet_registered')?.samples[0]?.value === 1,
    );
    const families = await metrics(machine);
    assert.ok((families.get('process_resident_memory_bytes')?.samples[0]?.value ?? 0) > 1e6);
    assert.ok(families.has('fleet_registry_operation_duration_second'));
  }
});

test('sockets as older set-ups have them: drop-ins of fleet.socket, units of their own, /var/run', async () => {
  await m1.exec(['mkdir', '-p', '/etc/systemd/system/fleet.socket.d']);
  await m1.writeFile(
    '/etc/systemd/system/fleet.socket.d/30-tcp.conf',
    '[Socket]\nListenStream=127.0.0.1:49153\n',
  );
  const tcp = '[Socket]\nListenStream=54728\nService=fleet.service\n[Install]\nWantedBy=sockets.target\n';
  await m1.writeFile('/etc/systemd/system/fleet-tcp.socket', tcp);
  await sh(
    m1,
    'systemctl daemon-reload; systemctl stop fleet.service fleet.socket; systemctl start fleet-tcp.socket fleet.socket fleet.service',
  );
  const get_ = (url: string) => sh(m1, 'curl -fsS --max-time 20 "$1/fleet/v1/discovery" | head -c 40', url);
  for (const url of ['http://127.0.0.1:49153', 'http://127.0.0.1:54728', `http://${m1.address}:54728`]) {
    await m1.waitFor(async () => (await get_(url)).includes('"kind"'));
  }
  await waitUntilReady(cluster);
  assert.match(await get(m1, '/fleet/v1/machines', '/var/run/fleet.sock'), new RegExp(m2.machineId));
});

test('a second machine with the ID of another says so, and serves again with one of its own', async () => {
  const set = (id: string) => sh(m2, 'echo "$1" > /etc/machine-id && systemctl restart fleet.service', id);
  await set(m1.machineId);
  // Not from the journal: its folder is named by the ID.
  const answer = () => ctl(m2, 'list-machines');
  await m2.waitFor(async () => (await answer()).stderr.includes('already in use'));
  assert.equal(await show(m2, 'ActiveState'), 'active');
  const { status, stderr } = await answer();
  assert.equal(status, 1);
  assert.match(stderr, /fleet server unable to communicate with etcd/);
  for (const { address } of [m1, m2]) assert.ok(stderr.includes(address), stderr);
  assert.equal((await ctl(m1, 'list-machines')).status, 0);
  await set(m2.machineId);
  await waitUntilReady(cluster);
});

test('stopped while the store cannot be reached, it ends well', async () => {
  const presences = async () => (await daemonLog(m2)).split(' is present.').length;
  const before = await presences();
  await m2.writeFile('/etc/fleet/fleet.conf', 'agent_ttl = 3s\n');
  await sh(m2, 'systemctl reload fleet.service');
  await logged(m2, 'Restarting server components: agent_ttl');
  // The way is cut below a lease, not in the middle of its making.
  await m2.waitFor(async () => (await presences()) > before);
  await sh(m2, 'ip route add blackhole "$1/32"', m1.address);
  try {
    await logged(m2, 'Server monitor triggered: Monitor timed out before successful heartbeat');
    assert.match((await ctl(m2, 'list-machines')).stderr, /fleet server unable to communicate with etcd/);
    await sh(m2, 'systemctl stop fleet.socket fleet.service');
    assert.deepEqual([await show(m2, 'ActiveState'), await show(m2, 'Result')], ['inactive', 'success']);
  } finally {
    await sh(m2, 'ip route del blackhole "$1/32"', m1.address);
  }
  await sh(m2, 'systemctl start fleet.socket fleet.service');
  await waitUntilReady(cluster);
});

test('the manager of a user', async () => {
  await sh(m2, 'loginctl enable-linger core && systemctl start user@$(id -u core).service');
  const runtime = `/run/user/${await sh(m2, 'id -u core')}`;
  const settings = ['HOME=/home/core', `XDG_RUNTIME_DIR=${runtime}`];
  const fleet = ['FLEET_SYSTEMD_USER=true', 'FLEET_ETCD_SERVERS=embedded'].flatMap((pair) => ['-E', pair]);
  const as = `cd /home/core && runuser -u core -- env ${settings.join(' ')}`;
  await sh(m2, `${as} systemd-run --user --quiet --unit=fleetd ${fleet.join(' ')} /usr/bin/fleetd`);
  const asked = `${as} fleetctl --endpoint unix://${runtime}/fleet.sock list-machines`;
  await m2.waitFor(['sh', '-c', asked]);
  await m2.writeFile('/home/core/mine.service', '[Service]\nExecStart=/bin/sleep infinity\n');
  const own = await sh(
    m2,
    `${as} fleetctl --endpoint unix://${runtime}/fleet.sock start mine.service 2>&1; ${as} systemctl --user is-active mine.service`,
  );
  assert.match(own, /launched[\s\S]*\nactive$/);
  assert.equal(await show(m2, 'ActiveState', 'mine.service'), 'inactive');
  await sh(m2, 'loginctl disable-linger core; systemctl stop user@$(id -u core).service');
});

test('at the end the journals are calm and nothing has failed', async () => {
  await assertCalm(cluster);
});
