// keelson status: the clusters of this host and their machines.

import { Command } from 'commander';
import { renderTable } from '../../cli/index.ts';
import type { ClusterStatus } from '../clusters.ts';

interface StatusOptions {
  readonly name?: string;
  readonly json: boolean;
}

export function command(): Command {
  return new Command('status')
    .description('Shows the machines of all clusters on this host, or of one.')
    .option('--name <cluster>', 'only this cluster')
    .option('--json', 'as JSON: a list of clusters', false)
    .addHelpText('after', '\nExit status: 0 all machines run, 3 one does not, 4 there is no such cluster.')
    .action(status);
}

async function status(options: StatusOptions): Promise<void> {
  const { clusterNames, clusterStatus } = await import('../clusters.ts');
  const names = options.name === undefined ? await clusterNames() : [options.name];
  const clusters = await Promise.all(names.map(clusterStatus));
  if (options.json) process.stdout.write(`${JSON.stringify(clusters, null, 2)}\n`);
  else if (clusters.length === 0)
    process.stdout.write('There is no cluster on this host. `keelson up` starts one.\n');
  else process.stdout.write(statusTable(clusters));
  const running = clusters.every(({ machines }) => machines.every((machine) => machine.state === 'running'));
  if (!running) process.exitCode = 3;
}

/** The table of `keelson status`. */
export function statusTable(clusters: readonly ClusterStatus[]): string {
  return renderTable({
    header: ['CLUSTER', 'MACHINE', 'ADDRESS', 'STATE', 'SYSTEMD', 'PID', 'MACHINE ID'],
    rows: clusters.flatMap(({ name, machines }) =>
      machines.map((machine) => [
        name,
        machine.name,
        machine.address,
        machine.state,
        machine.systemd || '-',
        String(machine.leader ?? '-'),
        machine.machineId,
      ]),
    ),
  });
}
