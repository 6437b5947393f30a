// SIGKILL at any moment of an update: the machine boots what ran, or the whole new version, and the next fetch ends.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { publicPem } from '../../../src/disk/index.ts';
import { fetchRelease } from '../../../src/update/payload/index.ts';
import { TestMachine } from '../../disk/slots/machine.ts';
import { scratch } from '../../disk/slots/scratch.ts';
import { stubPath } from '../../disk/stub.ts';
import { FileServer } from './file-server.ts';
import { noise } from './noise.ts';
import { newPair, publish } from './published.ts';

const stub = await stubPath();
const skip = stub === undefined && 'systemd’s EFI stub is not installed (apt-get install systemd-boot-efi)';
/** More of them show more: KEELSON_POWER_CUTS=200 node --test test/update/payload/kill.test.ts */
const kills = Number(process.env['KEELSON_POWER_CUTS'] ?? 3);
const key = newPair();
let folder = '';
const release = (version: string) => join(folder, `release-${version}`);

before(async () => {
  folder = await scratch('keelson-killed-');
  if (stub === undefined) return;
  for (const version of ['2', '3']) {
    await publish(stub, release(version), version, noise(240 * 4096, version), key);
  }
  await writeFile(join(folder, 'key.pem'), publicPem(key.secret));
});
after(() => rm(folder, { recursive: true, force: true }));

/** Runs a fetch in a process of its own, and kills it so many milliseconds after it began. */
async function killedAfter(machine: TestMachine, url: string, ms: number): Promise<boolean> {
  await writeFile(join(machine.folder, 'cmdline'), machine.cmdline);
  const script = join(import.meta.dirname, 'fetch-child.ts');
  const args = [script, machine.kind, machine.folder, url, join(folder, 'key.pem')];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<boolean>((resolve) => child.once('close', (code) => resolve(code === 0)));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  await Promise.race([setTimeout(ms), ended]);
  child.kill('SIGKILL');
  return ended;
}

for (const kind of ['plain-files', 'systemd-boot'] as const) {
  test(`${kind}: killed at ${kills} moments`, { skip }, async () => {
    for (let round = 0; round < kills; round++) {
      const machine = await TestMachine.make(kind, join(folder, `${kind}-${round}`), release('2'));
      await using server = await FileServer.of(release('3'));
      // The whole takes about a second where nothing else runs.
      const whole = await killedAfter(machine, server.url, 80 + (round * 900) / kills + Math.random() * 200);
      const booted = await machine.boot();
      assert.ok(booted.version === '2' || booted.version === '3', `booted ${booted.version}`);
      if (whole) assert.equal(booted.version, '3');
      if (booted.version === '3') continue;
      await fetchRelease({
        ...{ codebases: [server.url], expected: {}, keys: [key.trusted], slots: machine.manager(), env: {} },
        ...{ runningVersion: '2', stateFolder: join(machine.folder, 'update') },
      });
      assert.deepEqual(await machine.boot(), { slot: 'B', version: '3', starts: 1 });
    }
  });
}
