// A cluster on a host whose PID 1 is systemd and whose cgroups are version 2 alone: the host is itself a
// machine of a sandbox. The cluster outlives the session it was started from.

import assert from 'node:assert/strict';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { startCluster } from '../../src/sandbox/index.ts';
import { temporaryFolder } from './booted.ts';

const home = resolve(import.meta.dirname, '../..');
const cache = process.env.KEELSON_CACHE ?? '/var/cache/keelson';

test('a cluster under systemd outlives its session and leaves nothing', { timeout: 400_000 }, async () => {
  const folder = await temporaryFolder();
  process.env.KEELSON_SANDBOX_STATE = join(folder, 'state');
  process.env.KEELSON_SANDBOX_RUN = join(folder, 'run');
  // overlayfs takes no overlay as its upper layer, and the root of a machine is one.
  await mkdir(join(folder, 'inner'));
  try {
    await using cluster = await startCluster({
      privileged: true,
      packages: ['systemd-container', 'mmdebstrap', 'openssh-client', 'mount'],
      binds: [
        { source: home, target: home },
        { source: cache, target: '/var/cache/keelson', readOnly: false },
        { source: join(folder, 'inner'), target: '/var/lib/keelson', readOnly: false },
      ],
    });
    const host = cluster.machine('m1');
    const keelson = [join(home, 'node_modules/.bin/node'), join(home, 'src/keelson.ts')];
    const command = (...args: string[]) => host.exec([...keelson, ...args], { deadlineMs: 180_000 });
    const session = ['systemd-run', '--quiet', '--scope', '--unit=session-7', '--'];

    await host.exec([...session, ...keelson, 'up', '--plain', '--machines', '2'], { deadlineMs: 180_000 });
    await host.exec(['systemctl', 'stop', 'session-7.scope'], { accept: 'any' });
    const services = await host.exec([
      'systemctl',
      'list-units',
      '--no-legend',
      '--plain',
      'keelson-sandbox-*',
    ]);
    assert.match(services.stdout, /^keelson-sandbox-demo-\w+\.service\s+loaded active running/m);
    const status = JSON.parse((await command('status', '--json')).stdout);
    assert.deepEqual(
      status[0].machines.map((machine: { systemd: string }) => machine.systemd),
      ['running', 'running'],
    );
    assert.equal((await command('ssh', 'm2', 'hostname')).stdout, 'm2\n');
    await command('kill', 'm1');
    await command('start', 'm1');
    await command('stop', 'm2');
    await command('down');
    const left =
      'find /sys/fs/cgroup /run/systemd/system /run/systemd/transient -name "keelson*" 2>/dev/null; ls /run/keelson/sandbox /var/lib/keelson/sandbox | grep -v :; pgrep -f "[s]ystemd-nspawn"; grep keelson-sandbox /proc/mounts | grep -v " / "';
    // systemd forgets units, and processes are reaped, a moment later.
    const traces = async () => (await host.exec(['sh', '-c', left], { accept: 'any' })).stdout.trim();
    await host.waitFor(async () => (await traces()) === '').catch(() => {});
    assert.equal(await traces(), '');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
