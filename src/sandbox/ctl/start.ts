// keelson start: boots machines that are off, from the disks they had.

import type { Command } from 'commander';
import { machineCommand } from './machine-command.ts';

export function command(): Command {
  return machineCommand({
    name: 'start',
    description: 'Boots machines that are off, from the disks they had.',
    act: (machine) => machine.start(),
    outcome: 'runs',
  });
}
