// A sealed /usr on a Debian that really boots: what it refuses, who gets through, what a boot makes of it.

import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type RunResult, run } from '../../src/host/index.ts';
import type { Cluster, Machine } from '../../src/sandbox/index.ts';
import { startKeelson, temporaryFolder } from './booted.ts';

let cluster: Cluster;
let m1: Machine;
let folder = '';
before(async () => {
  folder = await temporaryFolder();
  process.env.KEELSON_SANDBOX_STATE = join(folder, 'state');
  process.env.KEELSON_SANDBOX_RUN = join(folder, 'run');
  const packages = join(folder, 'packages');
  await makePackages(packages);
  cluster = await startKeelson({ etcd: false, binds: [{ source: packages, target: '/mnt/packages' }] });
  m1 = cluster.machine('m1');
});
after(async () => {
  await cluster?.down();
  await rm(folder, { recursive: true, force: true });
});

const sh = (command: string): Promise<RunResult> =>
  m1.exec(['sh', '-c', command], { accept: 'any', deadlineMs: 180_000 });
const said = async (command: string): Promise<string> => {
  const { stdout, stderr } = await sh(command);
  return `${stdout}${stderr}`.trim();
};
const sealed = async (path = '/usr/probe') =>
  /Read-only file system/.test(await said(`touch ${path} && rm ${path}`));
const status = async () => (await sh('keelson seal-usr status')).status;
/** Whether a service, whose mounts are its own, can write below /usr. */
const serviceWrites = async (unit: string) =>
  (await sh(`nsenter -t $(systemctl show -P MainPID ${unit}) -m touch /usr/probe`)).status === 0;
const startService = (unit: string, more = '') =>
  sh(`systemd-run --quiet --unit=${unit} -p PrivateTmp=yes ${more} sleep infinity`);

/** Two packages: one with a unit that its postinst starts and that tries to write below /usr, and a plain one. */
async function makePackages(packages: string): Promise<void> {
  const unit = `[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=-/bin/touch /usr/by-unit\nExecStart=/bin/touch /run/by-unit\n`;
  const postinst =
    '#!/bin/sh\nset -e\ntouch /usr/share/by-postinst\nsystemctl daemon-reload\nsystemctl start witness.service\n';
  for (const [name, script] of [
    ['witness', postinst],
    ['plain', ''],
  ] as const) {
    const tree = join(folder, name);
    await mkdir(join(tree, 'DEBIAN'), { recursive: true });
    await mkdir(join(tree, 'usr/lib/systemd/system'), { recursive: true });
    await writeFile(join(tree, `usr/lib/systemd/system/${name}.service`), unit);
    const control = `Package: ${name}\nVersion: 1\nArchitecture: all\nMaintainer: nobody <n@localhost>\nDescription: a package\n`;
    await writeFile(join(tree, 'DEBIAN/control'), control);
    if (script !== '') await writeFile(join(tree, 'DEBIAN/postinst'), script, { mode: 0o755 });
    await mkdir(packages, { recursive: true });
    await run('dpkg-deb', ['--root-owner-group', '--build', tree, join(packages, `${name}.deb`)]);
  }
}

test('who has a file below /usr open for writing is named, and nothing is changed', async () => {
  assert.equal(await status(), 3);
  await sh('systemd-run --quiet --unit=writer sh -c "exec sleep infinity 5>/usr/local/held"');
  await m1.waitFor(['test', '-e', '/usr/local/held']);
  const { status: code, stderr } = await sh('keelson seal-usr');
  assert.equal(code, 1);
  assert.match(stderr, /\/usr\/local\/held {2}by sleep \(pid \d+, writer\.service\)/);
  assert.equal(await sealed(), false);
  assert.match(await said('ls /etc/systemd/system/keelson-seal-usr.service'), /No such file/);
  // A folder that stays writable may have writers.
  assert.match(await said('keelson seal-usr --writable /usr/local'), /\/usr\/local can be written to/);
  assert.deepEqual([await sealed(), await sealed('/usr/local/probe')], [true, false]);
  await sh('systemctl stop writer.service; rm /usr/local/held');
});

test('what cannot stay writable is refused', async () => {
  for (const path of ['/usr/../etc', '/usr/no-such', '/usr/bin/sh', '/etc', '/usr/lib/a b', '/usr/tmp;x']) {
    const { status: code, stderr } = await m1.exec(['keelson', 'seal-usr', '--writable', path], {
      accept: 'any',
    });
    assert.equal(code, 1, path);
    assert.match(stderr, /cannot stay writable/);
  }
});

