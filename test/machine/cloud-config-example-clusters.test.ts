// The examples of cloud-config/examples that are clusters, booted: one that finds itself, with a worker, and one
// with TLS everywhere.

import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../../src/host/index.ts';
import type { Machine } from '../../src/sandbox/index.ts';
import { checkout, startKeelson, temporaryFolder } from './booted.ts';

const bootDeadlineMs = 300_000;
const example = (name: string) => readFile(join(checkout, 'cloud-config/examples', name), 'utf8');

/** An etcd that still speaks the protocol of discovery, with a token for three. */
const registry = `#cloud-config
coreos:
  etcd2:
    name: registry
    initial_cluster: registry=http://10.77.0.11:2380
    initial_advertise_peer_urls: http://10.77.0.11:2380
    listen_peer_urls: http://10.77.0.11:2380
    advertise_client_urls: http://10.77.0.11:2379
    listen_client_urls: http://0.0.0.0:2379
  units:
    - name: etcd2.service
      command: start
      drop-ins:
        - name: 30-registry.conf
          content: |
            [Service]
            Environment=ETCD_ENABLE_V2=true
            ExecStartPost=/usr/bin/curl -sf --retry 60 --retry-all-errors --retry-delay 1 -X PUT \\
              http://127.0.0.1:2379/v2/keys/discovery/TOKEN/_config/size -d value=3
`;

async function machinesOf(machine: Machine): Promise<string> {
  return (await machine.exec(['fleetctl', 'list-machines', '--no-legend'], { accept: 'any' })).stdout;
}

