// update-engine from its command line: what it takes to know what to load.

import { version } from '../host/index.ts';
import { updateErrors } from './errors.ts';

const usage = `Usage: update-engine [--verbose] [--check-config]

The update engine of this machine: asks the server of update.conf for a new version, verifies it, writes it to the
slot that does not run, and lets the next boot try it. update_engine_client talks to it.

  --check-config  say what is wrong with the configuration; exit with 1 if anything is
  --verbose       say more
  --version       print the version
  --help          print this text

Files:
  /etc/coreos/update.conf, /usr/share/coreos/update.conf, /usr/share/coreos/release
  /var/lib/update_engine
`;

/** Runs update-engine with these arguments. Throws `update.usage` and what the daemon throws. */
export async function main(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  let verbose = false;
  let check = false;
  for (const argument of args) {
    const flag = /^--?([a-z-]+)$/.exec(argument)?.[1];
    if (flag === 'version') {
      process.stdout.write(`update-engine version ${version()}\n`);
      return 0;
    }
    if (flag === 'help' || flag === 'h') {
      process.stdout.write(usage);
      return 0;
    }
    if (flag === 'verbose') verbose = true;
    else if (flag === 'check-config') check = true;
    else throw updateErrors.error('usage', `Unknown argument ${argument}; see update-engine --help.`);
  }
  if (check) return await checkConfig();
  const { runDaemon } = await import('./run-daemon.ts');
  await runDaemon({ env, verbose });
  return 0;
}

async function checkConfig(): Promise<number> {
  const { readConfig, showFinding } = await import('./config/read.ts');
  const { settings, findings } = await readConfig();
  for (const finding of findings) process.stdout.write(`${showFinding(finding)}\n`);
  if (settings.serverProblem !== undefined) process.stdout.write(`${settings.serverProblem}\n`);
  return findings.length > 0 ? 1 : 0;
}
