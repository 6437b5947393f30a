// A boot on trial, on machines that really boot: it is blessed when it is good, and given up when it is not.
// The slot is told by the command line of PID 1; that the blessing itself is right is the slots' own test.

import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Cluster, Machine } from '../../src/sandbox/index.ts';
import { clusterPaths, machinePaths } from '../../src/sandbox/paths.ts';
import { startKeelson, temporaryFolder } from './booted.ts';

const slot = [`usrhash=${'ab'.repeat(32)}`, 'systemd.verity=no'];
const units = '/etc/systemd/system';

let cluster: Cluster;
let trial: Machine;
let folder = '';
before(async () => {
  folder = await temporaryFolder();
  process.env.KEELSON_SANDBOX_STATE = join(folder, 'state');
  process.env.KEELSON_SANDBOX_RUN = join(folder, 'run');
  cluster = await startKeelson({
    etcd: false,
    machines: [
      { name: 'trial', kernelArguments: [...slot, 'keelson.trial'] },
      { name: 'blessed', kernelArguments: slot },
      { name: 'plain' },
    ],
  });
  trial = cluster.machine('trial');
  for (const machine of cluster.machines) await prepare(machine);
});
after(async () => {
  await cluster?.down();
  await rm(folder, { recursive: true, force: true });
});

/** Counts boots, writes down a blessing, and keeps the waits of the test short. */
async function prepare(machine: Machine): Promise<void> {
  const oneshot = (what: string) =>
    `[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=\nExecStart=/bin/sh -c '${what}'\n`;
  const early = '[Unit]\nDefaultDependencies=no\nBefore=sysinit.target\n';
  await machine.writeFile(`${units}/boots.service`, `${early}${oneshot('echo boot >>/var/lib/boots')}`);
  await machine.writeFile(
    `${units}/keelson-bless.service.d/test.conf`,
    oneshot('echo blessed >>/var/lib/boots'),
  );
  await machine.writeFile(
    `${units}/keelson-health.service.d/test.conf`,
    '[Service]\nEnvironment="KEELSON_HEALTH_OPTIONS=--wait 30"\n',
  );
  await sh(
    machine,
    `mkdir -p ${units}/sysinit.target.wants /etc/keelson/health.d /var/log/journal
    ln -s ../boots.service ${units}/sysinit.target.wants/; systemctl enable ssh.service; sync`,
  );
}

const sh = async (machine: Machine, command: string): Promise<string> => {
  const { stdout, stderr } = await machine.exec(['sh', '-c', command], {
    accept: 'any',
    deadlineMs: 120_000,
  });
  return `${stdout}${stderr}`.trim();
};
/** What happened since the machine was prepared: `boot` and `blessed`, in their order. */
const story = async (machine: Machine): Promise<string> => {
  const text = await readFile(join(machine.rootPath, 'var/lib/boots'), 'utf8').catch(() => '');
  return text.trim().split('\n').join(' ');
};
/** Of multi-user.target; a machine that is off has none. */
const state = (machine: Machine) => sh(machine, 'systemctl is-active multi-user.target').catch(() => 'off');
const untilBlessed = (machine: Machine) =>
  machine.waitFor(async () => (await story(machine)).endsWith('blessed'), {
    timeoutMs: 300_000,
    what: 'its blessing',
    hint: `Its story: ${machinePaths(clusterPaths(cluster.name), machine.name).console}`,
  });
const consoleText = (machine: Machine) =>
  readFile(machinePaths(clusterPaths(cluster.name), machine.name).console, 'utf8');

/** Boots the machine from within, forgetting what happened; it may boot more than once until it is blessed. */
async function bootAgain(machine: Machine): Promise<void> {
  await sh(machine, 'rm -f /var/lib/boots; sync; systemctl reboot');
  await machine.waitFor(async () => (await story(machine)) !== '', { timeoutMs: 120_000, what: 'its boot' });
}

test('a good boot passes all gates and is blessed once', async () => {
  await bootAgain(trial);
  await untilBlessed(trial);
  assert.equal(await story(trial), 'boot blessed');
  const order = await sh(trial, 'systemctl is-active boot-complete.target keelson-health.service');
  assert.equal(order, 'active\nactive');
  assert.equal(await sh(trial, 'systemctl show -P LoadState systemd-bless-boot.service'), 'masked');
});

