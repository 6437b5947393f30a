// The form of the commands that do one thing to some machines: start, stop, kill.

import { Command } from 'commander';
import type { Machine } from '../model.ts';
import { nameOption } from './options.ts';

export interface MachineCommand {
  readonly name: string;
  readonly description: string;
  readonly act: (machine: Machine) => Promise<void>;
  /** How a machine is afterwards, after its name. */
  readonly outcome: string;
}

/** A command that takes machines of one cluster, acts on all of them at once, and says how they are then. */
export function machineCommand({ name, description, act, outcome }: MachineCommand): Command {
  return new Command(name)
    .description(description)
    .argument('<machine...>')
    .addOption(nameOption())
    .action(async (names: readonly string[], options: { readonly name: string }) => {
      const { openCluster } = await import('../cluster.ts');
      const cluster = await openCluster(options.name);
      const machines = names.map(cluster.machine);
      await Promise.all(machines.map(act));
      for (const machine of machines) process.stdout.write(`${machine.name} ${outcome}.\n`);
    });
}
