// A tunnel ends with the process that opened it, however that ends.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sshd } from './sshd.ts';

/** Processes that have this text in their command line. */
function processesOf(text: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
    } catch {
      return false;
    }
  });
}

async function gone(what: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 1200; tries++) {
    if (!what()) return true;
    await sleep(50);
  }
  return false;
}

for (const end of ['SIGKILL', 'SIGTERM', 'by itself'] as const) {
  test(`the tunnel of a process that ends (${end}) leaves nothing`, { timeout: 180_000 }, async () => {
    await using host = await sshd();
    const script = new URL('open-tunnel.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, [script, String(host.port), host.known('host')], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, SSH_AUTH_SOCK: await host.agent('user') },
    });
    const exited = once(child, 'exit');
    const { value: socketPath } = await createInterface(child.stdout)[Symbol.asyncIterator]().next();
    assert.ok(typeof socketPath === 'string' && existsSync(socketPath));
    assert.ok(processesOf(socketPath).length >= 1);
    if (end === 'by itself') child.stdin.end();
    else child.kill(end);
    await exited;
    assert.ok(await gone(() => processesOf(socketPath).length > 0), 'ssh runs on');
    assert.ok(await gone(() => existsSync(dirname(socketPath))), 'its folder stays');
  });
}
