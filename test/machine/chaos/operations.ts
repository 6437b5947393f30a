// Somebody at work: random commands of fleetctl, through a random machine, whatever becomes of them.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../../../src/host/index.ts';
import type { Machine } from '../../../src/sandbox/index.ts';
import { checkout } from '../booted.ts';
import type { Ledger, Wish } from './ledger.ts';
import type { Chance } from './seed.ts';
import type { Form } from './units.ts';

export interface Work {
  readonly machines: readonly Machine[];
  /** A folder of the host for unit files. */
  readonly folder: string;
  readonly ledger: Ledger;
  readonly chance: Chance;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

type Verb = 'start' | 'replace' | 'load' | 'submit' | 'stop' | 'unload' | 'destroy' | 'restart';

const verbs: readonly Verb[] = [
  ...(['start', 'start', 'start', 'start', 'replace', 'replace', 'load', 'submit'] as const),
  ...(['stop', 'unload', 'destroy', 'restart'] as const),
];

const env = { PATH: process.env.PATH ?? '', HOME: '/root' };

/** fleetctl over the socket of a machine; undefined when it was killed on its way. */
export async function fleetctl(
  machine: Machine,
  words: readonly string[],
  options: { readonly deadlineMs?: number; readonly cwd?: string } = {},
): Promise<{ readonly status: number; readonly stdout: string; readonly stderr: string } | undefined> {
  const argv = [join(checkout, 'dist/fleetctl.js'), '--endpoint', `unix://${machine.socket}`, ...words];
  try {
    return await run(process.execPath, argv, { deadlineMs: 60_000, accept: 'any', env, ...options });
  } catch {
    return undefined;
  }
}

/** Works on these families until the signal aborts. */
export async function workOn(families: readonly (readonly Form[])[], work: Work): Promise<void> {
  const { chance, signal, ledger } = work;
  let version = 1;
  while (!signal.aborted) {
    const units = chance.some(chance.pick(families), chance.between(1, 4));
    const verb = chance.pick(verbs);
    if (verb === 'replace') version++;
    const paths = await writeUnits(work.folder, units, version);
    const known = units.every(({ name }) => ledger.exists(name) === true);
    // Of units that may be absent or inactive these commands do nothing, or refuse.
    const takes = ['stop', 'unload', 'restart'].includes(verb);
    if (takes && !(known && units.every(({ name }) => isUp(ledger, name)))) continue;
    const names = units.map(({ name }) => name);
    const words = verb === 'replace' ? ['start', '--replace', ...paths] : [verb, ...(takes ? names : paths)];
    const timeout = `--timeout=${chance.between(1, 8)}`;
    const waiting = chance.fraction() < 0.5 && verb !== 'restart' ? '--no-block' : timeout;
    const isKilled = chance.fraction() < 0.08;
    const machine = chance.pick(work.machines);
    const began = performance.now();
    const result = await fleetctl(
      machine,
      [...words, ...(verb === 'submit' ? [] : [waiting]), '--request-timeout=10'],
      { deadlineMs: isKilled ? chance.between(30, 600) : 30_000 },
    );
    // A restart stops first, and leaves alone what waits for a machine.
    const certain = result?.status === 0 && verb !== 'restart';
    if (verb === 'restart') for (const name of names) ledger.asked(name, changeOf('stop', version), false);
    for (const name of names) ledger.asked(name, changeOf(verb, version), certain);
    const took = Math.round(performance.now() - began);
    work.say(
      `${verb} ${names.join(' ')} (v${version}) via ${machine.name}: ${result?.status ?? 'killed'} after ${took} ms`,
    );
    if (result !== undefined && result.status !== 0)
      work.say(`  ${result.stderr.trim().split('\n').slice(0, 3).join(' | ')}`);
    await sleep(chance.between(0, 400), undefined, { signal }).catch(() => {});
  }
}

function isUp(ledger: Ledger, name: string): boolean {
  return ledger.possible(name).every(({ desired }) => desired === 'launched' || desired === 'loaded');
}

function changeOf(verb: Verb, version: number): (before: Wish) => Wish {
  return (before) => {
    const kept = before.desired === 'absent' ? version : before.version;
    if (verb === 'start') return { desired: 'launched', version: kept };
    if (verb === 'replace') return { desired: 'launched', version };
    if (verb === 'load') return { desired: 'loaded', version: kept };
    if (verb === 'submit') return before.desired === 'absent' ? { desired: 'inactive', version } : before;
    if (verb === 'stop') return { desired: 'loaded', version: kept };
    if (verb === 'unload') return { desired: 'inactive', version: kept };
    if (verb === 'restart') return { desired: 'launched', version: kept };
    return { desired: 'absent', version: undefined };
  };
}

/** Writes that version of unit files and returns their paths. */
export async function writeUnits(folder: string, units: readonly Form[], version: number): Promise<string[]> {
  const own = join(folder, `v${version}`);
  await mkdir(own, { recursive: true });
  return Promise.all(
    units.map(async ({ name, content }) => {
      const path = join(own, name);
      await writeFile(path, content(version));
      return path;
    }),
  );
}

/** Drains, undrains and evens out now and then, until the signal aborts. */
export async function shuffle(work: Work): Promise<void> {
  const { chance, signal, machines, say } = work;
  while (!signal.aborted) {
    await sleep(chance.between(1000, 5000), undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const via = chance.pick(machines);
    const target = chance.pick(machines);
    const words = chance.pick([
      ['drain', '--timeout=5', target.machineId],
      ['undrain', target.machineId],
      ['undrain', target.machineId],
      ['rebalance'],
    ]);
    const result = await fleetctl(via, [...words, '--request-timeout=10'], { deadlineMs: 20_000 });
    say(`${words.join(' ')} (${target.name}) via ${via.name}: ${result?.status ?? 'killed'}`);
  }
}
