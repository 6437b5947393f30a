// keelson logs: the journal of a machine, or of all of them merged by time.

import { Command } from 'commander';
import { cliErrors } from '../../cli/index.ts';
import { foreground } from '../../host/index.ts';
import { nameOption } from './options.ts';

interface LogsOptions {
  readonly name: string;
  readonly follow: boolean;
  readonly unit?: readonly string[];
  readonly lines?: string;
}

const collect = (value: string, before: readonly string[] = []) => [...before, value];

export function command(): Command {
  return new Command('logs')
    .description(
      "Shows a machine's journal, also that of one that is off; without a name, all machines' by time.",
    )
    .argument('[machine]')
    .addOption(nameOption())
    .option('-f, --follow', 'go on as new lines come', false)
    .option('-u, --unit <unit>', 'only of this unit (repeatable)', collect)
    .option('-n, --lines <n>', 'only the last lines')
    .action(logs);
}

async function logs(name: string | undefined, options: LogsOptions): Promise<void> {
  if (options.lines !== undefined && !/^\d+$/.test(options.lines)) {
    throw cliErrors.error('usage', `“${options.lines}” is no number of lines.`);
  }
  const { openCluster } = await import('../cluster.ts');
  const { clusterPaths } = await import('../paths.ts');
  const cluster = await openCluster(options.name);
  const journal = clusterPaths(options.name).journal;
  const where =
    name === undefined
      ? [`--directory=${journal}`, '--merge']
      : [`--directory=${journal}/${cluster.machine(name).machineId}`];
  const units = (options.unit ?? []).map((unit) => `--unit=${unit}`);
  const lines = options.lines === undefined ? [] : [`--lines=${options.lines}`];
  const follow = options.follow ? ['--follow'] : [];
  const argv = ['journalctl', '--quiet', ...where, ...units, ...lines, ...follow];
  process.exitCode = await foreground(argv);
}
