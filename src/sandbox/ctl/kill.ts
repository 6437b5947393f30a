// keelson kill: pulls the plug of machines: every process of theirs is gone at once.

import type { Command } from 'commander';
import { machineCommand } from './machine-command.ts';

export function command(): Command {
  return machineCommand({
    name: 'kill',
    description: 'Pulls the plug of machines: every process of theirs is gone at once.',
    act: (machine) => machine.kill(),
    outcome: 'is off',
  });
}
