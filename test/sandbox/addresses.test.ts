// Addresses, names and the files that carry them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bridgeAddress,
  freeIndex,
  hostsFile,
  machineAddress,
  maxMachines,
} from '../../src/sandbox/addresses.ts';
import { clusterPaths, machineName, machinePaths, roots } from '../../src/sandbox/paths.ts';
import { planRecord } from '../../src/sandbox/record.ts';
import { knownHosts, sshConfig } from '../../src/sandbox/ssh-config.ts';

const at = roots({});

test('the bridge has .1 and machines begin at .11', () => {
  assert.equal(bridgeAddress('10.1.2.0/24'), '10.1.2.1');
  assert.equal(machineAddress('10.1.2.0/24', 0), '10.1.2.11');
  for (const bad of ['10.1.2.0', '10.1.2.3/24', '10.1.2.0/16', '10.1.256.0/24', 'x']) {
    assert.throws(() => bridgeAddress(bad), { code: 'sandbox.invalid' }, bad);
  }
});

test('a free address is the lowest one, and there is an end', () => {
  assert.equal(freeIndex('10.1.2.0/24', ['10.1.2.11', '10.1.2.13']), 1);
  const all = Array.from({ length: maxMachines }, (_, index) => machineAddress('10.1.2.0/24', index));
  assert.equal(all.at(-1), '10.1.2.254');
  assert.throws(() => freeIndex('10.1.2.0/24', all), { code: 'sandbox.invalid' });
});

test('names that would leave their folder or their interface are refused', () => {
  for (const bad of ['..', 'a/b', '', 'A', '-a', 'm_1', 'a-', 'abcdefghijklm']) {
    assert.throws(() => machineName(bad), { code: 'sandbox.invalid' }, bad);
  }
  assert.equal(machineName('abcdefghijkl').length, 12);
  for (const bad of ['..', 'a/b', '', 'A', '-a', 'a.lock']) {
    assert.throws(() => clusterPaths(bad, at), { code: 'sandbox.invalid' }, bad);
  }
});

test('folders that overlayfs could not take are refused', () => {
  for (const bad of ['relative', '/a b', '/a:b', '/a,b', '/a\\b']) {
    assert.throws(() => roots({ KEELSON_SANDBOX_STATE: bad }), { code: 'sandbox.invalid' }, bad);
  }
});

test('two clusters of one name in two folders have two cgroups', () => {
  const other = roots({ KEELSON_SANDBOX_RUN: '/run/other' });
  assert.notEqual(clusterPaths('demo', at).cgroup, clusterPaths('demo', other).cgroup);
});

test('the path of a machine’s socket fits into a socket address', () => {
  const path = machinePaths(clusterPaths('a'.repeat(32), at), 'abcdefghijkl').socket;
  assert.ok(path.length < 108, path);
});

test('hosts, known_hosts and ssh_config name every machine', () => {
  const record = planRecord('demo', { machines: 2 }, ['/base'], undefined, () => 'a'.repeat(32));
  assert.equal(
    hostsFile(record.machines),
    '127.0.0.1 localhost\n::1 localhost\n10.77.0.11 m1\n10.77.0.12 m2\n',
  );
  assert.equal(
    knownHosts([{ name: 'm1', address: '10.77.0.11', key: 'ssh-ed25519 AAAA m1\n' }]),
    'm1,10.77.0.11 ssh-ed25519 AAAA\n',
  );
  const config = sshConfig(record, clusterPaths('demo', at), 42, '/usr/bin/node');
  assert.match(config, /^Host m1\n {2}HostName 10\.77\.0\.11$/m);
  assert.match(config, /^Host m1 10\.77\.0\.11 m2 10\.77\.0\.12\n {2}User root$/m);
  assert.match(config, /ProxyCommand nsenter -t 42 --net -- \/usr\/bin\/node -e /);
  assert.match(config, /StrictHostKeyChecking yes/);
});
