// fleetctl with the real engine and agents behind the real API; only systemd is a stand-in.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { serve } from '../api/serve.ts';
import { TestCluster } from '../cluster/nodes.ts';
import { fleetctl } from './cluster.ts';

test('start, stop, restart, unload and destroy end when the members have done it', async () => {
  await using members = await TestCluster.start(['m1', 'm2', 'm3']);
  await using api = await serve({ store: members.store, keys: members.keys });
  const folder = mkdtempSync(join(tmpdir(), 'fleetctl-members-'));
  try {
    const ctl = (...words: readonly string[]) =>
      fleetctl(words, { cwd: folder, env: { FLEETCTL_ENDPOINT: `unix://${api.path}` } });
    const running = async () => (await members.running()).size;
    writeFileSync(join(folder, 'w@.service'), '[Service]\nExecStart=/bin/sleep 1000\n');
    const names = Array.from({ length: 12 }, (_, index) => `w@${index}`);
    const good = async (...words: readonly string[]) => {
      const ended = await ctl(...words, '--timeout=30');
      assert.equal(ended.status, 0, `${words[0]}: ${ended.stderr}`);
      return ended;
    };
    assert.equal((await good('start', ...names)).stdout.match(/launched on m\d/g)?.length, 12);
    assert.equal(await running(), 12);
    await good('restart', ...names);
    const calls = members.nodes.flatMap((node) => node.manager.calls);
    assert.equal(calls.filter((call) => call.startsWith('restart ')).length, 12);
    assert.equal(calls.filter((call) => call.startsWith('start ')).length, 12);
    assert.equal(calls.filter((call) => call.startsWith('stop ')).length, 0);
    await good('stop', ...names);
    assert.equal(await running(), 0);
    await good('start', ...names);
    await good('unload', ...names.slice(0, 6));
    assert.equal(await running(), 6);
    await good('destroy', ...names);
    assert.equal(await running(), 0);
    assert.equal((await ctl('list-unit-files', '--no-legend')).stdout, '');
    assert.equal((await ctl('list-units', '--no-legend')).stdout, '');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
