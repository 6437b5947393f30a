// Random work and random faults on booted machines: afterwards what is wanted is what runs, exactly once.
//   KEELSON_CHAOS_SEEDS=7,8,9 or KEELSON_CHAOS_SEEDS=100+ (until it fails), KEELSON_CHAOS_SECONDS=60,
//   KEELSON_CHAOS_FAULTS='fleetd|etcd' (only those), KEELSON_CHAOS_LOG=folder (what happened, and journals)

import assert from 'node:assert/strict';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type CampaignOptions, campaign, type Outcome, unmoved } from './chaos/campaign.ts';
import { assertCalm, bootFleet, type FleetCluster } from './fleet-cluster.ts';

const { KEELSON_CHAOS_SEEDS = '1,2', KEELSON_CHAOS_SECONDS = '20' } = process.env;
const { KEELSON_CHAOS_FAULTS, KEELSON_CHAOS_LOG, KEELSON_CHAOS_MACHINES = '3' } = process.env;

let fleet: FleetCluster;
before(async () => {
  const machines = Array.from({ length: Number(KEELSON_CHAOS_MACHINES) }, (_, index) =>
    index === 0 ? { metadata: { role: 'a' } } : {},
  );
  fleet = await bootFleet({ machines });
  await fleet.ready();
});
after(async () => {
  await fleet?.[Symbol.asyncDispose]();
});

type Play = (options: CampaignOptions) => Promise<Outcome>;

async function runSeed(play: Play, seed: string, report: (text: string) => void): Promise<void> {
  const lines: string[] = [];
  const log = KEELSON_CHAOS_LOG === undefined ? undefined : join(KEELSON_CHAOS_LOG, `${play.name}-${seed}`);
  if (log !== undefined) await mkdir(log, { recursive: true });
  const { problems, settledAfterMs, runs } = await play({
    cluster: fleet.cluster,
    seed,
    seconds: Number(KEELSON_CHAOS_SECONDS),
    folder: fleet.folder,
    settleMs: 90_000,
    only: KEELSON_CHAOS_FAULTS === undefined ? undefined : new RegExp(KEELSON_CHAOS_FAULTS),
    say: (text) => {
      lines.push(text);
      if (log !== undefined) void appendFile(join(log, 'story'), `${text}\n`);
    },
  });
  if (problems.length > 0 && log !== undefined) {
    for (const machine of fleet.cluster.machines)
      await writeFile(join(log, machine.name), await machine.journal());
  }
  report(`seed ${seed}: ${runs} runs of units, at rest after ${(settledAfterMs / 1000).toFixed(1)} s`);
  assert.deepEqual(problems, [], `seed ${seed}; what happened:\n${lines.join('\n')}`);
}

const endless = KEELSON_CHAOS_SEEDS.endsWith('+');
const seeds = KEELSON_CHAOS_SEEDS.replace('+', '').split(',');

for (const seed of seeds) {
  test(`what is wanted is what runs, once, after faults by seed ${seed}`, async (t) => {
    for (let current = Number(seed); ; current++) {
      await runSeed(campaign, String(current), (text) => t.diagnostic(text));
      if (!endless) return;
    }
  });
}

test('what fleetd and etcd go through no unit notices', async (t) => {
  await runSeed(unmoved, seeds[0] ?? '1', (text) => t.diagnostic(text));
});

test('at the end the journals are calm and nothing has failed', async () => {
  await assertCalm(fleet.cluster);
});
