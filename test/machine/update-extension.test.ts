// An ordinary Debian, whose own /usr is sealed, with a system extension that is kept up to date: installed, updated from
// a signed release, rebooted by locksmithd, blessed; and a version that does not pass its gate, which goes again by itself.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildExtension } from '../../src/deploy/index.ts';
import { machineArchitecture, newKeyPair, parsePrivateKey } from '../../src/disk/index.ts';
import { run } from '../../src/host/index.ts';
import type { Cluster, Machine } from '../../src/sandbox/index.ts';
import { startKeelson, temporaryFolder } from './booted.ts';

const skip = !existsSync('/dev/loop-control') && 'this host has no loop devices for images';
const deadlineMs = 180_000;
const waitMs = 300_000;

let cluster: Cluster;
let machine: Machine;
let folder = '';
const key = newKeyPair();
before(async () => {
  if (skip !== false) return;
  folder = await temporaryFolder();
  process.env.KEELSON_SANDBOX_STATE = join(folder, 'state');
  process.env.KEELSON_SANDBOX_RUN = join(folder, 'run');
  for (const version of ['1', '2', '3']) await makeRelease(version);
  await makePackage();
  await mkdir(join(folder, 'served'));
  cluster = await startKeelson({
    etcd: false,
    binds: [
      { source: join(folder, 'made'), target: '/mnt/made' },
      { source: join(folder, 'served'), target: '/mnt/served' },
    ],
  });
  machine = cluster.machine('m1');
  await prepare();
});
after(async () => {
  await cluster?.down();
  if (folder !== '') await rm(folder, { recursive: true, force: true });
});

/** A program that says its version, and a unit that keeps one running. */
async function makeRelease(version: string): Promise<void> {
  const tree = join(folder, `tree-${version}`);
  const units = join(tree, 'usr/lib/systemd/system');
  await mkdir(join(units, 'multi-user.target.d'), { recursive: true });
  await mkdir(join(tree, 'usr/bin'));
  await writeFile(join(tree, 'usr/bin/tool'), `#!/bin/sh\necho tool ${version}\n`);
  await chmod(join(tree, 'usr/bin/tool'), 0o755);
  await writeFile(
    join(units, 'tool.service'),
    '[Service]\nExecStart=/bin/sh -c "tool; exec sleep infinity"\n',
  );
  await writeFile(join(units, 'multi-user.target.d/tool.conf'), '[Unit]\nWants=tool.service\n');
  await buildExtension({
    ...{ name: 'tools', version, tree, output: join(folder, 'made'), architecture: machineArchitecture() },
    ...{ compression: 'fast', epoch: 1_700_000_000 },
    release: { signKey: parsePrivateKey(key.privatePem, 'key') },
  });
}

/** A package of the distribution, as apt sees it. */
async function makePackage(): Promise<void> {
  const tree = join(folder, 'package');
  await mkdir(join(tree, 'DEBIAN'), { recursive: true });
  await mkdir(join(tree, 'usr/share/plain'), { recursive: true });
  await writeFile(
    join(tree, 'DEBIAN/control'),
    'Package: plain\nVersion: 1\nArchitecture: all\nMaintainer: nobody <n@localhost>\nDescription: a package\n',
  );
  await run('dpkg-deb', ['--root-owner-group', '--build', tree, join(folder, 'made/plain.deb')]);
}

/** A server and the keys that it is trusted by, as an operator would set them up; and loop devices, as a host has them. */
async function prepare(): Promise<void> {
  const unit = (text: string) =>
    `[Unit]\nDefaultDependencies=no\nBefore=keelson-extensions.service systemd-sysext.service\n${text}`;
  await machine.writeFile(
    '/etc/systemd/system/loops.service',
    unit(`[Service]\nType=oneshot\nRemainAfterExit=yes
ExecStart=/bin/sh -c 'mknod /dev/loop-control c 10 237; for i in $(seq 0 127); do mknod /dev/loop$$i b 7 $$i; done'
[Install]\nWantedBy=sysinit.target\n`),
  );
  await machine.writeFile(
    '/etc/systemd/system/stand-in.service',
    `[Service]\nExecStart=keelson update serve /mnt/served --listen 127.0.0.1:8000 --journal /var/lib/told.jsonl
Restart=on-failure\n[Install]\nWantedBy=multi-user.target\n`,
  );
  await machine.writeFile('/etc/keelson/update-keys/test.pem', key.publicPem);
  await machine.writeFile(
    '/etc/coreos/update.conf',
    'SERVER=http://127.0.0.1:8000/v1/update/\nSLOT_EXTENSION=tools\nREBOOT_STRATEGY=reboot\n',
  );
  await machine.writeFile(
    '/etc/keelson/health.d/tool',
    '#!/bin/sh\nif [ "$(tool)" = "tool 3" ]; then echo no 3; exit 1; fi\n',
    0o755,
  );
  await machine.writeFile(
    '/etc/systemd/system/keelson-health.service.d/wait.conf',
    '[Service]\nEnvironment="KEELSON_HEALTH_OPTIONS=--wait 240"\n',
  );
  await ok('mkdir -p /var/log/journal; systemctl daemon-reload; systemctl enable --now loops stand-in');
}

