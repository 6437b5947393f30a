// Power fails at random moments of an update: every process of the machine is killed at once. It then boots a slot
// that is whole, 1.0.0 or 2.0.0, and the update comes to its end. KEELSON_CUTS says how many (3), KEELSON_SEED repeats
// the moments of another run.

import assert from 'node:assert/strict';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../../src/host/index.ts';
import type { Machine } from '../../src/sandbox/index.ts';
import { clusterPaths, machinePaths } from '../../src/sandbox/paths.ts';
import {
  bootUpdated,
  inside,
  patienceMs,
  slotsOf,
  type UpdatedCluster,
  untilGood,
} from './updated-cluster.ts';

const cuts = Number(process.env.KEELSON_CUTS ?? 3);
const seed = Number(process.env.KEELSON_SEED ?? Date.now() % 1_000_000);
/** The last part of the time is that of a machine that is up again and waits for its blessing. */
const shareToCut = 0.7;

let updated: UpdatedCluster;
let machine: Machine;
before(async () => {
  updated = await bootUpdated({ machines: 1, etcd: false, settings: { REBOOT_STRATEGY: 'reboot' } });
  machine = updated.cluster.machine('m1');
});
after(async () => {
  await updated?.[Symbol.asyncDispose]();
});

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomOf(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

const ask = () => inside(machine, 'update_engine_client', '-check_for_update');
const paths = () => machinePaths(clusterPaths(updated.cluster.name), machine.name);

/** The machine as it was before its first update. */
async function keepFirst(): Promise<() => Promise<void>> {
  const { slots, upper, directory } = paths();
  const kept = join(directory, 'kept');
  await machine.stop();
  await mkdir(kept);
  // The image is never written to while the machine runs from it.
  await run('cp', ['-al', join(slots, 'A'), join(kept, 'A')]);
  await cp(join(slots, 'slots.env'), join(kept, 'slots.env'));
  return async () => {
    await machine.kill();
    for (const name of await readdir(slots)) await rm(join(slots, name), { recursive: true });
    await run('cp', ['-al', join(kept, 'A'), join(slots, 'A')]);
    await mkdir(join(slots, 'B'));
    await cp(join(kept, 'slots.env'), join(slots, 'slots.env'));
    for (const state of ['update_engine', 'locksmith', 'keelson/slots']) {
      await rm(join(upper, 'var/lib', state), { recursive: true, force: true });
    }
  };
}

test(`power fails ${cuts} times in the middle of updates (KEELSON_SEED=${seed})`, {
  timeout: 3_600_000,
}, async () => {
  const random = randomOf(seed);
  const reset = await keepFirst();
  await machine.start();
  await updated.publish('2.0.0');
  const begin = Date.now();
  await ask();
  await untilGood(machine, '2.0.0');
  const wholeMs = Date.now() - begin;
  const seen: string[] = [];
  let runs: string | undefined;
  for (let cut = 0; cut < cuts; cut += 1) {
    // An update that was cut goes on, and is cut again, until it is whole.
    if (runs !== '1.0.0') {
      await reset();
      await machine.start();
    }
    await machine.waitFor(['systemctl', 'is-active', 'update-engine'], { timeoutMs: patienceMs });
    await ask();
    const afterMs = Math.round(random() * wholeMs * shareToCut);
    await sleep(afterMs);
    await machine.kill();
    await writeFile(paths().console, '');
    await machine.start();
    const story = (await readFile(paths().console, 'utf8')).match(/^Slot .*$/gm) ?? [];
    const found = await slotsOf(machine);
    ({ runs } = found);
    seen.push(`${afterMs} ms: ${runs} of ${found.slots.join(', ')}`);
    assert.ok(runs === '1.0.0' || runs === '2.0.0', seen.join('\n'));
    // Read whole against its root hash before it was mounted; nothing that was damaged was ever due.
    assert.match(story[0] ?? '', /^Slot [AB] boots/, seen.join('\n'));
    assert.ok(!story.some((line) => line.includes('is not started')), story.join('\n'));
    if (runs === '2.0.0' || cut === cuts - 1) {
      await ask();
      await untilGood(machine, '2.0.0').catch((error: unknown) => {
        throw new Error(`${String(error)}\n${seen.join('\n')}`);
      });
    }
  }
  process.stdout.write(`A whole update took ${wholeMs} ms. Power failed after\n${seen.join('\n')}\n`);
});
