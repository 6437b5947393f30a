// CloudSigma: the server context over a serial line, which here is a terminal of our own.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { cloudSigmaSource, contextMetadata } from '../../../src/cloud-config/sources/cloudsigma.ts';
import { scratch } from './scratch.ts';

const { signal } = new AbortController();
const config = '#cloud-config\nhostname: ü\n';
const meta = {
  'cloudinit-user-data': Buffer.from(config).toString('base64'),
  base64_fields: 'other, cloudinit-user-data',
  ssh_public_key: 'ssh-ed25519 AAAA me',
};
const context = {
  uuid: '20a0059b-041e-4d0c-bcc6-9b2852de48b3',
  name: 'server',
  meta,
  nics: [
    { ip_v4_conf: { conf: 'dhcp', ip: { uuid: '203.0.113.7' } }, mac: '22:BD:C4:98:17:A1', vlan: null },
    { ip_v4_conf: null, mac: '22:70:0A:F3:C6:11', vlan: { uuid: 'b1ba497c-9f1d-4ec8-bca0-37de0dd1a46f' } },
  ],
};

interface Terminal {
  /** The name of the other end. */
  readonly ptsName: string;
  onData(listener: (piece: Uint8Array) => void): void;
  onExit(listener: () => void): void;
  write(data: Uint8Array): void;
  kill(signal: string): void;
}
type Spawn = (program: string, args: readonly string[], options: { readonly encoding: null }) => Terminal;
// Its types are declared under the name that it has in the registry.
const { spawn }: { readonly spawn: Spawn } = createRequire(import.meta.url)('node-pty');

/** A serial line whose other end answers as CloudSigma's does; `answers` undefined: with silence. */
function line(answers: Readonly<Record<string, unknown>> | undefined) {
  // The program only keeps the terminal open.
  const terminal = spawn('sleep', ['600'], { encoding: null });
  const asked: string[] = [];
  let received = '';
  terminal.onData((piece) => {
    received += Buffer.from(piece).toString('utf8');
    const [all, key = ''] = /<\n(.*)\n>$/.exec(received) ?? [];
    if (all === undefined || answers === undefined) return;
    received = '';
    asked.push(key);
    terminal.write(Buffer.from(`${JSON.stringify(answers[key] ?? {})}\n\u0004`));
  });
  return {
    device: terminal.ptsName,
    asked,
    [Symbol.asyncDispose]: async () => {
      const ended = new Promise<void>((resolve) => terminal.onExit(resolve));
      terminal.kill('SIGKILL');
      await ended;
    },
  };
}

test('user-data and metadata over the line, in a form that survives it', async () => {
  await using serial = line({ '/meta/': meta, '': context });
  const source = cloudSigmaSource({ device: serial.device, interfaces: () => ({}) });
  assert.equal(Buffer.from(await source.userData(signal)).toString('utf8'), config);
  assert.deepEqual(await source.metadata(signal), {
    sshKeys: [meta.ssh_public_key],
    addresses: { public_ipv4: '203.0.113.7' },
    hostname: 'server',
    instanceId: context.uuid,
  });
  assert.deepEqual(serial.asked, ['/meta/', '']);
});

test('a line where nobody answers ends in an error, and so does one that is not there', async () => {
  await using serial = line(undefined);
  const silent = cloudSigmaSource({ device: serial.device, timeoutMs: 300 });
  await assert.rejects(silent.userData(signal), /gave no whole answer in 0\.3 s/);
  const missing = cloudSigmaSource({ device: '/dev/does-not-exist' });
  await assert.rejects(missing.userData(signal), /cannot be set up/);
});

test('the private address is that of the local interface with the MAC of a private network', () => {
  const local = { address: '192.0.2.9', mac: '22:70:0a:f3:c6:11', family: 'IPv4' } as const;
  const interfaces = { eth1: [{ ...local, netmask: '', internal: false, cidr: null }] };
  assert.equal(contextMetadata(context, interfaces).addresses.private_ipv4, '192.0.2.9');
  assert.equal(contextMetadata({ uuid: 'u', name: '' }, {}).hostname, 'u');
  assert.deepEqual(contextMetadata('?', {}), { sshKeys: [], addresses: {} });
});

test('it is there once the machine is a CloudSigma one and has a lease', async () => {
  await using root = await scratch({ 'sys/class/dmi/id/product_name': 'CloudSigma\n' });
  const source = cloudSigmaSource({ root: root.path });
  assert.equal(await source.available(signal), false);
  await root.write('run/systemd/netif/leases/2', '');
  assert.equal(await source.available(signal), true);
});
