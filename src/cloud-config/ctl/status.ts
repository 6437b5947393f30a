// coreos-cloudinit status: what the last run of each source did, what failed, what was left out.

import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf, readFileIfExists, run } from '../../host/index.ts';
import { type RunRecord, type RunState, readRuns, stateOf } from '../apply/runs.ts';
import { cloudConfigErrors } from '../errors.ts';
import { showCounts } from './describe.ts';

interface Options {
  readonly json: boolean;
  readonly wait: boolean;
  readonly timeoutMs: number;
  readonly root: string;
  readonly state: string;
}

interface Seen {
  readonly record: RunRecord;
  readonly state: RunState;
  /** Since the machine was booted. */
  readonly thisBoot: boolean;
}

const help = `coreos-cloudinit status tells what the last run of each source did on this machine.

Usage: coreos-cloudinit status [--json] [--wait [--timeout=SECONDS]] [--root=DIR] [--workspace=DIR]

  --json               print JSON
  --wait               until no run is under way, and a boot has got past its cloud-config
  --timeout=SECONDS    how long (600)

Exit status: 0 all was applied, 1 something failed or was left out, 2 wrong flags,
3 nothing has run yet, or a run is under way.
`;

/** Runs the sub-command; returns its exit status. */
export async function statusCommand(args: readonly string[]): Promise<number> {
  if (args.some((arg) => /^--?h(elp)?$/.test(arg))) {
    process.stdout.write(help);
    return 0;
  }
  const options = parse(args);
  const deadline = performance.now() + options.timeoutMs;
  let seen = await look(options);
  while (options.wait && performance.now() < deadline && !(await isOver(seen, options))) {
    await sleep(200);
    seen = await look(options);
  }
  if (options.json) process.stdout.write(`${JSON.stringify({ runs: seen.map(asJson) }, null, 2)}\n`);
  else print(seen);
  if (seen.length === 0 || seen.some(({ state }) => state === 'running')) return 3;
  return seen.every(({ state }) => state === 'ok') ? 0 : 1;
}

function parse(args: readonly string[]): Options {
  const values = new Map<string, string>();
  for (const [index, arg] of args.entries()) {
    const [, name = '', , given] = /^--?(json|wait|timeout|root|workspace)(=(.*))?$/.exec(arg) ?? [];
    const bare = name === 'json' || name === 'wait';
    if (name === '' || (bare ? given !== undefined : given === undefined)) {
      throw cloudConfigErrors.error('usage', `status knows no argument ${JSON.stringify(args[index])}.`, {
        hint: 'See coreos-cloudinit status --help.',
      });
    }
    values.set(name, given ?? 'true');
  }
  const timeout = values.get('timeout') ?? '600';
  if (!/^\d{1,6}$/.test(timeout)) throw cloudConfigErrors.error('usage', '--timeout is a number of seconds.');
  return {
    json: values.has('json'),
    wait: values.has('wait'),
    timeoutMs: Number(timeout) * 1000,
    root: resolve(values.get('root') ?? '/'),
    state: values.get('workspace') ?? '/var/lib/coreos-cloudinit',
  };
}

async function look({ root, state }: Options): Promise<Seen[]> {
  const bootId = await currentBoot();
  try {
    const records = await readRuns(join(root, state));
    return await Promise.all(
      records.map(async (record) => ({
        record,
        state: await stateOf(record, bootId),
        thisBoot: record.bootId === bootId,
      })),
    );
  } catch (error) {
    if (errnoOf(error) !== 'EACCES') throw error;
    throw cloudConfigErrors.error('apply', `${join(root, state)} is for root to read.`, {
      hint: 'Try sudo.',
    });
  }
}

const currentBoot = async (): Promise<string> =>
  (await readFileIfExists('/proc/sys/kernel/random/boot_id'))?.trim() ?? '';

/** Nothing is under way, and the boot waits for no cloud-config any more. */
async function isOver(seen: readonly Seen[], { root }: Options): Promise<boolean> {
  if (seen.some(({ state }) => state === 'running')) return false;
  if (root !== '/') return true;
  const { stdout } = await run('systemctl', ['is-active', 'user-config.target'], { accept: 'any' }).catch(
    () => ({ stdout: 'active' }),
  );
  // Inactive on a machine that has it switched off; then there is nothing to wait for once it is up.
  if (stdout.trim() === 'active') return true;
  const { stdout: system } = await run('systemctl', ['is-system-running'], { accept: 'any' });
  return !['initializing', 'starting'].includes(system.trim());
}

function asJson({ record, state, thisBoot }: Seen): object {
  const { version: _, process: __, ...rest } = record;
  return { ...rest, state, thisBoot };
}

const signs: Readonly<Record<RunState, readonly [string, number]>> = {
  ok: ['●', 32],
  failed: ['×', 31],
  interrupted: ['×', 31],
  running: ['○', 33],
};

function print(seen: readonly Seen[]): void {
  if (seen.length === 0) process.stdout.write('No cloud-config has been applied on this machine yet.\n');
  for (const { record, state, thisBoot } of seen) {
    const [sign, colour] = signs[state];
    const marked = process.stdout.isTTY ? `\x1b[${colour}m${sign}\x1b[0m` : sign;
    process.stdout.write(
      `${marked} ${record.source}\n${linesOf(record, state, thisBoot)
        .map((line) => `    ${line}\n`)
        .join('')}`,
    );
  }
}

function linesOf(record: RunRecord, state: RunState, thisBoot: boolean): string[] {
  const { ended, begunAt, leftOut, instance } = record;
  const first =
    ended === undefined
      ? state === 'running'
        ? `has been running since ${begunAt}`
        : `was interrupted; it began at ${begunAt}`
      : `${ended.at}, in ${(ended.tookMs / 1000).toFixed(1)} s: ${showCounts(ended.counts, leftOut.length)}`;
  return [
    first,
    ...(thisBoot ? [] : ['before the machine was last booted; not since']),
    ...(instance === undefined ? [] : [`instance ${instance}`]),
    ...(ended?.failed ?? []).flatMap(({ what, error }) => [`failed: ${what}`, ...indent(error)]),
    ...(ended?.queued ?? []).map((what) => `left to systemd: ${what}`),
    ...leftOut.map((line) => `left out: ${line}`),
  ];
}

const indent = (text: string): string[] => text.split('\n').map((line) => `    ${line}`);
