// The files that keys become, byte for byte.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { facts, lines, planOf } from '../planning.ts';

type Known = Partial<typeof facts>;

const fileOf = async (body: string, path: string, known: Known = {}, addresses = {}) => {
  const plan = await planOf(body, { sshKeys: [], addresses }, { ...facts, ...known });
  const found = plan.operations.find((operation) => 'path' in operation && operation.path === path);
  return found !== undefined && 'content' in found ? found.content : undefined;
};

test('update.conf: lines are replaced by their whole name, the rest appended, also without a template', async () => {
  const path = '/etc/coreos/update.conf';
  const body = 'coreos: {update: {reboot_strategy: off, group: beta, server: "http://x/?a=1&b=$c"}}';
  assert.equal(
    await fileOf(body, path, { updateConfiguration: '# mine\nGROUPX=1\nGROUP=alpha' }),
    '# mine\nGROUPX=1\nGROUP=beta\nREBOOT_STRATEGY=off\nSERVER="http://x/?a=1&b=\\$c"\n',
  );
  assert.equal(await fileOf('coreos: {update: {group: beta}}', path), 'GROUP=beta\n');
});

test('a strategy that is no strategy is refused, also where YAML reads a boolean', async () => {
  for (const word of ['best', 'no', 'false']) {
    const plan = await planOf(`coreos: {update: {reboot_strategy: ${word}}}`);
    assert.deepEqual(lines(plan), [`line 2: error: invalid value ${word}`]);
    assert.equal(plan.operations.length, 0);
  }
  assert.deepEqual(lines(await planOf('coreos: {etcd2: {proxy: no}}')), ['line 2: error: invalid value no']);
});

test('the strategy that was the default of old is told to be wrong, and means what it meant', async () => {
  const plan = await planOf('coreos: {update: {reboot-strategy: best-effort}}');
  assert.deepEqual(lines(plan), ['line 2: error: invalid value best-effort']);
  assert.equal(plan.findings[0]?.dropped, false);
  const [file] = plan.operations;
  assert.equal(file?.kind === 'write-file' && file.content, 'REBOOT_STRATEGY=best-effort\n');
});

test('the lock of a FleetLock server is a strategy, and settings of locksmithd that are ours have keys', async () => {
  const body = `coreos:
  update: {reboot_strategy: fleet-lock}
  locksmith:
    fleetlock-url: https://airlock.example:3333
    etcd_api: v3
    drain: no
    window_start: Thu 04:00
    reboot_windows: "Mon..Fri *-*-* 02:00 1h; Sun 04:00 2h"
`;
  const plan = await planOf(body);
  assert.deepEqual(lines(plan), []);
  assert.equal(await fileOf(body, '/etc/coreos/update.conf'), 'REBOOT_STRATEGY=fleet-lock\n');
  const files = plan.operations.flatMap((each) =>
    'path' in each && each.path.includes('locksmithd.service.d') && 'content' in each ? [each.content] : [],
  );
  assert.deepEqual(files, [
    `[Service]
Environment="REBOOT_WINDOW_START=Thu 04:00"
Environment="LOCKSMITHD_DRAIN=no"
Environment="LOCKSMITHD_ETCD_API=v3"
Environment="LOCKSMITHD_FLEETLOCK_URL=https://airlock.example:3333"
Environment="LOCKSMITHD_REBOOT_WINDOWS=Mon..Fri *-*-* 02:00 1h; Sun 04:00 2h"
`,
  ]);
});

test('oem-release has its order and its quotes', async () => {
  const body = 'coreos: {oem: {name: "A \\"B\\"", id: x, version_id: 1.10, home_url: "https://x/"}}';
  assert.equal(
    await fileOf(body, '/etc/oem-release'),
    'ID=x\nVERSION_ID=1.10\nNAME="A \\"B\\""\nHOME_URL="https://x/"\nBUG_REPORT_URL=""\n',
  );
  assert.equal(await fileOf('coreos: {oem: {name: x}}', '/etc/oem-release'), undefined);
});

test('hosts names the machine as it will be called', async () => {
  const body = 'hostname: apple\nmanage_etc_hosts: localhost\n';
  assert.match(String(await fileOf(body, '/etc/hosts')), /^127\.0\.0\.1 apple\n127.0.0.1 localhost\n::1 /);
  assert.match(String(await fileOf('manage_etc_hosts: localhost', '/etc/hosts')), /^127\.0\.0\.1 before\n/);
  assert.equal((await planOf('manage_etc_hosts: true')).findings.length, 1);
});

test('environment keeps what it holds and gets the addresses', async () => {
  const path = '/etc/environment';
  const addresses = { private_ipv4: '10.0.0.1', public_ipv4: '1.2.3.4' };
  const environmentFile = 'A=1\r\nCOREOS_PUBLIC_IPV4=old\n';
  assert.equal(
    await fileOf('', path, { environmentFile }, addresses),
    'A=1\nCOREOS_PUBLIC_IPV4=1.2.3.4\nCOREOS_PRIVATE_IPV4=10.0.0.1\n',
  );
  assert.equal(await fileOf(`write_files: [{path: ${path}, content: mine}]`, path, {}, addresses), 'mine');
  assert.equal(await fileOf('', path), undefined);
});
