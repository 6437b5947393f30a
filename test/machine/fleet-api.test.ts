// The API on a booted machine: TLS on a socket of systemd's and on one of fleetd's own, certificates read again
// on reload, and a command that goes on while the daemon below it is restarted.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Cluster, type Machine, waitUntilReady } from '../../src/sandbox/index.ts';
import { authority } from '../http/authority.ts';
import { startKeelson } from './booted.ts';

let cluster: Cluster;
let machine: Machine;
before(async () => {
  cluster = await startKeelson({ machines: 1, etcd: false });
  await waitUntilReady(cluster);
  machine = cluster.machine('m1');
});
after(async () => {
  await cluster?.down();
});

const folder = '/etc/fleet/tls';
const ours = authority('ours');

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  await machine.exec(['mkdir', '-p', folder]);
  for (const [name, text] of Object.entries(files)) await machine.writeFile(`${folder}/${name}`, text);
}

/** What curl says, by the client certificate of that name, if one is given. */
async function curl(port: number, client?: string): Promise<string> {
  const own =
    client === undefined ? [] : ['--cert', `${folder}/${client}.crt`, '--key', `${folder}/${client}.key`];
  const url = `https://127.0.0.1:${port}/fleet/v2/status`;
  const argv = ['curl', '-s', '-m', '60', '--cacert', `${folder}/server-ca.crt`, ...own, url];
  return (await machine.exec(argv, { accept: 'any' })).stdout;
}

test('TLS with certificates of clients, on a passed socket and on an own one', async () => {
  const [server, admin] = [ours.issue('server'), ours.issue('admin')];
  await write({
    ...{
      'server.crt': server.cert,
      'server.key': server.key,
      'server-ca.crt': ours.cert,
      'ca.crt': ours.cert,
    },
    ...{ 'admin.crt': admin.cert, 'admin.key': admin.key },
  });
  await machine.writeFile(
    '/etc/systemd/system/fleet-tls.socket',
    '[Socket]\nListenStream=127.0.0.1:49154\nFileDescriptorName=fleet-tls\nService=fleet.service\n',
  );
  await machine.writeFile(
    '/etc/fleet/fleet.conf',
    [
      'listen = https://127.0.0.1:49155, http://127.0.0.1:49156?read-only',
      ...[`tls_certfile = ${folder}/server.crt`, `tls_keyfile = ${folder}/server.key`],
      `tls_client_cafile = ${folder}/ca.crt\n`,
    ].join('\n'),
  );
  await machine.exec(['systemctl', 'daemon-reload']);
  await machine.exec(['systemctl', 'stop', 'fleet.service']);
  await machine.exec(['systemctl', 'start', 'fleet-tls.socket', 'fleet.service']);
  for (const port of [49154, 49155]) {
    await machine.waitFor(async () => (await curl(port, 'admin')).includes(machine.machineId), {
      what: `TLS at ${port}`,
    });
    assert.equal(await curl(port), '', 'without a certificate');
  }
  const refused = ['curl', '-s', '-X', 'POST', '-d', '{}', 'http://127.0.0.1:49156/fleet/v2/rebalance'];
  assert.match((await machine.exec(refused)).stdout, /read-only/);
  const flags = ['--ca-file', `${folder}/server-ca.crt`, '--cert-file', `${folder}/admin.crt`];
  const endpoint = ['--endpoint', 'https://127.0.0.1:49154', ...flags, '--key-file', `${folder}/admin.key`];
  const listed = await machine.exec(['fleetctl', ...endpoint, 'list-machines', '--full', '--no-legend']);
  assert.match(listed.stdout, new RegExp(machine.machineId));
});

test('a reload reads the certificates again, and the old ones are strangers', async () => {
  const theirs = authority('theirs');
  const other = theirs.issue('admin');
  await write({ 'ca.crt': theirs.cert, 'other.crt': other.cert, 'other.key': other.key });
  assert.equal(await curl(49154, 'other'), '');
  await machine.exec(['systemctl', 'reload', 'fleet.service']);
  for (const port of [49154, 49155]) {
    await machine.waitFor(async () => (await curl(port, 'other')).includes(machine.machineId), {
      what: `the other authority at ${port}`,
    });
    assert.equal(await curl(port, 'admin'), '');
  }
});

test('start goes on while the daemon is restarted, and ends right', async () => {
  await machine.writeFile(
    '/root/slow.service',
    "[Service]\nExecStartPre=/bin/sh -c 'until test -e /run/go; do sleep 0.2; done'\nExecStart=/bin/sleep infinity\n",
  );
  const started = machine.exec(['fleetctl', 'start', '--timeout=0', '/root/slow.service'], {
    ...{ accept: 'any', deadlineMs: 300_000 },
  });
  const state = async () =>
    (await machine.exec(['systemctl', 'is-active', 'slow.service'], { accept: 'any' })).stdout.trim();
  await machine.waitFor(async () => (await state()) === 'activating', { what: 'it is being started' });
  await machine.exec(['systemctl', 'restart', 'fleet.service']);
  await machine.exec(['touch', '/run/go']);
  const { status, stdout, stderr } = await started;
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^Unit slow\.service launched on /m);
  assert.equal(await state(), 'active');
});
