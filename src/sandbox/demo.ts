// The workload of `keelson up --demo`: the units of cloud-config/examples/workload, started as a user would.

import { join } from 'node:path';
import { homeDirectory, run } from '../host/index.ts';
import type { Cluster, Machine } from './model.ts';

/** How many web servers: one fewer than machines, so that one can move when its machine is lost. */
export function instances(machines: number): number {
  return Math.max(1, machines - 1);
}

/**
 * Starts the workload through the API of `first`, and returns the name of a machine
 * with a web server, not the first one if there are others. Throws what fleetctl says.
 */
export async function startDemo(
  cluster: Cluster,
  first: Machine,
  onStep: (text: string) => void,
): Promise<string | undefined> {
  onStep('Starting a web service, its announcers, a global unit and a timer');
  const home = homeDirectory();
  const folder = join(home, 'cloud-config/examples/workload');
  const numbers = Array.from({ length: instances(cluster.machines.length) }, (_, index) => index + 1);
  const fleetctl = (...words: string[]) =>
    run(
      process.execPath,
      [join(home, 'dist/fleetctl.js'), '--endpoint', `unix://${first.socket}`, ...words],
      {
        deadlineMs: 180_000,
      },
    );
  const at = (name: string) => join(folder, name);
  // A timer does not start without the service that it starts: both go to their machine first.
  await fleetctl('load', at('report.timer'), at('report.service'));
  await fleetctl(
    'start',
    ...numbers.flatMap((number) => [at(`web@${number}.service`), at(`web-announce@${number}.service`)]),
    at('machine-load.service'),
    at('report.timer'),
  );
  const { stdout } = await fleetctl('list-units', '--no-legend', '--full', '--fields=unit,machine');
  const busy = stdout.split('\n').filter((line) => line.startsWith('web@'));
  const others = cluster.machines.filter((machine) => machine !== first);
  return [...others, first].find(({ machineId }) => busy.some((line) => line.includes(machineId)))?.name;
}
