// keelson logs: the journal of a machine, or of all of them merged by time; or what a machine's console showed.

import { Command } from 'commander';
import { cliErrors } from '../../cli/index.ts';
import { foreground } from '../../host/index.ts';
import type { Cluster } from '../model.ts';
import { nameOption } from './options.ts';

interface LogsOptions {
  readonly name: string;
  readonly follow: boolean;
  readonly console: boolean;
  readonly unit?: readonly string[];
  readonly lines?: string;
}

const collect = (value: string, before: readonly string[] = []) => [...before, value];

export function command(): Command {
  return new Command('logs')
    .description(
      "Shows a machine's journal, also that of one that is off; without a name, all machines' by time. " +
        'Of a virtual machine that is off, it shows the console.',
    )
    .argument('[machine]')
    .addOption(nameOption())
    .option('-f, --follow', 'go on as new lines come', false)
    .option('-u, --unit <unit>', 'only of this unit (repeatable)', collect)
    .option('-n, --lines <n>', 'only the last lines')
    .option('--console', "what the machine's console showed, of all its runs", false)
    .action(logs);
}

async function logs(name: string | undefined, options: LogsOptions): Promise<void> {
  if (options.lines !== undefined && !/^\d+$/.test(options.lines)) {
    throw cliErrors.error('usage', `“${options.lines}” is no number of lines.`);
  }
  if (options.console && (name === undefined || options.unit !== undefined)) {
    throw cliErrors.error('usage', '--console shows the console of one machine: name it, and no unit.');
  }
  const { openCluster } = await import('../cluster.ts');
  const cluster = await openCluster(options.name);
  if (options.console && name !== undefined) {
    process.exitCode = await showConsole(cluster, name, options);
    return;
  }
  if (cluster.record.vm !== undefined) {
    process.exitCode = await virtualLogs(cluster, name, options);
    return;
  }
  const { clusterPaths } = await import('../paths.ts');
  const journal = clusterPaths(options.name).journal;
  const where =
    name === undefined
      ? [`--directory=${journal}`, '--merge']
      : [`--directory=${journal}/${cluster.machine(name).machineId}`];
  process.exitCode = await foreground(['journalctl', '--quiet', ...where, ...selection(options)]);
}

function selection(options: LogsOptions): string[] {
  const units = (options.unit ?? []).map((unit) => `--unit=${unit}`);
  const lines = options.lines === undefined ? [] : [`--lines=${options.lines}`];
  return [...units, ...lines, ...(options.follow ? ['--follow'] : [])];
}

async function showConsole(cluster: Cluster, name: string, options: LogsOptions): Promise<number> {
  const { clusterPaths, machinePaths } = await import('../paths.ts');
  const { console } = machinePaths(clusterPaths(cluster.name), cluster.machine(name).name);
  const lines = options.lines === undefined ? '+1' : options.lines;
  return await foreground([
    'tail',
    `--lines=${lines}`,
    ...(options.follow ? ['--follow=name'] : []),
    console,
  ]);
}

/** Journals of virtual machines are inside them, and only they can read them. */
async function virtualLogs(
  cluster: Cluster,
  name: string | undefined,
  options: LogsOptions,
): Promise<number> {
  const journalctl = ['journalctl', '--quiet', '--no-pager', ...selection(options)];
  if (name !== undefined) {
    const machine = cluster.machine(name);
    if ((await machine.state()) !== 'stopped') return await foreground(await machine.enter(journalctl));
    process.stderr.write(`${name} is off. Its console:\n`);
    return await showConsole(cluster, name, options);
  }
  const states = await Promise.all(cluster.machines.map((machine) => machine.state()));
  const running = cluster.machines.filter((_, index) => states[index] === 'running');
  for (const machine of cluster.machines.filter((each) => !running.includes(each))) {
    process.stderr.write(`${machine.name} does not run: its journal is on its disk.\n`);
  }
  if (options.follow) {
    const ends = running.map(async (machine) => foreground(await machine.enter(journalctl, false)));
    return Math.max(0, ...(await Promise.all(ends)));
  }
  const { mergeJournals } = await import('../merge-journals.ts');
  const precise = [...journalctl, '--output=short-iso-precise'];
  const answers = running.map((machine) => machine.exec(precise, { maxOutputBytes: 256 * 1024 * 1024 }));
  process.stdout.write(mergeJournals((await Promise.all(answers)).map(({ stdout }) => stdout)));
  return 0;
}
