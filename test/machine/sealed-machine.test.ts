// Nothing of ours writes below /usr while it runs: a machine with a sealed /usr boots, applies its cloud-config, is a
// member of its cluster, runs units and all commands, and /usr is the same afterwards, to the time of each file.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Cluster, type Machine, waitUntilReady } from '../../src/sandbox/index.ts';
import { startKeelson, temporaryFolder } from './booted.ts';

let cluster: Cluster;
let m1: Machine;
let folder = '';
before(async () => {
  folder = await temporaryFolder();
  process.env.KEELSON_SANDBOX_STATE = join(folder, 'state');
  process.env.KEELSON_SANDBOX_RUN = join(folder, 'run');
  cluster = await startKeelson({});
  m1 = cluster.machine('m1');
});
after(async () => {
  await cluster?.down();
  await rm(folder, { recursive: true, force: true });
});

const ok = async (command: string): Promise<string> => {
  const { status, stdout, stderr } = await m1.exec(['sh', '-c', command], {
    accept: 'any',
    deadlineMs: 180_000,
  });
  assert.equal(status, 0, `${command}: ${stdout}${stderr}`);
  return stdout.trim();
};

/** Every name below /usr with its kind, mode, owner, size and time. */
const listing = () => ok(`find /usr -xdev -printf '%p %y %m %U:%G %s %T@ %l\\n' | LC_ALL=C sort`);

/** What of the journal tells of a write that was refused. */
const refusals = async () =>
  (await ok('journalctl --sync; journalctl --boot --no-pager -o cat'))
    .split('\n')
    .filter((line) => /read-only file system|EROFS/i.test(line));

const cloudConfig = `#cloud-config
hostname: sealed
write_files:
  - path: /etc/motd.sealed
    content: hello
users:
  - name: somebody
ssh_authorized_keys:
  - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB nobody
coreos:
  units:
    - name: by-config.service
      command: start
      content: |
        [Service]
        ExecStart=/bin/sleep infinity
`;

test('a sealed machine does all its work, and /usr stays as it was', { timeout: 600_000 }, async (t) => {
  await ok('keelson seal-usr');
  await m1.stop();
  const first = await (async () => {
    await m1.start();
    await waitUntilReady(cluster);
    return await listing();
  })();
  assert.match(await ok('keelson seal-usr status'), /^\/usr is sealed/);
  assert.equal(await ok('systemctl --failed --no-legend'), '');

  await m1.writeFile('/root/user-data', cloudConfig);
  await ok('coreos-cloudinit --validate --from-file=/root/user-data');
  await ok('coreos-cloudinit --from-file=/root/user-data && systemctl is-active by-config.service');
  await ok('coreos-cloudinit status; coreos-cloudinit diff --from-file=/root/user-data; true');
  await m1.writeFile('/root/a.service', '[Service]\nExecStart=/bin/sleep infinity\n');
  await m1.writeFile('/root/a.timer', '[Timer]\nOnActiveSec=1h\n[Install]\nWantedBy=timers.target\n');
  await ok(
    'cd /root && fleetctl start a.service a.timer && fleetctl list-units && fleetctl status a.service',
  );
  await ok('systemctl reload fleet && systemctl restart fleet etcd2');
  await waitUntilReady(cluster);
  await ok('fleetctl destroy a.service a.timer');
  await ok('keelson simulate --machines 3 --units 6 --scenario chaos --seed 1');
  await ok(
    'keelson completion bash >/dev/null; keelson doctor; keelson health; keelson grow-root; keelson slot list; true',
  );
  await ok('keelson package -q -o /root');
  await ok(
    'su core -s /bin/sh -c "keelson doctor; fleetctl list-machines; coreos-cloudinit --version"; true',
  );

  const last = await listing();
  t.diagnostic(`${last.split('\n').length} names, sha256 ${createHash('sha256').update(last).digest('hex')}`);
  const before = new Set(first.split('\n'));
  assert.deepEqual(
    last.split('\n').filter((line) => !before.has(line)),
    [],
  );
  assert.equal(last, first);
  assert.deepEqual(await refusals(), []);
});

test('a write that is refused would have been seen', async () => {
  await m1.exec(['systemd-run', '--quiet', '--wait', 'touch', '/usr/probe'], { accept: 'any' });
  assert.equal((await refusals()).length, 1);
});
