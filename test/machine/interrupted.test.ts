// A run of the tests that is killed in the middle of a booted machine: the next run passes, and after it
// nothing of the first is left on the host.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readFileIfExists, run } from '../../src/host/index.ts';
import { roots } from '../../src/sandbox/paths.ts';
import { temporaryFolder } from './booted.ts';

const victim = join(import.meta.dirname, 'inside/interrupted.ts');

interface Notes {
  readonly folder: string;
  readonly cluster: string;
}

function environment(more: Readonly<Record<string, string>>): Record<string, string> {
  // A test runner within one would take itself for a part of it.
  const { NODE_TEST_CONTEXT: _, ...rest } = process.env;
  const own = Object.entries(rest).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]));
  return { ...Object.fromEntries(own), ...more };
}

async function readNotes(path: string): Promise<Notes> {
  for (let tries = 0; tries < 1200; tries++) {
    const text = await readFileIfExists(path);
    if (text?.endsWith('}')) return JSON.parse(text);
    await sleep(100);
  }
  throw new Error('The test that is to be killed did not start its clusters within two minutes.');
}

/** What on this host bears one of these words: processes, mounts, cgroups, network links, files. */
async function traces(words: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  const has = (text: string) => words.some((word) => text.includes(word));
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (has(command)) found.push(`process ${pid}: ${command.replaceAll('\0', ' ')}`);
    if (has(await readFile(`/proc/${pid}/mounts`, 'utf8').catch(() => ''))) found.push(`mount of ${pid}`);
  }
  const { state, run: sockets } = roots();
  const places = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified', '/sys/fs/cgroup/systemd', state, sockets];
  for (const place of [...places, '/var/tmp', '/run/systemd/nspawn', '/run/systemd/nspawn/propagate']) {
    const names = await readdir(place).catch(() => []);
    found.push(...names.filter(has).map((name) => join(place, name)));
  }
  return found;
}

test('a killed run leaves nothing that the next does not remove', { timeout: 300_000 }, async () => {
  const own = await temporaryFolder();
  try {
    const notesPath = join(own, 'notes');
    const child = spawn(process.execPath, ['--test', victim], {
      stdio: 'ignore',
      detached: true,
      env: environment({ KEELSON_TEST_NOTES: notesPath, KEELSON_TEST_HOLD: 'yes' }),
    });
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const notes = await readNotes(notesPath);
    assert.ok(child.pid !== undefined);
    // The whole group, as a terminal or a build server does: the runner and the file that it runs.
    process.kill(-child.pid, 'SIGKILL');
    await ended;
    assert.ok(existsSync(notes.folder));

    await run(process.execPath, ['--test', victim], { env: environment({}), deadlineMs: 200_000 });
    const detached = createHash('sha256').update(join(notes.folder, 'run/detached')).digest('hex');
    assert.deepEqual(await traces([notes.folder, notes.cluster, detached.slice(0, 8)]), []);
    assert.doesNotMatch((await run('ip', ['-o', 'link'])).stdout, /\b(vb-|keelson0)/);
  } finally {
    await rm(own, { recursive: true, force: true });
  }
});
