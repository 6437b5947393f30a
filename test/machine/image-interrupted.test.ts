// An image that is being built when its command is told to end: nothing of it stays, and no process goes on.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { homeDirectory } from '../../src/host/index.ts';

const folders: string[] = [];
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** Command lines of processes that name this folder. */
async function processesOf(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.includes(folder));
}

for (const [signal, status] of [
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const) {
  test(`keelson image build, ended by ${signal} while it builds the tree`, async () => {
    // Not below TMPDIR, which may be too long for the layers of a tree.
    const folder = await mkdtemp('/var/tmp/keelson-image-interrupted-');
    folders.push(folder);
    const output = join(folder, 'out');
    const cache = join(folder, 'cache');
    const command = spawn(join(homeDirectory(), 'bin/keelson'), ['image', 'build', '--output', output], {
      env: { ...process.env, KEELSON_CACHE: cache },
      stdio: ['ignore', 'ignore', 'pipe'],
      // A terminal would send Ctrl-C to all of its processes; here only the command itself hears of it.
      detached: true,
    });
    let said = '';
    const ended = once(command, 'exit');
    for await (const chunk of command.stderr) {
      said += String(chunk);
      if (!said.includes('Building the tree') || command.killed) continue;
      command.kill(signal);
    }
    const [code] = await ended;
    assert.equal(code, status, said);
    assert.match(said, /Interrupted\. Nothing half-made stays\.\n$/);
    assert.deepEqual(await readdir(output), []);
    const kept = (await readdir(cache)).filter((name) => !/^(deb-|runtime-|.*\.lock$)/.test(name));
    assert.deepEqual(kept, []);
    // Who was killed with it may need a moment to be gone.
    for (let tries = 0; tries < 300 && (await processesOf(folder)).length > 0; tries++) await sleep(100);
    assert.deepEqual(await processesOf(folder), []);
  });
}
