// fleetctl in this process: as fast as its work, for tables of many calls.

import { runFleetctl } from '../../../src/fleet/ctl/main.ts';
import type { Ended } from './cluster.ts';

/** Runs fleetctl to its end, with nothing of our environment. */
export async function fleetctlHere(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<Ended> {
  let [stdout, stderr] = ['', ''];
  const output = {
    out: (text: string) => {
      stdout += text;
    },
    err: (line: string) => {
      stderr += `${line}\n`;
    },
    progress: () => {},
    interactive: false,
  };
  const status = await runFleetctl(words, { output, environment, signal });
  return { status, stdout, stderr };
}