test('a gate of the machine fails: it boots again until that is content, and says why', async () => {
  await trial.writeFile(
    '/etc/keelson/health.d/third',
    '#!/bin/sh\n[ "$(grep -c boot /var/lib/boots)" -ge 3 ] || { echo "the moon is not full"; exit 1; }\n',
    0o755,
  );
  await bootAgain(trial);
  await untilBlessed(trial);
  assert.equal(await story(trial), 'boot boot boot blessed');
  assert.match(await consoleText(trial), /FAIL +third +the moon is not full/);
  assert.match(await consoleText(trial), /on trial and did not pass/);
  assert.match(await sh(trial, 'journalctl -o cat -t keelson-health'), /the moon is not full/);
  assert.match(await sh(trial, 'journalctl -o cat -t keelson-trial'), /failed units: keelson-health.service/);
  await sh(trial, 'rm /etc/keelson/health.d/third');
});

test('a unit is a gate as well; one that hangs is given up with the time', async () => {
  const boots = '"$$(grep -c boot /var/lib/boots)"';
  await trial.writeFile(
    `${units}/gate.service`,
    `[Unit]\nBefore=boot-complete.target\n[Service]\nType=oneshot\nTimeoutStartSec=infinity\nExecStart=/bin/sh -c 'case ${boots} in 1) exit 1;; 2) exec sleep infinity;; esac'\n`,
  );
  await trial.writeFile(`${units}/boot-complete.target.d/60-short.conf`, '[Unit]\nJobTimeoutSec=90s\n');
  await sh(
    trial,
    `mkdir -p ${units}/boot-complete.target.requires
    ln -s ../gate.service ${units}/boot-complete.target.requires/`,
  );
  await bootAgain(trial);
  await untilBlessed(trial);
  assert.equal(await story(trial), 'boot boot boot blessed');
  const said = await sh(trial, 'journalctl -o cat -t keelson-trial');
  assert.match(said, /failed units: .*gate\.service/);
  assert.match(said, /still starting: .*gate\.service/);
  await sh(
    trial,
    `rm -r ${units}/gate.service ${units}/boot-complete.target.d ${units}/boot-complete.target.requires`,
  );
});

test('a boot that ends in the emergency shell is given up', async () => {
  await trial.writeFile(
    `${units}/mount-that-fails.service`,
    `[Unit]\nDefaultDependencies=no\nAfter=boots.service\nBefore=local-fs.target\n[Service]\nType=oneshot\nExecStart=/bin/sh -c '[ "$$(grep -c boot /var/lib/boots)" -ge 2 ]'\n`,
  );
  await sh(
    trial,
    `mkdir -p ${units}/local-fs.target.requires
    ln -s ../mount-that-fails.service ${units}/local-fs.target.requires/`,
  );
  await bootAgain(trial);
  await untilBlessed(trial);
  assert.equal(await story(trial), 'boot boot blessed');
  await sh(trial, `rm -r ${units}/mount-that-fails.service ${units}/local-fs.target.requires`);
});

for (const name of ['blessed', 'plain']) {
  test(`a machine that is ${name} has no gates, and boots again for none`, async () => {
    const machine = cluster.machine(name);
    await machine.writeFile('/etc/keelson/health.d/never', '#!/bin/sh\nexit 1\n', 0o755);
    await bootAgain(machine);
    await machine.waitFor(async () => (await state(machine)) === 'active', { timeoutMs: 120_000 });
    const wanted = await sh(machine, 'systemctl list-dependencies --plain boot-complete.target');
    assert.doesNotMatch(wanted, /keelson-(health|bless|trial)/);
    assert.equal(await sh(machine, 'systemctl start boot-complete.target; echo $?'), '0');
    assert.equal(await sh(machine, 'systemctl is-active keelson-health.service'), 'inactive');
    assert.equal(await story(machine), 'boot');
    const { status, stdout } = await machine.exec(['keelson', 'health'], { accept: 'any' });
    assert.equal(status, 1);
    assert.match(stdout, /^FAIL +never /m);
    assert.match(stdout, /^ok +ssh +SSH answers at 127\.0\.0\.1:22/m);
  });
}
