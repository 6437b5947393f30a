// keelson stop: powers machines off cleanly and waits for it.

import type { Command } from 'commander';
import { machineCommand } from './machine-command.ts';

export function command(): Command {
  return machineCommand({
    name: 'stop',
    description: 'Powers machines off cleanly and waits for it.',
    act: (machine) => machine.stop(),
    outcome: 'is off',
  });
}
