// Three daemons with real engine and agents behind the real API, and fleetctl; only systemd is a stand-in.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '../api/serve.ts';
import { TestCluster } from '../cluster/nodes.ts';
import { fleetctl } from './cluster.ts';

export async function threeMembers() {
  const members = await TestCluster.start(['m1', 'm2', 'm3']);
  const api = await serve({ store: members.store, keys: members.keys });
  const folder = mkdtempSync(join(tmpdir(), 'fleetctl-restart-'));
  writeFileSync(join(folder, 'g.service'), '[Service]\nExecStart=/bin/sleep 1\n[X-Fleet]\nGlobal=true\n');
  writeFileSync(join(folder, 'a.service'), '[Service]\nExecStart=/bin/sleep 1\n');
  /** Every call that systemd got on any machine, in order. */
  const calls: string[] = [];
  for (const { id, manager } of members.nodes) {
    const job = manager.job.bind(manager);
    manager.job = (verb, unit, mode) => {
      calls.push(`${verb} ${unit} ${id}`);
      return job(verb, unit, mode);
    };
  }
  return {
    members,
    calls,
    /** A folder with unit files, where fleetctl runs. */
    folder,
    fleetctl: (...words: readonly string[]) =>
      fleetctl(words, { cwd: folder, env: { FLEETCTL_ENDPOINT: `unix://${api.path}` } }),
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]();
      await members[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}
