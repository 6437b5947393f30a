// What grow-root does and says. Apart from its command line, which takes longer to load than a boot with nothing
// to do takes here.

import { writeSync } from 'node:fs';
import { type GrowTarget, grow, type HalfOutcome, sizeText } from '../disk/index.ts';
import { machineErrors } from './errors.ts';

export interface GrowRootOptions {
  readonly target: GrowTarget;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

const keepFolders = ['/var/lib/keelson/partition-tables', '/run/keelson/partition-tables'];
const lockPath = '/run/keelson/grow-root.lock';

/** Exit status when a half is of a kind that we do not grow: no failure, but not what was asked for. */
const leftAlone = 3;

/** Grows /, as a boot does; errors go to standard error as those of every command. Yields the exit status. */
export async function run(mountPoint = '/', dryRun = false): Promise<number> {
  try {
    return await growRoot({ target: { mountPoint }, dryRun, json: false, quiet: false });
  } catch (error) {
    const { describeError } = await import('../cli/index.ts');
    const { text, exit } = describeError('keelson', error);
    writeSync(2, text);
    return exit;
  }
}

/** Grows, and prints how each half ended. Yields the exit status; throws `machine.denied` to all but root. */
export async function growRoot(options: GrowRootOptions): Promise<number> {
  if (process.getuid?.() !== 0) {
    throw machineErrors.error('denied', 'Only root can read disks.', { hint: 'Run it again with sudo.' });
  }
  const outcomes = await grow(options.target, { dryRun: options.dryRun, keepFolders, lockPath });
  // Not process.stdout, which takes as long to load as all of this.
  writeSync(1, report(outcomes, options));
  return statusOf(outcomes);
}

function statusOf(outcomes: readonly HalfOutcome[]): number {
  const has = (...words: readonly HalfOutcome['outcome'][]) =>
    outcomes.some(({ outcome }) => words.includes(outcome));
  if (has('failed', 'refused')) return 1;
  return has('cannot') ? leftAlone : 0;
}

function report(outcomes: readonly HalfOutcome[], { json, quiet }: GrowRootOptions): string {
  if (json) return `${JSON.stringify(outcomes, undefined, 2)}\n`;
  return outcomes
    .filter(({ outcome }) => !(quiet && outcome === 'full'))
    .map(lineOf)
    .join('');
}

const verbs: Readonly<Record<HalfOutcome['outcome'], string>> = {
  grown: 'has grown',
  'would grow': 'would grow',
  full: 'is left as it is.',
  cannot: 'is left alone.',
  refused: 'is not touched.',
  failed: 'has not grown.',
};

function lineOf({ subject, outcome, fromBytes, toBytes, reason, hint }: HalfOutcome): string {
  const sizes = toBytes > fromBytes ? ` from ${sizeText(fromBytes)} to ${sizeText(toBytes)}.` : '';
  const line = `${subject} ${verbs[outcome]}${sizes} ${reason}\n`;
  return hint === undefined ? line : `${line}  ${hint}\n`;
}
