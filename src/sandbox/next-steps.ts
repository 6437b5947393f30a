// What `keelson up` says at its end: what to type next.

import type { ClusterRecord } from './model.ts';
import { type ClusterPaths, machinePaths } from './paths.ts';

/** A few lines of commands that work on this cluster as they stand. */
export function nextSteps(record: ClusterRecord, paths: ClusterPaths): string {
  const name = record.name === 'demo' ? '' : ` --name ${record.name}`;
  const [first] = record.machines;
  if (first === undefined) return '';
  const socket = machinePaths(paths, first.name).socket;
  const fleet: [string, string][] =
    record.kind === 'keelson'
      ? [[`fleetctl --endpoint unix://${socket} list-machines`, 'the machines, as fleet sees them']]
      : [];
  const steps: [string, string][] = [
    ...fleet,
    [`keelson ssh${name} ${first.name}`, 'a shell on the first machine'],
    [`keelson logs${name} -f`, 'what all machines log, as it comes'],
    [`keelson kill${name} ${record.machines.at(-1)?.name ?? ''}`, 'pull the plug of one'],
    [`keelson down${name}`, 'end it and leave nothing behind'],
  ];
  const width = Math.max(...steps.map(([command]) => command.length));
  return steps.map(([command, what]) => `  ${command.padEnd(width)}  ${what}\n`).join('');
}
