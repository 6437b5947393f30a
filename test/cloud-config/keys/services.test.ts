// The drop-ins of etcd2, fleet and the others, byte for byte; and that the tables agree with the schema.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { optionsOf, services, variableOf } from '../../../src/cloud-config/keys/services.ts';
import { homeDirectory } from '../../../src/host/index.ts';
import { lines, planOf } from '../planning.ts';

const filesOf = async (body: string) =>
  Object.fromEntries(
    (await planOf(body)).operations.flatMap((operation) =>
      'content' in operation ? [[operation.path, operation.content]] : [],
    ),
  );

test('each service has its drop-in, in the order of its table', async () => {
  const files = await filesOf(`coreos:
  etcd: {snapshot_count: 5, addr: "1.2.3.4:4001", cluster_remove_delay: 2.5}
  etcd2: {wal-dir: /w, name: 007, debug: yes, heartbeat-interval: 0x10, proxy: off, election_timeout: 0}
  fleet: {verify_units: false, public-ip: 10.0.0.1, metadata: "a=b,c=d", engine_reconcile_interval: 2}
  locksmith: {window_length: 1h30m, endpoint: "http://x", window-start: Thu 04:00}
  flannel: {interface: eth0, etcd_prefix: /a b}
`);
  assert.deepEqual(files, {
    '/run/systemd/system/etcd.service.d/20-cloudinit.conf':
      '[Service]\nEnvironment="ETCD_ADDR=1.2.3.4:4001"\nEnvironment="ETCD_CLUSTER_REMOVE_DELAY=2.5"\nEnvironment="ETCD_SNAPSHOTCOUNT=5"\n',
    '/run/systemd/system/etcd2.service.d/20-cloudinit.conf':
      '[Service]\nEnvironment="ETCD_DEBUG=true"\nEnvironment="ETCD_ELECTION_TIMEOUT=0"\nEnvironment="ETCD_HEARTBEAT_INTERVAL=16"\nEnvironment="ETCD_NAME=007"\nEnvironment="ETCD_PROXY=off"\nEnvironment="ETCD_WAL_DIR=/w"\n',
    '/run/systemd/system/fleet.service.d/20-cloudinit.conf':
      '[Service]\nEnvironment="FLEET_ENGINE_RECONCILE_INTERVAL=2"\nEnvironment="FLEET_METADATA=a=b,c=d"\nEnvironment="FLEET_PUBLIC_IP=10.0.0.1"\nEnvironment="FLEET_VERIFY_UNITS=false"\n',
    '/run/systemd/system/locksmithd.service.d/20-cloudinit.conf':
      '[Service]\nEnvironment="LOCKSMITHD_ENDPOINT=http://x"\nEnvironment="REBOOT_WINDOW_START=Thu 04:00"\nEnvironment="REBOOT_WINDOW_LENGTH=1h30m"\n',
    '/run/flannel/options.env': 'FLANNELD_ETCD_PREFIX=/a b\nFLANNELD_IFACE=eth0',
  });
});

test('no value can leave its quotes or its line', async () => {
  const plan = await planOf(`coreos:
  etcd2:
    name: 'a"b%n\\c'
    discovery: "x\\nExecStartPre=/bin/evil"
`);
  assert.deepEqual(lines(plan), ['line 5: error: invalid value for "discovery": a line break']);
  const [dropIn] = plan.operations.flatMap((operation) =>
    'content' in operation ? [operation.content] : [],
  );
  assert.equal(dropIn, '[Service]\nEnvironment="ETCD_NAME=a\\"b%%n\\\\c"\n');
});

test('the tables and the schema know the same options, in the same order, of the same types', () => {
  const schema = JSON.parse(
    readFileSync(join(homeDirectory(), 'src/cloud-config/validate/schema.json'), 'utf8'),
  );
  for (const table of services) {
    const options: Record<string, { type?: unknown; description?: string }> =
      schema.properties.coreos.properties[table.section].properties;
    const words: Record<string, string> = { boolean: 'bool', integer: 'int', number: 'float' };
    assert.deepEqual(
      optionsOf(table).map(({ option, type }) => [option, type]),
      Object.entries(options).map(([option, { type }]) => [option, words[String(type)] ?? 'string']),
      table.section,
    );
    for (const { option } of optionsOf(table)) {
      const { description } = options[option] ?? {};
      assert.match(String(description), new RegExp(`\\b${variableOf(table, option)}\\b`), option);
    }
  }
});