test('three machines of discovery.yml find each other, a worker of worker.yml works for them', {
  timeout: 600_000,
}, async () => {
  const folder = await temporaryFolder();
  try {
    // Stands for a cloud that knows the machine's address.
    const known = async (name: string, address: string) => {
      await writeFile(join(folder, name), `COREOS_PRIVATE_IPV4=${address}\n`);
      return [{ source: join(folder, name), target: '/etc/environment' }];
    };
    const member = (await example('discovery.yml')).replace('registry.example.org', '10.77.0.11');
    const central = ['10.77.0.12', '10.77.0.13', '10.77.0.14'];
    const worker = (await example('worker.yml')).replaceAll(
      /http:\/\/10\.77\.0\.1(\d):2379/g,
      (_, last) => `http://10.77.0.1${Number(last) + 1}:2379`,
    );
    await using cluster = await startKeelson({
      bootDeadlineMs,
      machines: [
        { name: 'registry', cloudConfig: registry },
        { name: 'c1', cloudConfig: member, binds: await known('c1', '10.77.0.12') },
        { name: 'c2', cloudConfig: member, binds: await known('c2', '10.77.0.13') },
        { name: 'c3', cloudConfig: member, binds: await known('c3', '10.77.0.14') },
        { name: 'w1', cloudConfig: worker, binds: await known('w1', '10.77.0.15') },
      ],
    });
    const [c1, w1] = [cluster.machine('c1'), cluster.machine('w1')];
    const slow = { timeoutMs: 180_000 };
    await c1.waitFor(async () => {
      const { stdout } = await c1.exec(['etcdctl', 'member', 'list'], { accept: 'any' });
      return central.every((address) => stdout.includes(`http://${address}:2380`));
    }, slow);
    const listed = await c1.exec(['curl', '-sf', 'http://10.77.0.11:2379/v2/keys/discovery/TOKEN']);
    for (const address of central) assert.match(listed.stdout, new RegExp(`http://${address}:2380`));

    let machines = '';
    await c1.waitFor(async () => {
      machines = await machinesOf(c1);
      return machines.trim().split('\n').length === 4;
    }, slow);
    const roles = machines.match(/role=\w+/g)?.sort();
    assert.deepEqual(roles, ['role=central', 'role=central', 'role=central', 'role=worker']);
    assert.equal(
      (await w1.exec(['systemctl', 'is-active', 'etcd2'], { accept: 'any' })).stdout,
      'inactive\n',
    );
    const { stdout } = await w1.exec(['bash', '-lc', 'etcdctl member list']);
    for (const address of central) assert.ok(stdout.includes(`http://${address}:2379`), stdout);

    const unit = '[Service]\nExecStart=/bin/sleep infinity\n[X-Fleet]\nMachineMetadata=role=worker\n';
    await c1.writeFile('/root/job.service', unit);
    await c1.exec(['fleetctl', 'start', '/root/job.service'], { deadlineMs: 120_000 });
    assert.equal((await w1.exec(['systemctl', 'is-active', 'job.service'])).stdout, 'active\n');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

/** A CA and a certificate for each of these machines: what the head of tls.yml says. */
async function certificates(folder: string, machines: ReadonlyMap<string, string>): Promise<void> {
  await mkdir(folder, { recursive: true });
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'];
  await openssl(
    'req',
    '-x509',
    ...key,
    '-days',
    '2',
    '-subj',
    '/CN=my-ca',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  );
  for (const [name, address] of machines) {
    await openssl('req', ...key, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    await writeFile(join(folder, `${name}.ext`), `subjectAltName=IP:${address},IP:127.0.0.1\n`);
    const from = ['-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'];
    await openssl('x509', '-req', ...from, '-days', '2', '-out', `${name}.pem`, '-extfile', `${name}.ext`);
  }
}

test('three machines of tls.yml speak TLS only, and know each other by it', {
  timeout: 600_000,
}, async () => {
  const folder = await temporaryFolder();
  try {
    const addresses = new Map([1, 2, 3].map((number) => [`m${number}`, `10.77.0.1${number}`]));
    await certificates(folder, addresses);
    const first = await example('tls.yml');
    const machines = await Promise.all(
      [...addresses].map(async ([name, address]) => {
        const pem = async (file: string) =>
          (await readFile(join(folder, file), 'utf8')).trimEnd().replaceAll('\n', '\n      ');
        const own = first.replaceAll(/^.* # this machine$/gm, (line) =>
          line.replaceAll('m1', name).replaceAll('10.77.0.11', address),
        );
        const cloudConfig = own
          .replace('ca.pem goes here', await pem('ca.pem'))
          .replace('m1.pem goes here', await pem(`${name}.pem`))
          .replace('m1.key goes here', await pem(`${name}.key`));
        return { name, cloudConfig };
      }),
    );
    await using cluster = await startKeelson({ bootDeadlineMs, machines });
    const m1 = cluster.machine('m1');
    await m1.waitFor(async () => (await machinesOf(m1)).trim().split('\n').length === 3, {
      timeoutMs: 180_000,
      what: 'three machines in the fleet',
    });
    const { stdout } = await m1.exec(['bash', '-lc', 'etcdctl member list']);
    for (const address of addresses.values()) {
      assert.ok(stdout.includes(`https://${address}:2380, https://${address}:2379`), stdout);
    }
    const curl = (...args: string[]) =>
      m1.exec(['curl', '-s', '-o', '/dev/null', ...args], { accept: 'any' });
    const server = 'https://10.77.0.12:2379/health';
    const ca = ['--cacert', '/etc/cluster/ca.pem'];
    const own = ['--cert', '/etc/cluster/machine.pem', '--key', '/etc/cluster/machine.key'];
    assert.equal((await curl(...ca, ...own, server)).status, 0);
    assert.notEqual((await curl(...ca, server)).status, 0, 'without a certificate of our own');
    assert.notEqual((await curl(...own, server)).status, 0, 'without knowing the CA');
    assert.notEqual((await curl('http://10.77.0.12:2379/health')).status, 0, 'without TLS');
    assert.equal(
      (await m1.exec(['stat', '-c', '%a %U:%G', '/etc/cluster/machine.key'])).stdout,
      '640 root:etcd\n',
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
