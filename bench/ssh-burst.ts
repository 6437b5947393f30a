// A burst of `fleetctl --tunnel … list-units` over one SSH connection, beside the same with one for each, and
// beside the same without SSH. `node bench/ssh-burst.ts [COMMANDS] [ROUNDS]`, as root (it runs an sshd of its own
// on a loopback port), after `bin/keelson --version`, which bundles.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { cluster } from '../test/fleet/ctl/cluster.ts';
import { sshd } from '../test/ssh/sshd.ts';

const [commands = 10, rounds = 5] = process.argv.slice(2).map(Number);
const program = resolve(import.meta.dirname, '../dist/fleetctl.js');
const home = mkdtempSync(join(tmpdir(), 'ssh-burst-'));
await using host = await sshd();
await using c = await cluster({ ip: '127.0.0.1' });
const env = {
  PATH: process.env.PATH ?? '',
  HOME: home,
  XDG_RUNTIME_DIR: home,
  SSH_AUTH_SOCK: await host.agent('user'),
  FLEETCTL_ENDPOINT: `unix://${c.path}`,
  FLEETCTL_KNOWN_HOSTS_FILE: host.known('host'),
};
const tunnel = [`--tunnel=root@127.0.0.1:${host.port}`];
const ways: Readonly<Record<string, readonly string[]>> = {
  shared: [...tunnel, '--ssh-persist=3'],
  'one each': [...tunnel, '--ssh-persist=0'],
  'without ssh': [],
};
const found = new Map<string, number[]>();
for (let round = 0; round < rounds; round++) {
  for (const [name, flags] of Object.entries(ways)) {
    const start = performance.now();
    for (let count = 0; count < commands; count++)
      await promisify(execFile)(process.execPath, [program, ...flags, 'list-units'], { env });
    found.set(name, [...(found.get(name) ?? []), performance.now() - start]);
    // The next round logs in again.
    if (name === 'shared') await new Promise((done) => setTimeout(done, 4000));
  }
}
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const ms = Object.fromEntries([...found].map(([name, values]) => [name, Math.round(median(values))]));
process.stdout.write(`${JSON.stringify({ commands, rounds, medianMs: ms, logins: host.logins() })}\n`);
rmSync(home, { recursive: true });
