// fleetd from its command line: what it takes to know what to load.

import { cliErrors } from '../cli/index.ts';
import { version } from '../host/index.ts';

const usage = `Usage: fleetd [--config PATH]

The daemon of fleet: holds this machine's units, schedules the cluster's, and serves the API.

  --config PATH   read this file instead of /etc/fleet/fleet.conf
  --version       print the version
  --help          print this text

Every key of fleet.conf can be given as FLEET_KEY in the environment, which wins.
`;

/** Runs fleetd with these arguments. Throws `cli.usage` and what `runDaemon` throws. */
export async function main(args: readonly string[], env: Record<string, string | undefined>): Promise<void> {
  let configPath: string | undefined;
  let away = false;
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
    if (flag === 'mark-away') away = true;
    else if (flag === 'config') {
      configPath = inline ?? args[++index];
      if (configPath === undefined || configPath === '') {
        throw cliErrors.error('usage', '--config needs the path of a file.');
      }
    } else throw cliErrors.error('usage', `Unknown argument ${args[index]}; see fleetd --help.`);
  }
  const daemon = await import('./run-daemon.ts');
  await (away ? daemon.markMachineAway : daemon.runDaemon)({ configPath, env });
}

/** `--flag=value`, with one dash or two, as [flag, value]. */
function splitFlag(argument: string): readonly [string | undefined, string | undefined] {
  const parts = /^--?([a-z-]+)(?:=(.*))?$/s.exec(argument);
  return parts === null ? [undefined, undefined] : [parts[1], parts[2]];
}
