// fleetctl in this process: as fast as its work, for tables of many calls.

import assert from 'node:assert/strict';
import type { Screen } from '../../../src/fleet/ctl/context.ts';
import { runFleetctl } from '../../../src/fleet/ctl/main.ts';
import type { Ended } from './cluster.ts';

/** Runs fleetctl to its end, with nothing of our environment. */
export async function fleetctlHere(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const { ended } = fleetctlGoing(words, environment);
  return ended;
}

/** Starts fleetctl; `screen` makes its standard output a terminal of that size. */
export function fleetctlGoing(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  screen?: Screen,
) {
  let [stdout, stderr] = ['', ''];
  const waiting = new Set<() => void>();
  const interrupt = new AbortController();
  const output = {
    out: (text: string) => {
      stdout += text;
      for (const look of [...waiting]) look();
    },
    err: (line: string) => {
      stderr += `${line}\n`;
      for (const look of [...waiting]) look();
    },
    progress: () => {},
    interactive: false,
    screen,
  };
  const running = runFleetctl(words, { output, environment, signal: interrupt.signal });
  return {
    ended: running.then((status): Ended => ({ status, stdout, stderr })),
    /** Waits until the output of this and earlier calls ends so; returns what came since the last call. */
    async until(holds: (stdout: string, stderr: string) => boolean, what: string): Promise<string> {
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = () => {
        if (holds(stdout, stderr)) resolve();
      };
      waiting.add(look);
      look();
      const timer = setTimeout(resolve, 60_000);
      await promise;
      clearTimeout(timer);
      waiting.delete(look);
      assert.ok(holds(stdout, stderr), `not within a minute: ${what}\n${stdout}\n${stderr}`);
      const told = stdout;
      stdout = '';
      return told;
    },
    interrupt: () => interrupt.abort(),
  };
}
