// fleetd from its command line: what it takes to know what to load.

import { version } from '../host/index.ts';
import { fleetErrors } from './errors.ts';

const usage = `Usage: fleetd [--config PATH] [--check-config]

The daemon of fleet: holds this machine's units, schedules the cluster's, and serves the API.

  --config PATH   read this file instead of /etc/fleet/fleet.conf
  --check-config  say what is wrong with the configuration; exit with 1 if anything is
  --version       print the version
  --help          print this text

Every key of fleet.conf can be given as FLEET_KEY in the environment, which wins.
`;

/** Runs fleetd with these arguments. Throws `fleet.usage` and what `runDaemon` throws. */
export async function main(args: readonly string[], env: Record<string, string | undefined>): Promise<void> {
  let configPath: string | undefined;
  let task: 'run' | 'mark-away' | 'check-config' = 'run';
  for (let index = 0; index < args.length; index++) {
    const [flag, inline] = splitFlag(args[index] ?? '');
    if (flag === 'version' || args[index] === 'version') {
      process.stdout.write(`fleetd version ${version()}\n`);
      return;
    }
    if (flag === 'help' || flag === 'h') {
      process.stdout.write(usage);
      return;
    }
    if (flag === 'mark-away' || flag === 'check-config') task = flag;
    else if (flag === 'config') {
      configPath = inline ?? args[++index];
      if (configPath === undefined || configPath === '') {
        throw fleetErrors.error('usage', '--config needs the path of a file.');
      }
    } else throw fleetErrors.error('usage', `Unknown argument ${args[index]}; see fleetd --help.`);
  }
  if (task === 'check-config') {
    const { checkConfig } = await import('./check-config.ts');
    return await checkConfig({ configPath, env }, (line) => process.stdout.write(`${line}\n`));
  }
  if (task === 'mark-away') {
    const { markMachineAway } = await import('./mark-away.ts');
    return await markMachineAway({ configPath, env });
  }
  const { runDaemon } = await import('./run-daemon.ts');
  await runDaemon({ configPath, env });
}

/** `--flag=value`, with one dash or two, as [flag, value]. */
function splitFlag(argument: string): readonly [string | undefined, string | undefined] {
  const parts = /^--?([a-z-]+)(?:=(.*))?$/s.exec(argument);
  return parts === null ? [undefined, undefined] : [parts[1], parts[2]];
}
