// What lies on a machine is applied in the first part of the boot; a machine that has nothing of it waits for
// nothing, and nothing of it fails.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Cluster, Machine } from '../../src/sandbox/index.ts';
import { startKeelson } from './booted.ts';

const seed = '/var/lib/cloud/seed/nocloud';

let cluster: Cluster;
let machine: Machine;
before(async () => {
  cluster = await startKeelson({
    machines: [{ name: 'seed', cloudConfig: '#cloud-config\nwrite_files:\n  - path: /etc/by-drive\n' }],
    bootDeadlineMs: 240_000,
  });
  machine = cluster.machine('seed');
});
after(() => cluster?.down());

const said = async (...argv: string[]) => (await machine.exec(argv, { accept: 'any' })).stdout.trim();
const show = (unit: string, property: string) =>
  said('systemctl', 'show', '--value', `--property=${property}`, unit);

test('without any of it every unit is skipped, and none has failed', async () => {
  await said('systemctl', 'is-system-running', '--wait');
  assert.equal(await said('systemctl', '--failed', '--plain', '--no-legend'), '');
  for (const unit of ['user-cloudinit-local.service', 'oem-cloudinit.service']) {
    assert.equal(await said('systemctl', 'is-enabled', unit), 'enabled');
    assert.equal(await show(unit, 'ConditionResult'), 'no', unit);
    assert.equal(await show(unit, 'ActiveState'), 'inactive', unit);
  }
  assert.equal(await show('coreos-setup-environment.service', 'ConditionResult'), 'no');
  for (const unit of ['media-cidata.mount', 'media-ovfenv.mount', 'media-configvirtfs.mount']) {
    assert.equal(await show(unit, 'LoadState'), 'loaded', unit);
    assert.equal(await show(unit, 'ActiveState'), 'inactive', unit);
  }
  assert.match(await said('coreos-cloudinit', '--detect', '--dry-run'), /by-drive/);
});

test("a seed and the maker's program count at the next boot, before sysinit.target", async () => {
  await machine.writeFile(
    `${seed}/user-data`,
    '#cloud-config\nwrite_files:\n  - path: /etc/by-seed\n    content: $private_ipv4 of this machine\n',
  );
  await machine.writeFile(
    `${seed}/meta-data`,
    'instance-id: i-1\nlocal-ipv4: 10.77.0.200\npublic-keys:\n  - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBhZXaZOQvQmZSE0Hfmk1HBBaTPdzn7FS1hWZD9ArVAd me\n',
  );
  const program = '/usr/share/oem/bin/coreos-setup-environment';
  // It takes a while; the maker's cloud-config waits for it.
  await machine.writeFile(program, '#!/bin/sh\nsleep 3\necho COREOS_PUBLIC_IPV4=203.0.113.77 >>"$1"\n');
  await said('chmod', '755', program);
  await machine.writeFile(
    '/usr/share/oem/cloud-config.yml',
    '#cloud-config\nwrite_files:\n  - path: /etc/by-maker\n    content: $public_ipv4 by the maker\n',
  );
  await machine.stop();
  await machine.start();
  await said('systemctl', 'is-system-running', '--wait');
  assert.equal(await said('systemctl', '--failed', '--plain', '--no-legend'), '');
  assert.equal(await said('cat', '/etc/by-seed'), '10.77.0.200 of this machine');
  assert.equal(await said('cat', '/etc/by-maker'), '203.0.113.77 by the maker');
  assert.match(await said('cat', '/home/core/.ssh/authorized_keys'), /ArVAd me$/m);
  assert.match(await said('cat', '/etc/environment'), /^COREOS_PUBLIC_IPV4=203\.0\.113\.77$/m);
  assert.match(await said('cat', '/etc/environment'), /^COREOS_PRIVATE_IPV4=10\.77\.0\.200$/m);

  const unit = 'user-cloudinit-local.service';
  assert.equal(await show(unit, 'ActiveState'), 'active');
  const left = Number(await show(unit, 'ActiveEnterTimestampMonotonic'));
  const sysinit = Number(await show('sysinit.target', 'ActiveEnterTimestampMonotonic'));
  assert.ok(left > 0 && left <= sysinit, `${left} ${sysinit}`);
  // The drive's keys are the same set: the later of the two has the last word, and which is later is no chance.
  const drive = Number(await show('user-configdrive.service', 'ActiveEnterTimestampMonotonic'));
  const begun = Number(await show(unit, 'ExecMainStartTimestampMonotonic'));
  assert.ok(drive > 0 && drive <= begun, `${drive} ${begun}`);
  assert.deepEqual(JSON.parse(await said('cat', '/run/coreos-cloudinit/source')), {
    type: 'nocloud',
    location: seed,
    because: `${seed} holds a seed`,
  });
  await said('journalctl', '--sync');
  assert.match(
    await said('journalctl', '-b', '-o', 'cat', '-u', unit),
    /^Source: nocloud \(\/var\/lib\/cloud\/seed\/nocloud\), because .* holds a seed\. Not taken: cloud-drive/m,
  );
});
