// One run of chaos: people at work and faults at once, then quiet, and the question whether all is right.

import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster, Machine } from '../../../src/sandbox/index.ts';
import { waitUntilReady } from '../../../src/sandbox/index.ts';
import { strikeOn } from './faults.ts';
import { Ledger } from './ledger.ts';
import { fleetctl, shuffle, workOn, writeUnits } from './operations.ts';
import { type Deafness, probeLog, type Run, readRuns, runsTwice, uptime } from './probe.ts';
import { chance } from './seed.ts';
import { problemsOf } from './truth.ts';
import { families, forms } from './units.ts';

export interface CampaignOptions {
  readonly cluster: Cluster;
  readonly seed: string;
  readonly seconds: number;
  /** A folder of the host for unit files. */
  readonly folder: string;
  /** How long the cluster may take to come to rest after the last fault. */
  readonly settleMs: number;
  readonly say: (text: string) => void;
  /** Which faults strike; all of them by default. */
  readonly only?: RegExp | undefined;
}

export interface Outcome {
  /** What was not right in the end, or ran twice on the way. */
  readonly problems: readonly string[];
  readonly settledAfterMs: number;
  readonly runs: number;
}

/** Chaos for some seconds, then calm. Ends with all units destroyed. */
export async function campaign(options: CampaignOptions): Promise<Outcome> {
  const { cluster, seed, seconds, settleMs } = options;
  const random = chance(seed);
  const folder = await mkdtemp(join(options.folder, 'chaos-'));
  const ledger = new Ledger(forms.keys());
  const say = (text: string) => options.say(`${uptime().toFixed(2)} ${text}`);
  const deaf: Deafness[] = [];
  const offs = new Map<string, number[]>();
  for (const machine of cluster.machines) await machine.exec(['rm', '-f', probeLog]);

  const signal = AbortSignal.timeout(seconds * 1000);
  const machines = cluster.machines;
  const work = (name: string) => ({ machines, folder, ledger, say, signal, chance: random.fork(name) });
  const busy = new Set<Machine>();
  const strikes = { signal, say, deaf, offs, only: options.only };
  await Promise.all([
    workOn(
      families.filter((_, index) => index % 2 === 0),
      work('first'),
    ),
    workOn(
      families.filter((_, index) => index % 2 === 1),
      work('second'),
    ),
    shuffle(work('shuffle')),
    strikeOn(cluster, random.fork('strikes'), busy, strikes),
    strikeOn(cluster, random.fork('more strikes'), busy, strikes),
  ]);

  say('calm');
  const began = performance.now();
  await mend(cluster, settleMs);
  const problems = await untilRight(cluster, ledger, settleMs);
  const settledAfterMs = performance.now() - began;
  say(`right after ${Math.round(settledAfterMs)} ms`);
  const runs = await allRuns(cluster, offs);
  // Who was deaf needs some time to hear again, and its units theirs to stop.
  const single = runs.filter(({ unit }) => forms.get(unit)?.global !== true);
  for (const { unit, first, second, overlap } of runsTwice(single, deaf, 20)) {
    const at = ({ machine, from, to }: Run) => `${machine} (${from} to ${to})`;
    problems.push(`${unit} ran twice for ${overlap.toFixed(2)} s: on ${at(first)} and on ${at(second)}`);
  }
  const left = await untilGone(cluster, ledger, settleMs);
  if (problems.length === 0) problems.push(...left);
  return { problems, settledAfterMs, runs: runs.length };
}

/** Faults that no unit may notice: fleetd and etcd come and go, and machines hear of each other all the while. */
const unnoticed =
  /^(fleetd (killed|restarted|stopped)|etcd (killed|frozen|compacted and defragmented)|every etcd restarted|PID 1 executed anew|requests broken off)$/;

/**
 * All units are started and then left alone, while fleetd and etcd go through everything that has to pass
 * without a trace. Ends with what was not as before: each unit is to run as the very process that it was.
 */
