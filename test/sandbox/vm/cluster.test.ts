// What differs in a cluster's files when its machines are virtual ones.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { renderCloudConfig } from '../../../src/sandbox/cloud-config.ts';
import type { VirtualHardware } from '../../../src/sandbox/model.ts';
import { networkUnit, virtualMac } from '../../../src/sandbox/network-unit.ts';
import { clusterPaths, machinePaths, roots } from '../../../src/sandbox/paths.ts';
import { planRecord } from '../../../src/sandbox/record.ts';
import { sshConfig } from '../../../src/sandbox/ssh-config.ts';
import { rootCommand } from '../../../src/sandbox/vm/guest-shell.ts';
import { hardwareOf } from '../../../src/sandbox/vm/prepare.ts';
import { bootTurn, requireMemory } from '../../../src/sandbox/vm/turn.ts';

const vm: VirtualHardware = { image: '/i.raw', imageFormat: 'raw', firmware: 'ovmf', memoryMiB: 512 };
const options = { vm: { image: async () => '/i.raw' }, machines: 2 };
let machines = 0;
const newId = () => `abcdef${String(++machines).padStart(26, '0')}`;

test('the record knows what the machines are made of, and keeps it', () => {
  const record = planRecord('demo', options, [], undefined, newId, vm);
  assert.equal(record.kind, 'keelson');
  assert.deepEqual(record.vm, vm);
  // Without a word about them they stay what they are; containers do not become virtual machines.
  const more = planRecord('demo', { machines: 3 }, [], record, newId, record.vm);
  assert.deepEqual(more.vm, vm);
  assert.equal(more.machines.length, 3);
  const containers = planRecord('demo', { machines: 1 }, ['/base'], undefined, newId);
  assert.equal(containers.vm, undefined);
  assert.throws(() => planRecord('demo', options, [], containers, newId, undefined), {
    code: 'sandbox.state',
    message: /its machines are containers/,
  });
});

test('the address goes to the interface with the machine’s hardware address', () => {
  assert.equal(virtualMac('12ab34cd'), '52:54:00:12:ab:34');
  assert.match(
    networkUnit('10.0.0.2', 'MACAddress=a'),
    /^\[Match\]\nMACAddress=a\n\n\[Network\]\nAddress=10\.0\.0\.2\/24\n/,
  );
  const record = planRecord('demo', options, [], undefined, newId, vm);
  const [machine] = record.machines;
  assert.ok(machine !== undefined);
  const config = parse(renderCloudConfig(record, machine, 'ssh-ed25519 AAAA'));
  assert.match(config.coreos.units[0].content, /MACAddress=52:54:00:ab:cd:ef\n/);
});

test('the machine-id goes in as the system’s UUID', async () => {
  const record = planRecord('demo', options, [], undefined, () => '0123456789abcdef0123456789abcdef', vm);
  const [machine] = record.machines;
  assert.ok(machine !== undefined);
  const paths = machinePaths(clusterPaths('demo', roots({})), 'm1');
  const hardware = await hardwareOf(vm, machine, paths);
  assert.equal(hardware.uuid, '01234567-89ab-cdef-0123-456789abcdef');
  assert.equal(hardware.memoryMiB, 512);
});

test('host keys are taken as they come, of virtual machines only', () => {
  const paths = clusterPaths('demo', roots({}));
  const virtual = planRecord('demo', options, [], undefined, newId, vm);
  assert.match(sshConfig(virtual, paths, 1, '/node'), /StrictHostKeyChecking accept-new/);
  const containers = planRecord('demo', { machines: 1 }, ['/base'], undefined, newId);
  assert.match(sshConfig(containers, paths, 1, '/node'), /StrictHostKeyChecking yes/);
});

test('root runs exactly the words that were given', () => {
  const command = rootCommand(['sh', '-c', 'echo "$1"', 'sh', "it's"], { KEY: 'a b' });
  assert.match(
    command,
    /^sudo -n env -i PATH=\S+ HOME=\/root LANG=C\.UTF-8 'KEY=a b' sh -c 'echo "\$1"' sh 'it'\\''s'$/,
  );
});

test('emulated machines boot one after another, those on KVM do not wait', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'keelson-turn-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'turn');
  const first = await bootTurn('tcg', undefined, file);
  await using _kvm = await bootTurn('kvm', undefined, file);
  let waited = false;
  const second = bootTurn(
    'tcg',
    () => {
      waited = true;
    },
    file,
  );
  let got = false;
  second.then(
    () => {
      got = true;
    },
    () => {},
  );
  while (!waited) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(got, false);
  await first[Symbol.asyncDispose]();
  await (await second)[Symbol.asyncDispose]();
});

test('a machine that does not fit into the memory that is left is refused', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'keelson-memory-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const meminfo = join(folder, 'meminfo');
  await writeFile(meminfo, 'MemTotal: 9999999 kB\nMemAvailable:    1048576 kB\n');
  const hardware = { name: 'm1', firmware: 'ovmf', disks: [] } as const;
  await assert.rejects(requireMemory(hardware, meminfo), {
    code: 'sandbox.state',
    message: 'Machine m1 needs 1280 MiB of memory; this host has 1024 MiB left.',
  });
  await requireMemory({ ...hardware, memoryMiB: 512 }, meminfo);
});
