// keelson simulate: a cluster in this process, filled and put through faults; what must never happen is
// looked for all along.

import { Command, InvalidArgumentError } from 'commander';
import { cliErrors, nearest, renderTable, styled } from '../../cli/index.ts';
import type { ScenarioReport, SimulationReport } from '../model.ts';
import { runOnEtcd } from '../on-etcd.ts';
import { runInMemory } from '../run.ts';
import { isScenario, type ScenarioName, scenarios } from '../scenarios.ts';

interface Flags {
  readonly machines: number;
  readonly units: number;
  readonly seed?: number;
  readonly seeds: number;
  readonly agentTtl: number;
  readonly scenario: readonly string[];
  readonly endpoint?: readonly string[];
  readonly json: boolean;
}

const names = Object.keys(scenarios);
const restSeconds = 30;

export function command(): Command {
  return new Command('simulate')
    .description(
      'Simulate a cluster: real agents, engine and scheduler, systemd and the store in memory, a virtual clock.\n' +
        'Exits 1 when something happened that must never happen; the seed brings it about again.',
    )
    .option('--machines <n>', 'how many machines', count, 10)
    .option('--units <n>', 'how many units it is filled with', count, 100)
    .option('--scenario <name...>', `what happens to it: ${names.join(', ')}, or all`, ['all'])
    .option('--seed <n>', 'what the course of events follows from; without it one by chance', count)
    .option('--seeds <n>', 'so many runs, each with the next seed', count, 1)
    .option('--agent-ttl <seconds>', 'one lease of a machine', count, 8)
    .option(
      '--endpoint <url...>',
      'on this etcd instead, in real time: boot, fill, rest, lose a machine, destroy',
    )
    .option('--json', 'print the reports as JSON', false)
    .action(async (flags: Flags) => {
      const chosen = flags.scenario.includes('all') ? names.filter(isScenario) : flags.scenario.map(known);
      const first = flags.seed ?? Math.floor(Math.random() * 1e6);
      for (let seed = first; seed < first + flags.seeds; seed++) {
        const { machines, units, endpoint: endpoints } = flags;
        const size = { machines, units, seed, ttlMs: flags.agentTtl * 1000 };
        const report =
          endpoints === undefined
            ? await runInMemory({ ...size, scenarios: chosen })
            : await runOnEtcd({ ...size, endpoints, restSeconds });
        process.stdout.write(flags.json ? `${JSON.stringify(report)}\n` : textOf(report));
        if (report.violations.length > 0) process.exitCode = 1;
      }
    });
}

function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number above 0.');
  return Number(text);
}

function known(name: string): ScenarioName {
  if (isScenario(name)) return name;
  const near = nearest(name, names);
  throw cliErrors.error('usage', `There is no scenario ${name}.`, {
    hint: near === undefined ? `There are: ${names.join(', ')}.` : `Did you mean ${near}?`,
  });
}

function textOf(report: SimulationReport): string {
  const { machines, units, seed, violations, heapKiBPerMachine, trace } = report;
  const head = `${machines} machines, ${units} units, seed ${seed}: ${heapKiBPerMachine} KiB of heap a machine, trace ${trace}\n`;
  const rows = report.scenarios.map((one) => [
    one.scenario,
    one.clusterSeconds.toFixed(1),
    one.cpuSeconds.toFixed(2),
    String(one.load.requests),
    String(one.load.operations),
    figuresOf(one),
  ]);
  const table = renderTable({
    header: ['SCENARIO', 'CLUSTER S', 'CPU S', 'REQUESTS', 'WRITES', 'FIGURES'],
    rows,
  });
  const wrong = violations.map((sentence) => `${styled('red', 'violation')} ${sentence}\n`).join('');
  const again = `keelson simulate --machines ${machines} --units ${units} --seed ${seed}`;
  return `${head}${table}${wrong}${wrong === '' ? '' : `${violations.length} violations; the same again with ${again} and the same scenarios.\n`}`;
}

function figuresOf({ figures }: ScenarioReport): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name} ${Number(value.toFixed(3))}`)
    .join(', ');
}
