// The update engine on a machine that really boots: started by its cloud-config, asked over the system bus by root, by
// core and by nobody, with a stand-in server on the machine itself.

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Cluster, Machine } from '../../src/sandbox/index.ts';
import { startKeelson, temporaryFolder } from './booted.ts';

const cloudConfig = `#cloud-config
hostname: updated
coreos:
  update:
    server: http://127.0.0.1:8000/v1/update/
    group: beta
`;

let cluster: Cluster;
let machine: Machine;
let folder = '';
before(async () => {
  folder = await temporaryFolder();
  process.env.KEELSON_SANDBOX_STATE = join(folder, 'state');
  process.env.KEELSON_SANDBOX_RUN = join(folder, 'run');
  cluster = await startKeelson({ etcd: false, machines: [{ name: 'm1', cloudConfig }] });
  machine = cluster.machine('m1');
});
after(async () => {
  await cluster?.down();
  await rm(folder, { recursive: true, force: true });
});

const deadlineMs = 180_000;
const client = (...words: readonly string[]) =>
  machine.exec(['update_engine_client', ...words], { accept: 'any', deadlineMs });

test('the cloud-config starts it, and it answers with five lines', async () => {
  const { status, stdout, stderr } = await client('-status');
  assert.equal(status, 0, stderr);
  assert.equal(
    stdout,
    'LAST_CHECKED_TIME=0\nPROGRESS=0.000000\nCURRENT_OP=UPDATE_STATUS_IDLE\nNEW_VERSION=0.0.0\nNEW_SIZE=0\n',
  );
  assert.match(stderr, /The next check is due at/);
});

test('core may ask, somebody else may not', async () => {
  const ask = (user: string) =>
    machine.exec(
      ['runuser', '-u', user, '--', 'busctl', 'call', 'com.coreos.update1', '/com/coreos/update1'].concat([
        ...['com.coreos.update1.Manager', 'GetStatus'],
      ]),
      { accept: 'any', deadlineMs },
    );
  assert.equal((await ask('core')).stdout, 'xdssx 0 0 "UPDATE_STATUS_IDLE" "0.0.0" 0\n');
  const refused = await ask('nobody');
  assert.notEqual(refused.status, 0);
  assert.match(refused.stderr, /denied/i);
});

test('a server that is away is the reason why an update fails', async () => {
  const { status, stderr } = await client('-update');
  assert.equal(status, 1);
  assert.match(stderr, /Update failed\. The update server .* cannot be reached: nothing listens there\./);
});

test('a server without a release has no update, which is no failure', async () => {
  await machine.exec(['mkdir', '-p', '/srv/releases']);
  const serve = ['keelson', 'update', 'serve', '/srv/releases', '--listen', '127.0.0.1:8000'];
  await machine.exec(['systemd-run', '--unit=stand-in', '--property=Restart=on-failure', ...serve]);
  let answer = await client('-update');
  // Until the server listens it is as away as before.
  for (const end = Date.now() + deadlineMs; answer.status !== 0 && Date.now() < end; ) {
    answer = await client('-update');
  }
  assert.equal(answer.status, 0, answer.stderr);
  assert.match(answer.stderr, /No update is available\./);
  const { stdout } = await client('-status', '-json');
  const said: unknown = JSON.parse(stdout);
  assert.ok(typeof said === 'object' && said !== null && 'last_checked_time' in said);
  assert.ok(Number(said.last_checked_time) > 0);
});

test('it has less than 128 MB, and ends well', async () => {
  const pid = (await machine.exec(['systemctl', 'show', '--property=MainPID', '--value', 'update-engine']))
    .stdout;
  const status = await machine.readFile(`/proc/${pid.trim()}/status`);
  const peak = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
  assert.ok(peak > 0 && peak < 128 * 1024, String(peak));
  await machine.exec(['systemctl', 'stop', 'update-engine'], { deadlineMs });
  const { stdout } = await machine.exec([
    'systemctl',
    'show',
    '--property=Result',
    '--value',
    'update-engine',
  ]);
  assert.equal(stdout, 'success\n');
});