test('sealed again without it, all of /usr is sealed, for services that run as well', async () => {
  await startService('early');
  // A session that no mount of ours reaches.
  await sh('systemd-run --quiet --unit=apart unshare --mount --propagation private sleep infinity');
  assert.equal(await said('keelson seal-usr'), '/usr is sealed: it is mounted read-only.');
  assert.deepEqual([await sealed(), await sealed('/usr/local/probe'), await status()], [true, true, 0]);
  for (const unit of ['early', 'apart', 'systemd-logind'])
    assert.equal(await serviceWrites(unit), false, unit);
  await sh('systemctl stop early apart');
});

test('a command gets through alone, and what systemd starts for it does not', async () => {
  const { status: code } = await sh('keelson seal-usr open -- sh -c "touch /usr/local/through; exit 9"');
  assert.equal(code, 9);
  assert.equal((await sh('test -e /usr/local/through')).status, 0);
  const { stdout } =
    await sh(`keelson seal-usr open sh -c 'touch /run/inside; while [ -e /run/inside ]; do sleep 0.1; done; rm /usr/local/through' &
    until [ -e /run/inside ]; do sleep 0.1; done
    touch /usr/probe; keelson seal-usr status; systemd-run --quiet --wait touch /usr/probe; echo $?
    keelson seal-usr open -- touch /usr/local/second; echo $?
    rm /run/inside; wait`);
  assert.match(stdout, /is sealed.*\nIt is open for one command: pid \d+\.\n1\n0\n/);
  assert.equal(
    await said('ls /usr/probe /usr/local/second /usr/local/through'),
    [
      '/usr/local/second',
      "ls: cannot access '/usr/probe': No such file or directory",
      "ls: cannot access '/usr/local/through': No such file or directory",
    ].join('\n'),
  );
});

test('a command that is killed leaves it sealed', async () => {
  await sh(
    `systemd-run --quiet --unit=killed keelson seal-usr open -- sh -c "touch /run/inside; sleep infinity"`,
  );
  await m1.waitFor(['test', '-e', '/run/inside']);
  await sh('systemctl kill --signal=KILL killed');
  await m1.waitFor(['systemctl', 'is-failed', 'killed']);
  await sh('systemctl reset-failed killed; rm /run/inside');
  assert.deepEqual(
    [await sealed(), await said('keelson seal-usr status')],
    [true, '/usr is sealed: it is mounted read-only.'],
  );
});

test('apt installs through it, and what it starts is sealed out', async () => {
  const install = 'apt-get -q -y install /mnt/packages/';
  assert.match(await said(`${install}witness.deb`), /Read-only file system/);
  assert.match(await said('keelson seal-usr --apt'), /apt opens it for dpkg alone/);
  const { status: code, stdout, stderr } = await sh(`${install}witness.deb`);
  assert.equal(code, 0, stdout + stderr);
  assert.equal((await sh('test -e /usr/share/by-postinst && test -e /run/by-unit')).status, 0);
  assert.equal((await sh('test -e /usr/by-unit')).status, 1);
  assert.match(await said('journalctl --sync; journalctl -b -o cat -u witness'), /Read-only file system/);
  assert.ok(await sealed());
  assert.equal(await said('dpkg --verify witness'), '');
  // dpkg by hand is not apt.
  assert.match(await said('dpkg -i /mnt/packages/plain.deb'), /Read-only file system/);
  assert.equal((await sh('keelson seal-usr open -- dpkg -i /mnt/packages/plain.deb')).status, 0);
});

test('open for everybody until it is closed, and then for nobody', async () => {
  await sh('keelson seal-usr open');
  assert.deepEqual([await sealed(), await status()], [false, 3]);
  assert.match(await said('keelson doctor'), /warn +usr +\/usr is to be sealed, and is open/);
  await sh('keelson seal-usr open');
  await startService('meanwhile');
  await sh('systemd-run --quiet --unit=writer sh -c "exec sleep infinity 5>/usr/local/held"');
  await m1.waitFor(['test', '-e', '/usr/local/held']);
  const { status: code, stderr } = await sh('keelson seal-usr close');
  assert.equal(code, 1);
  assert.match(stderr, /\/usr\/local\/held {2}by sleep/);
  await sh('systemctl stop writer; rm -f /usr/local/held');
  assert.equal((await sh('keelson seal-usr close')).status, 0);
  assert.deepEqual([await sealed(), await serviceWrites('meanwhile')], [true, false]);
  assert.match(await said('keelson doctor'), /ok +usr +\/usr is sealed/);
  await sh('systemctl stop meanwhile');
});

