// What `keelson up` says at its end: what to type next.

import type { ClusterRecord } from './model.ts';
import { type ClusterPaths, machinePaths } from './paths.ts';

export interface NextStepsOptions {
  /** How the user called us: `bin/`, or nothing for an installed command. */
  readonly prefix: string;
  /** The demo workload runs; on this machine it has something to lose. */
  readonly demo?: { readonly victim: string };
}

/** A few lines of commands that work on this cluster as they stand. */
export function nextSteps(record: ClusterRecord, paths: ClusterPaths, options: NextStepsOptions): string {
  const [first] = record.machines;
  if (first === undefined) return '';
  const keelson = (command: string, ...words: string[]) =>
    [
      `${options.prefix}keelson`,
      command,
      ...(record.name === 'demo' ? [] : ['--name', record.name]),
      ...words,
    ].join(' ');
  const lines: string[] = [];
  const step = (what: string, ...commands: string[]) =>
    lines.push(`# ${what}`, ...commands.map((command) => `  ${command}`));

  if (record.kind === 'keelson') {
    lines.push(
      '# fleetctl on this host, through the socket of the first machine; to the others by ssh',
      `  export FLEETCTL_ENDPOINT=unix://${machinePaths(paths, first.name).socket}`,
      `  export FLEETCTL_SSH_CONFIG=${paths.sshConfig}`,
      `  ${options.prefix}fleetctl list-machines`,
      `  ${options.prefix}fleetctl list-units`,
    );
    if (record.machines.length > 1) {
      // With a tunnel the endpoint is a path on the other side.
      const tunnel = `--endpoint unix:///run/fleet.sock --tunnel ${first.name}`;
      step('or through an SSH tunnel', `${options.prefix}fleetctl ${tunnel} list-units`);
    }
  }
  if (options.demo !== undefined) {
    step(
      'one unit, wherever it is',
      `${options.prefix}fleetctl status web@1`,
      `${options.prefix}fleetctl journal -f web@1`,
    );
    step(
      'the web service, and what asks all of its instances every 15 s',
      keelson('net', '--', 'curl', '-s', ...record.machines.map(({ name }) => `http://${name}:8080/`)),
      keelson('exec', first.name, '--', 'etcdctl', 'get', '--print-value-only', '/report'),
    );
    if (record.machines.length > 1) {
      step(
        'pull the plug of a machine, and watch its instance move; then boot it again',
        keelson('kill', options.demo.victim),
        `${options.prefix}fleetctl list-units`,
        keelson('start', options.demo.victim),
      );
    }
  }
  step(
    'a shell on a machine; what all machines log; the end',
    keelson('ssh', first.name),
    keelson('logs', '-f'),
    keelson('down'),
  );
  return `\nWhat to type next:\n${lines.join('\n')}\n`;
}