export async function unmoved(options: CampaignOptions): Promise<Outcome> {
  const { cluster, seed, seconds, settleMs } = options;
  const folder = await mkdtemp(join(options.folder, 'unmoved-'));
  const ledger = new Ledger(forms.keys());
  const say = (text: string) => options.say(`${uptime().toFixed(2)} ${text}`);
  const [first] = cluster.machines;
  if (first === undefined) return { problems: ['There is no machine.'], settledAfterMs: 0, runs: 0 };
  for (const machine of cluster.machines) await machine.exec(['rm', '-f', probeLog]);
  // One that waits, or starts by itself again and again, has nothing to keep.
  const names = [...forms.values()].filter(
    ({ name, restless }) => restless !== true && name !== 'chaos-apart@4.service',
  );
  const paths = await writeUnits(folder, names, 1);
  const started = await fleetctl(first, ['start', ...paths]);
  if (started?.status !== 0)
    return { problems: [`start: ${started?.status} ${started?.stderr}`], settledAfterMs: 0, runs: 0 };
  for (const { name } of names) ledger.asked(name, () => ({ desired: 'launched', version: 1 }), true);
  const problems = await untilRight(cluster, ledger, settleMs);
  const before = await allRuns(cluster, new Map());

  const signal = AbortSignal.timeout(seconds * 1000);
  const strikes = { signal, say, deaf: [], offs: new Map(), only: unnoticed };
  await strikeOn(cluster, chance(seed).fork('strikes'), new Set<Machine>(), strikes);
  say('calm');
  const began = performance.now();
  await mend(cluster, settleMs);
  problems.push(...(await untilRight(cluster, ledger, settleMs)));
  const settledAfterMs = performance.now() - began;
  const runs = await allRuns(cluster, new Map());
  for (const { unit, machine, from, to } of runs) {
    const known = before.find((run) => run.unit === unit && run.machine === machine && run.from === from);
    if (known === undefined) problems.push(`${unit} was started on ${machine} at ${from}`);
    else if (known.to !== to) problems.push(`${unit} was stopped on ${machine} at ${to}`);
  }
  problems.push(...(await untilGone(cluster, ledger, settleMs)));
  return { problems, settledAfterMs, runs: runs.length };
}

async function allRuns(cluster: Cluster, offs: ReadonlyMap<string, number[]>): Promise<Run[]> {
  const all = await Promise.all(
    cluster.machines.map(async (machine) => {
      const { stdout } = await machine.exec(['cat', probeLog], { accept: 'any' });
      return readRuns(machine.name, stdout, offs.get(machine.name) ?? []);
    }),
  );
  return all.flat();
}

/** Puts everything back that faults may have left, as an operator does after a bad day. */
async function mend(cluster: Cluster, settleMs: number): Promise<void> {
  for (const machine of cluster.machines) {
    if ((await machine.state()) === 'stopped') await machine.start();
    const script =
      'systemctl reset-failed etcd2.service fleet.service; systemctl start --no-block etcd2.service fleet.socket fleet.service';
    await machine.exec(['sh', '-c', script], { accept: 'any' });
  }
  await waitUntilReady(cluster);
  const [first] = cluster.machines;
  const end = performance.now() + settleMs;
  while (first !== undefined && performance.now() < end) {
    const list = await fleetctl(first, ['list-machines', '--full', '--no-legend', '--fields=machine,drain']);
    const rows = (list?.stdout ?? '').trim().split('\n');
    const drained = rows.map((row) => row.split(/\t+/)).filter(([, drain]) => drain !== '-');
    if (list?.status === 0 && drained.length === 0) return;
    for (const [id = ''] of drained) await fleetctl(first, ['undrain', id]);
  }
}

/** Until nothing is wrong, twice in a row: what was right by chance for a moment does not count. */
async function untilRight(cluster: Cluster, ledger: Ledger, settleMs: number): Promise<string[]> {
  const end = performance.now() + settleMs;
  for (let right = 0; ; ) {
    const problems = await problemsOf(cluster, ledger).catch((error: unknown) => [String(error)]);
    right = problems.length === 0 ? right + 1 : 0;
    if (right === 2) return [];
    if (problems.length > 0 && performance.now() > end) return problems;
    await sleep(500);
  }
}

/** Destroys all units; then nothing of them is left anywhere. */
async function untilGone(cluster: Cluster, ledger: Ledger, settleMs: number): Promise<string[]> {
  const [first] = cluster.machines;
  if (first === undefined) return [];
  const result = await fleetctl(first, ['destroy', ...forms.keys()]);
  if (result?.status !== 0) return [`destroy: ${result?.status} ${result?.stderr}`];
  for (const name of forms.keys())
    ledger.asked(name, () => ({ desired: 'absent', version: undefined }), true);
  return await untilRight(cluster, ledger, settleMs);
}