test('extensions of systemd-sysext come on top, and nothing is opened below them', async () => {
  const extension = '/run/extensions/more/usr';
  await sh(`mkdir -p ${extension}/lib/extension-release.d ${extension}/share/more
    grep -E '^(ID|VERSION_ID)=' /etc/os-release > ${extension}/lib/extension-release.d/extension-release.more`);
  assert.equal((await sh('systemd-sysext merge && test -d /usr/share/more')).status, 0);
  assert.match(await said('keelson seal-usr status'), /is sealed(.|\n)*systemd-sysext are merged/);
  for (const action of ['', 'open', 'open -- true', 'off']) {
    const { status: code, stderr } = await sh(`keelson seal-usr ${action}`);
    assert.equal(code, 1, action);
    assert.match(stderr, /systemd-sysext unmerge; keelson seal-usr/);
  }
  await sh('systemd-sysext unmerge; rm -r /run/extensions');
  assert.ok(await sealed());
});

test('a boot seals it, with what is mounted below it on top, and nothing fails', async () => {
  await sh('keelson seal-usr --writable /usr/local; keelson seal-usr open');
  await sh('echo "tmpfs /usr/src tmpfs defaults 0 0" >> /etc/fstab');
  await m1.stop();
  await m1.start();
  assert.equal(await said('systemctl --failed --no-legend'), '');
  assert.deepEqual(
    [await sealed(), await sealed('/usr/local/probe'), await sealed('/usr/src/probe')],
    [true, false, false],
  );
  assert.equal(await serviceWrites('systemd-logind'), false);
  // Before any service that is not part of the early boot itself.
  const order = await said('systemctl show -P Before keelson-seal-usr.service');
  assert.match(order, /local-fs-pre\.target/);
  await sh('sed -i /tmpfs/d /etc/fstab');
});

test('killed at any moment, the command leaves a machine that works, and can be run again', async () => {
  for (const [index, action] of ['off', '', 'open', 'close', 'off', '--apt'].entries()) {
    for (let tenths = 1; tenths <= 8; tenths += 2) {
      await sh(`timeout --signal=KILL 0.${tenths} keelson seal-usr ${action}`);
      assert.equal(
        (await sh('/usr/bin/env true && systemctl daemon-reload')).status,
        0,
        `${index} ${tenths}`,
      );
    }
  }
  assert.equal((await sh('keelson seal-usr')).status, 0);
  assert.ok(await sealed());
});

test('a seal that fails does not stop the boot, and is told', async () => {
  await sh('mkdir -p /etc/systemd/system/keelson-seal-usr.service.d');
  await m1.writeFile(
    '/etc/systemd/system/keelson-seal-usr.service.d/bad.conf',
    '[Service]\nExecStartPre=/bin/false\n',
  );
  await m1.stop();
  await m1.start();
  assert.equal(await sealed(), false);
  assert.match(await said('systemctl --failed --no-legend'), /keelson-seal-usr\.service/);
  assert.match(await said('keelson doctor'), /FAIL +usr +\/usr was not sealed by this boot/);
  await sh(
    'rm -r /etc/systemd/system/keelson-seal-usr.service.d; systemctl daemon-reload; systemctl reset-failed',
  );
  assert.equal((await sh('keelson seal-usr close')).status, 0);
  assert.ok(await sealed());
});

test('taken off, nothing of it is left', async () => {
  assert.equal((await sh('keelson seal-usr off')).status, 0);
  assert.deepEqual([await sealed(), await status()], [false, 3]);
  assert.equal(await said('find /etc /run -name "*seal-usr*" ! -name "*.lock"'), '');
  assert.equal(await said('grep -c " /usr " /proc/self/mountinfo'), '0');
  assert.equal((await sh('keelson seal-usr off')).status, 0);
});

test('taken off with the package', async () => {
  await sh('keelson seal-usr --apt');
  assert.ok(await sealed());
  const { status: code, stdout, stderr } = await sh('apt-get -q -y remove keelson');
  assert.equal(code, 0, stdout + stderr);
  assert.equal(await sealed(), false);
  assert.equal(await said('ls /etc/apt/apt.conf.d | grep keelson; ls /usr/lib/keelson 2>/dev/null'), '');
  assert.match(await said('apt-get -q -y remove plain'), /Removing plain/);
});