const sh = (command: string) => machine.exec(['sh', '-c', command], { accept: 'any', deadlineMs });
const ok = async (command: string): Promise<string> => {
  const { status, stdout, stderr } = await sh(command);
  assert.equal(status, 0, `${command}: ${stdout}${stderr}`);
  return stdout.trim();
};
/** Waits for what a command says; a machine that boots says nothing. */
const until = (what: string, command: string, expected: RegExp) =>
  machine.waitFor(async () => expected.test((await sh(command).catch(() => undefined))?.stdout ?? ''), {
    ...{ timeoutMs: waitMs, what },
    hint: 'keelson logs has what the machine said',
  });
const states = 'keelson slot list --extension tools --json | tr -d " \\n"';
/** Puts a release where the server looks, once a second, and waits until it has seen it. */
async function publish(version: string): Promise<void> {
  const name = `tools_${version}.release`;
  await cp(join(folder, 'made', name), join(folder, 'served', `.${name}`), { recursive: true });
  await rename(join(folder, 'served', `.${name}`), join(folder, 'served', name));
  const there = (await readdir(join(folder, 'served'))).filter((each) => each.startsWith('tools_')).length;
  const ask = `fetch("http://127.0.0.1:8000/healthz").then(async (answer) => console.log(await answer.text()))`;
  const known = new RegExp(`"releases":${there}\\b`);
  await until('the server knows it', `/usr/lib/keelson/bin/node -e '${ask}'`, known);
}
/** Event types and results that the server heard. */
const told = `sed -nE 's/.*"type":([0-9]+),"result":([0-9]+).*/\\1\\/\\2/p' /var/lib/told.jsonl`;

test('installed, it is part of /usr at once, with its units, over a sealed /usr', { skip }, async () => {
  await ok('keelson seal-usr --apt');
  const said = await ok('keelson slot init --extension tools /mnt/made/tools_1.release');
  assert.match(said, /It is part of \/usr now, and at each boot/);
  assert.equal(await ok('tool'), 'tool 1');
  await until('its unit', 'systemctl is-active tool.service', /^active/);
  assert.match((await sh('keelson seal-usr status')).stdout, /is sealed(.|\n)*systemd-sysext are merged/);
  assert.match(await ok(states), /"state":"good","running":true,"next":true,"version":"1"/);
});

test('apt installs below it, and puts it back', { skip }, async () => {
  await ok('apt-get -q -y install /mnt/made/plain.deb');
  assert.equal(await ok('test -d /usr/share/plain && tool'), 'tool 1');
  assert.notEqual((await sh('dpkg --remove plain')).status, 0);
  assert.equal(
    await ok('apt-get -q -y remove plain >/dev/null; tool; ls /usr/share/plain 2>&1 | wc -l'),
    'tool 1\n1',
  );
  assert.equal(await ok('systemctl is-active tool.service'), 'active');
});

test('a signed version comes from the server, locksmithd reboots, and the gates bless it', {
  skip,
}, async () => {
  await publish('2');
  await ok('systemctl enable --now update-engine locksmithd');
  // The machine goes down while the client waits; the engine needs nobody who does.
  const once = ['update_engine_client', '-update'];
  await machine.exec(once, { accept: 'any', deadlineMs: 60_000 }).catch(() => undefined);
  await until('version 2', 'tool', /^tool 2/);
  await until('its blessing', states, /"state":"good","running":true,"next":true,"version":"2"/);
  assert.equal(
    await ok('systemctl is-active tool.service keelson-health keelson-bless'),
    'active\nactive\nactive',
  );
  assert.match(await ok('keelson health'), /ok +extensions +Merged into \/usr: tools 2\./);
  assert.match((await sh('keelson seal-usr status')).stdout, /is sealed(.|\n)*systemd-sysext are merged/);
  await until('what the server hears', told, /3\/1\n(.*\n)*3\/2/);
});

test('a version that does not pass its gate goes by itself, and is remembered', { skip }, async () => {
  await publish('3');
  // What is to be seen here is one try; that there are three is the slots' own test.
  await ok('systemctl disable --now locksmithd');
  await ok('sed -i s/240/15/ /etc/systemd/system/keelson-health.service.d/wait.conf');
  assert.match(await ok('update_engine_client -update 2>&1'), /is installed/);
  await ok('sed -i s/^tries=3/tries=1/ /var/lib/keelson/extensions/tools/slots.env && sync');
  await sh('systemctl reboot').catch(() => undefined);
  await until(
    'version 2 again',
    'tool; keelson slot list --extension tools --json | tr -d " \\n"',
    /^tool 2\n.*"state":"failed","running":false,"next":false,"version":"3"/,
  );
  await until('what the engine makes of it', 'update_engine_client -status -json', /"3"/);
  assert.match(await ok('update_engine_client -status -json'), /The machine came back in 2/);
  assert.match(await ok('journalctl -o cat -t keelson-health --boot=-1'), /no 3/);
  assert.equal((await sh('systemctl is-active keelson-bless')).stdout, 'inactive\n');
});

test('removed with the package, and nothing of it is left in /usr', { skip }, async () => {
  assert.match((await sh('keelson doctor')).stdout, /ok +extension +Part of \/usr: tools 2\./);
  await ok('apt-get -q -y remove keelson');
  assert.equal((await sh('tool')).status, 127);
  assert.equal(await ok('find /etc /run/extensions -name "*keelson-extensions*" -o -name "tools*"'), '');
  assert.equal(await ok('ls /var/lib/keelson/extensions'), 'tools');
});
