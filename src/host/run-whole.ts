// Runs a program so that nothing of it outlives us: no process goes on, no mount stays.

import { type RunOptions, type RunResult, run } from './run.ts';

const alone = [
  '--pdeathsig',
  'KILL',
  'unshare',
  '--mount',
  '--pid',
  '--fork',
  '--kill-child',
  '--mount-proc',
  '--propagation',
  'private',
  '--',
];

/**
 * Runs a program with all its descendants in mount and pid namespaces of their own that die with us: nothing
 * goes on building, and no mount stays, when we are killed. Needs root. Deadline by default 15 minutes.
 * Throws as `run` does.
 */
export async function runWhole(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return await run('setpriv', [...alone, ...argv], { deadlineMs: 900_000, ...options });
}
