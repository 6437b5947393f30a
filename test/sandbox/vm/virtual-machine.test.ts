// Power, console and control of a virtual machine, on an operating system of a few bytes.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isInstalled } from '../../../src/host/index.ts';
import { runsSector } from '../../../src/sandbox/vm/accelerator.ts';
import type { Hardware, VirtualMachine } from '../../../src/sandbox/vm/model.ts';
import { openVirtualMachine } from '../../../src/sandbox/vm/virtual-machine.ts';
import { echoDisk } from './echo-disk.ts';

const missing = !isInstalled('qemu-system-x86_64');
const because = missing ? ' (skipped: QEMU is not installed)' : '';

// A boot sector needs neither KVM nor to find out about it.
process.env.KEELSON_VM_ACCELERATOR = 'tcg';

async function echoMachine(t: TestContext, more: Partial<Hardware> = {}): Promise<VirtualMachine> {
  const root = await mkdtemp(join(tmpdir(), 'keelson-vm-test-'));
  // Longer than a socket's address may be.
  const folder = join(root, 'a-folder-with-a-long-name'.repeat(4));
  await mkdir(folder);
  const disks = [await echoDisk(join(root, 'disk'))];
  const machine = openVirtualMachine(
    { name: 'echo', firmware: 'seabios', disks, memoryMiB: 64, ...more },
    folder,
  );
  t.after(async () => {
    await machine.kill();
    await rm(root, { recursive: true, force: true });
  });
  return machine;
}

test(`a machine is switched on, spoken to, and goes off by itself${because}`, {
  skip: missing,
}, async (t) => {
  const machine = await echoMachine(t);
  assert.equal(await machine.state(), 'stopped');
  await machine.start();
  assert.equal(await machine.state(), 'running');
  await machine.waitForConsole(/^hello$/m);
  const mark = await machine.consoleMark();
  await machine.type('abc');
  await machine.waitForConsole(/abc/, { since: mark });
  await assert.rejects(machine.waitForConsole(/hello/, { since: mark, timeoutMs: 500 }), {
    code: 'sandbox.deadline',
    message: /did not show \/hello\/ within 0.5 s/,
  });
  await machine.type('q');
  await machine.waitUntilOff(60_000);
  assert.equal(await machine.state(), 'stopped');
  // What was there stays readable, and the next run begins anew.
  assert.match(await machine.console(), /abcq/);
  await machine.start();
  await machine.waitForConsole(/hello/);
  assert.doesNotMatch(await machine.console(), /abc/);
  assert.match(await readFile(machine.consolePath, 'utf8'), /abcq[\s\S]*power on[\s\S]*hello/);
});

test(`pause, reset and the plug${because}`, { skip: missing }, async (t) => {
  const machine = await echoMachine(t);
  await machine.start();
  await machine.waitForConsole(/hello/);
  await machine.pause();
  assert.equal(await machine.state(), 'paused');
  await machine.type('x');
  await sleep(300);
  assert.doesNotMatch(await machine.console(), /x/);
  await machine.resume();
  await machine.waitForConsole(/x/);
  await machine.reset();
  await machine.waitForConsole(/hello[\s\S]*x[\s\S]*hello/);
  await machine.kill();
  assert.equal(await machine.state(), 'stopped');
  await assert.rejects(machine.reset(), { code: 'sandbox.state', message: /it is off/ });
  await assert.rejects(machine.waitForConsole(/never/), { message: /went off before its console showed/ });
});

test(`QEMU's refusal is told in its own words${because}`, { skip: missing }, async (t) => {
  const machine = await echoMachine(t, { disks: [{ path: '/does/not/exist', format: 'raw' }] });
  await assert.rejects(machine.start(), { code: 'sandbox.tools', message: /\/does\/not\/exist/ });
  const other = await echoMachine(t);
  await other.start();
  await assert.rejects(other.qmp('no-such-command'), { code: 'sandbox.state', message: /no-such-command/ });
});

test(`two commands at once are both answered${because}`, { skip: missing }, async (t) => {
  const machine = await echoMachine(t, { network: { kind: 'user', forwards: [22, 80] } });
  await machine.start();
  const [status, ssh, web] = await Promise.all([
    machine.qmp('query-status'),
    machine.forwardedPort(22),
    machine.forwardedPort(80),
  ]);
  assert.ok(typeof status === 'object');
  assert.ok(ssh > 0 && web > 0 && ssh !== web);
  await assert.rejects(machine.forwardedPort(81), { code: 'sandbox.state' });
});

test(`a machine ends with the process that started it, even when that is killed${because}`, {
  skip: missing,
}, async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'keelson-vm-test-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  await echoDisk(join(root, 'disk'));
  const source = new URL('../../../src/sandbox/vm/virtual-machine.ts', import.meta.url).href;
  const program = `
    const { openVirtualMachine } = await import(${JSON.stringify(source)});
    const disks = [{ path: ${JSON.stringify(join(root, 'disk'))}, format: 'raw' }];
    const machine = openVirtualMachine({ name: 'child', firmware: 'seabios', disks, memoryMiB: 64 }, ${JSON.stringify(root)});
    await machine.start();
    console.log(await machine.pid());
    setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(owner.stdout, 'data');
  const pid = Number(String(line).trim());
  assert.ok(pid > 0);
  process.kill(pid, 0);
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  for (let tries = 0; isThere(pid); tries++) {
    assert.ok(tries < 300, `QEMU (${pid}) outlived its owner`);
    await sleep(100);
  }
});

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test(`the probe finds that emulation runs${because}`, { skip: missing }, async () => {
  assert.equal(await runsSector('tcg'), true);
});
