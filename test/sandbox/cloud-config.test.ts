// The cloud-configs of a cluster, read back by the YAML parser.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { blockYaml } from '../../src/sandbox/block-yaml.ts';
import { memberCount, metadataText, renderCloudConfig } from '../../src/sandbox/cloud-config.ts';
import { planRecord } from '../../src/sandbox/record.ts';

const key = 'ssh-ed25519 AAAA sandbox\n';
const software = { kind: 'keelson', package: async () => '' } as const;

function plan(options: Parameters<typeof planRecord>[1]) {
  return planRecord('demo', { software, ...options }, ['/base'], undefined, () => 'a'.repeat(32));
}

function configOf(record: ReturnType<typeof plan>, name: string, fragment = {}) {
  const machine = record.machines.find((candidate) => candidate.name === name);
  assert.ok(machine);
  const text = renderCloudConfig(record, machine, key, fragment);
  assert.match(text, /^#cloud-config\n/);
  return parse(text);
}

test('three machines are three members of one etcd', () => {
  const record = plan({ machines: 3 });
  const config = configOf(record, 'm2');
  assert.equal(config.hostname, 'm2');
  assert.deepEqual(config.ssh_authorized_keys, [key.trim()]);
  assert.equal(
    config.coreos.etcd2.initial_cluster,
    'm1=http://10.77.0.11:2380,m2=http://10.77.0.12:2380,m3=http://10.77.0.13:2380',
  );
  assert.equal(config.coreos.etcd2.listen_client_urls, 'http://127.0.0.1:2379,http://10.77.0.12:2379');
  assert.equal(config.coreos.fleet.public_ip, '10.77.0.12');
  const commands = config.coreos.units.filter((unit: { command?: string }) => unit.command === 'start');
  assert.deepEqual(
    commands.map((unit: { name: string }) => unit.name),
    ['etcd2.service', 'fleet.socket', 'fleet.service'],
  );
  const network = config.coreos.units.find((unit: { name: string }) => unit.name.endsWith('.network'));
  assert.match(network.content, /^Address=10\.77\.0\.12\/24$/m);
});

test('machines beyond the third are clients', () => {
  const config = configOf(plan({ machines: 5 }), 'm5');
  assert.equal(config.coreos.etcd2, undefined);
  assert.equal(
    config.coreos.fleet.etcd_servers,
    'http://10.77.0.11:2379,http://10.77.0.12:2379,http://10.77.0.13:2379',
  );
});

test('two machines share one member, for two would stop with either', () => {
  assert.deepEqual([1, 2, 3, 4, 9].map(memberCount), [1, 1, 3, 3, 3]);
  assert.deepEqual(plan({ machines: 2 }).members, ['m1']);
});

test('without etcd fleet gets no servers', () => {
  const config = configOf(plan({ machines: 1, etcd: false }), 'm1');
  assert.deepEqual(config.coreos.fleet, { public_ip: '10.77.0.11' });
  assert.equal(config.coreos.etcd2, undefined);
});

test('a machine that joins later leaves the members and the others as they are', () => {
  const before = plan({ machines: 1 });
  const after = planRecord('demo', { software, machines: 3 }, ['/other'], before, () => 'b'.repeat(32));
  assert.deepEqual(after.members, ['m1']);
  assert.deepEqual(after.machines[0], before.machines[0]);
  assert.deepEqual(after.lower, before.lower);
  assert.equal(after.machines[2]?.address, '10.77.0.13');
});

test('metadata is fleet’s, and what its form cannot carry is refused', () => {
  const record = plan({ machines: [{ metadata: { role: 'web', disk: 'ssd' } }] });
  assert.equal(configOf(record, 'm1').coreos.fleet.metadata, 'role=web,disk=ssd');
  assert.throws(() => metadataText({ role: 'a,b' }), { code: 'sandbox.invalid' });
  assert.throws(() => metadataText({ 'a=b': 'c' }), { code: 'sandbox.invalid' });
});

test('fragments are added', () => {
  const config = configOf(plan({ machines: 1 }), 'm1', {
    units: [{ name: 'x.service', content: '[Service]\nExecStart=/bin/true\n' }],
    write_files: [{ path: '/etc/x', content: 'x' }],
    coreos: { update: { reboot_strategy: 'off' } },
  });
  assert.equal(config.coreos.units.at(-1).content, '[Service]\nExecStart=/bin/true\n');
  assert.equal(config.write_files.at(-1).path, '/etc/x');
  assert.equal(config.coreos.update.reboot_strategy, 'off');
});

test('two machines of one name are refused', () => {
  assert.throws(() => plan({ machines: [{ name: 'a' }, { name: 'a' }] }), { code: 'sandbox.invalid' });
});

test('block YAML says what the data says', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('yes', '1:30', '- a', 'a\nb\n', 'a: b\n#c\n', ' x\ny\n', '\n', ''),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      text,
      fc.integer(),
      fc.boolean(),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(text, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));
  fc.assert(
    fc.property(value, (data) => {
      assert.deepEqual(parse(blockYaml(data)), data);
    }),
    { numRuns: 500 },
  );
});
