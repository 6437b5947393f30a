// locksmithd from its command line: what it takes to know what to load.

import { version } from '../host/index.ts';
import { daemonFlags } from './daemon-settings.ts';
import { flagUsage, flagValues, parseFlags } from './flags.ts';
import { createLog } from './log.ts';

/** Runs locksmithd with these words; returns the exit status. Throws `locksmith.config`, `.window` and the like. */
export async function main(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const { given, rest, error, help } = parseFlags(words, daemonFlags);
  const complaint =
    error ?? (rest.length > 0 ? `locksmithd takes no arguments: ${rest.join(' ')}` : undefined);
  if (complaint !== undefined || help === true) {
    process.stderr.write(
      `${complaint === undefined ? '' : `${complaint}\n`}${flagUsage('locksmithd', daemonFlags)}`,
    );
    return complaint === undefined ? 0 : 2;
  }
  const value = flagValues(daemonFlags, given, 'LOCKSMITHD', env);
  if (value('version') === 'true') {
    process.stdout.write(`locksmithd version ${version()}\n`);
    return 0;
  }
  const log = createLog();
  if (value('check-config') === 'true') {
    const { readSettings } = await import('./run-daemon.ts');
    await readSettings({ env, value, log: (_, text) => void process.stdout.write(`${text}\n`) });
    process.stdout.write('The settings can be followed.\n');
    return 0;
  }
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort());
  const { signal } = stop;
  if (value('serve-fleetlock') !== '') {
    const { serveFleetLock } = await import('./serve-fleetlock.ts');
    await serveFleetLock({ value, log, signal });
  } else {
    const { runDaemon } = await import('./run-daemon.ts');
    await runDaemon({ env, value, log, signal });
  }
  return 0;
}
