// The tree of fleetctl's sub-commands: the one table behind parsing, help, completion and the manual.

import type { Context } from './context.ts';
import type { Flag } from './flags.ts';

export interface Command {
  readonly name: string;
  readonly group: string;
  /** Operands as the usage line shows them. */
  readonly operands: string;
  /** How many operands it takes, at least and at most; a wrong number is a usage error. */
  readonly arity?: readonly [number, number];
  /** fleet's own words for a wrong number; with them it is no usage error, but a failure (exit status 1). */
  readonly wrongNumber?: string;
  readonly summary: string;
  /** More, for its help. */
  readonly details?: string;
  readonly flags: readonly Flag[];
  /** From this many operands on, the rest is taken as it is: words of another command. */
  readonly rawAfter?: (given: ReadonlyMap<string, string>) => number;
  /** Not of fleet itself: never makes an abbreviation of fleet's commands ambiguous. */
  readonly own?: boolean;
  readonly hidden?: boolean;
  /** Whether UNIT@MACHINE makes sense: the command can look at, or do something to, a unit on one machine. */
  readonly onMachine?: boolean;
  /** Loads what it does: returns the exit status. */
  readonly load: () => Promise<{ readonly run: (context: Context) => Promise<number> }>;
}

const json: Flag = { name: 'json', help: 'Print JSON' };
const noBlock: Flag = { name: 'no-block', help: 'Do not wait' };
const waiting: readonly Flag[] = [
  noBlock,
  {
    name: 'block-attempts',
    value: 'N',
    number: true,
    help: 'Wait N times 2 s; 0 waits for ever',
  },
  {
    name: 'timeout',
    value: 'SECONDS',
    number: true,
    help: 'Wait so long; 0 for ever. Default: for ever on a terminal, elsewhere 90 s without any progress',
  },
  json,
];
/** Of what changes units. */
const changing: readonly Flag[] = [
  ...waiting,
  { name: 'dry-run', help: 'Only say what would be done, on which machine and why' },
];
const creating: readonly Flag[] = [
  { name: 'replace', help: 'Replace the unit in the cluster when the local file differs' },
  { name: 'sign', help: 'Without effect', hidden: true },
];
const sshPort: Flag = { name: 'ssh-port', value: 'PORT', number: true, fallback: '22', help: 'Port of sshd' };
const machine: Flag = { name: 'machine', value: 'ID', help: 'On this machine; the same as UNIT@ID' };
const list = (fields: string): readonly Flag[] => [
  { name: 'fields', value: 'LIST', fallback: fields, help: 'Columns, separated by commas' },
  { name: 'full', short: 'l', help: 'Do not shorten identifiers' },
  { name: 'no-legend', help: 'No header line' },
  { name: 'watch', short: 'w', help: 'Go on: redraw on a terminal, elsewhere print each change as a line' },
  json,
];

const units = 'Units';
const look = 'Looking';
const machines = 'Machines';
const other = 'Other';

export const commands: readonly Command[] = [
  {
    name: 'submit',
    group: units,
    operands: 'UNIT...',
    summary: 'Store units in the cluster, without placing them',
    details:
      'A UNIT is the path of a unit file, or an instance (web@1.service) of a template that is in the cluster or beside that path. ".service" may be left out.',
    flags: [...changing, ...creating],
    load: () => import('./submit.ts'),
  },
  {
    name: 'load',
    group: units,
    operands: 'UNIT...',
    summary: 'Place units on machines, without starting them',
    details: 'Units that are not in the cluster are submitted first. A running unit is stopped.',
    flags: [...changing, ...creating],
    load: () => import('./load.ts'),
  },
  {
    name: 'start',
    group: units,
    operands: 'UNIT...',
    summary: 'Place units on machines and start them',
    details:
      "Units that are not in the cluster are submitted first. Ends when systemd's job of each unit has ended; fails when one of them did, and says which.",
    flags: [...changing, ...creating],
    load: () => import('./start.ts'),
  },
  {
    name: 'stop',
    group: units,
    operands: 'UNIT...',
    summary: 'Stop units; they stay where they are',
    flags: changing,
    load: () => import('./stop.ts'),
  },
  {
    name: 'restart',
    group: units,
    operands: 'UNIT...',
    summary: 'Start units anew, where they are',
    details:
      'Units that are stopped are started. A global unit is restarted on one machine after the other, and no further when it fails on one; UNIT@MACHINE restarts it on that machine only. With --no-block all its machines restart it at once.',
    flags: [...changing, machine],
    onMachine: true,
    load: () => import('./restart.ts'),
  },
  {
    name: 'unload',
    group: units,
    operands: 'UNIT...',
    summary: 'Stop units and take them from their machines; they stay in the cluster',
    flags: changing,
    load: () => import('./unload.ts'),
  },
  {
    name: 'destroy',
    group: units,
    operands: 'UNIT...',
    summary: 'Stop units and remove them from the cluster',
    flags: changing,
    load: () => import('./destroy.ts'),
  },
  {
    name: 'cat',
    group: look,
    operands: 'UNIT',
    arity: [1, 1],
    wrongNumber: 'One unit file must be provided',
    summary: 'Print the content of a unit as it is in the cluster',
    flags: [json],
    load: () => import('./cat.ts'),
  },
  {
    name: 'status',
    group: look,
    operands: 'UNIT...',
    summary: "Show systemd's status of units, from their machines",
    details: 'Ends with the exit status of systemctl: 3 for a unit that does not run.',
    flags: [sshPort, machine, json, { ...noBlock, hidden: true }],
    onMachine: true,
    load: () => import('./status.ts'),
  },
  {
    name: 'journal',
    group: look,
    operands: 'UNIT',
    arity: [1, 1],
    wrongNumber: 'One unit file must be provided',
    summary: "Show a unit's journal, from its machine",
    flags: [
      { name: 'lines', value: 'N', number: true, fallback: '10', help: 'How many lines' },
      { name: 'follow', short: 'f', help: 'Go on with what comes' },
      { name: 'output', value: 'FORMAT', fallback: 'short', help: "journalctl's output format" },
      { name: 'sudo', help: 'Run journalctl by sudo' },
      machine,
      sshPort,
    ],
    onMachine: true,
    load: () => import('./journal.ts'),
  },
  {
    name: 'logs',
    group: look,
    operands: 'UNIT...',
    summary: 'Show the journals of units from all machines, in one, by time',
    details:
      'Without --follow it ends with what is there; with it, units are followed to the machines they move to. Machines that cannot be reached are named on standard error.',
    flags: [
      { name: 'follow', short: 'f', help: 'Go on with what comes' },
      {
        name: 'lines',
        short: 'n',
        value: 'N',
        help: 'How many of the newest lines, or "all" (10; all with --since or --until)',
      },
      {
        name: 'since',
        value: 'TIME',
        help: 'From then on, as journalctl takes it: "10:00", "-1h", "yesterday"',
      },
      { name: 'until', value: 'TIME', help: 'Until then' },
      { name: 'priority', short: 'p', value: 'LEVEL', help: 'Only so important or more: err, warning, 0..4' },
      { name: 'grep', short: 'g', value: 'PATTERN', help: 'Only lines that match' },
      {
        name: 'output',
        short: 'o',
        value: 'FORMAT',
        fallback: 'short',
        help: 'short, short-iso, short-precise, cat, json',
      },
      { name: 'json', help: 'An object a line' },
      { name: 'sudo', help: 'Run journalctl by sudo' },
      machine,
      sshPort,
    ],
    onMachine: true,
    own: true,
    load: () => import('./logs.ts'),
  },
  {
    name: 'top',
    group: look,
    operands: '[UNIT...]',
    summary: 'Show what units use of their machines: CPU, memory, IO, tasks',
    details:
      'As systemd counts it by control groups; 100 % CPU is one processor. IO that is not accounted (IOAccounting=yes) is counted by the processes, where the login user may see it. On a terminal: q quits, c m i t u sort.',
    flags: [
      { name: 'once', help: 'Print one table and end' },
      { name: 'iterations', short: 'n', value: 'N', number: true, help: 'Print so many tables and end' },
      {
        name: 'interval',
        short: 'd',
        value: 'SECONDS',
        number: true,
        fallback: '2',
        help: 'Time between two looks',
      },
      { name: 'sort', value: 'KEY', fallback: 'cpu', help: 'cpu, memory, io, tasks or unit' },
      { name: 'json', help: 'An object for each look, on a line' },
      machine,
      sshPort,
    ],
    onMachine: true,
    own: true,
    load: () => import('./top.ts'),
  },
  {
    name: 'why',
    group: look,
    operands: 'UNIT',
    arity: [1, 1],
    summary: 'Say for each machine why a unit is there or not',
    flags: [{ name: 'full', short: 'l', help: 'Do not shorten identifiers' }, json],
    own: true,
    load: () => import('./why.ts'),
  },
  {
    name: 'list-units',
    group: look,
    operands: '',
    summary: 'List units that are on machines, with their state in systemd',
    flags: [
      ...list('unit,machine,active,sub'),
      { name: 'all', short: 'a', help: 'Also units that are wanted and on no machine yet' },
    ],
    details: 'Fields: unit, machine, load, active, sub, hash, waiting.',
    load: () => import('./list-units.ts'),
  },
  {
    name: 'list-unit-files',
    group: look,
    operands: '',
    summary: 'List all units of the cluster, with their desired state',
    flags: list('unit,hash,dstate,state,target'),
    details: 'Fields: unit, hash, dstate, state, target, global, desc, reached, waiting.',
    load: () => import('./list-unit-files.ts'),
  },
  {
    name: 'list-machines',
    group: machines,
    operands: '',
    summary: 'List the machines of the cluster',
    flags: list('machine,ip,metadata'),
    details: 'Fields: machine, ip, metadata, drain.',
    load: () => import('./list-machines.ts'),
  },
  {
    name: 'ssh',
    group: machines,
    operands: '[MACHINE|UNIT] [COMMAND...]',
    summary: 'Open a shell, or run a command, on a machine or where a unit is',
    details: 'The words of COMMAND are joined by blanks and read by the shell of the machine.',
    flags: [
      { name: 'machine', value: 'ID', help: 'The machine, by the beginning of its ID' },
      { name: 'unit', value: 'UNIT', help: 'The machine that has this unit' },
      { name: 'forward-agent', short: 'A', help: 'Forward the SSH agent' },
      sshPort,
    ],
    onMachine: true,
    rawAfter: (given) => (given.has('machine') || given.has('unit') ? 0 : 1),
    load: () => import('./ssh.ts'),
  },
  {
    name: 'drain',
    group: machines,
    operands: 'MACHINE',
    arity: [1, 1],
    summary: 'Move all units from a machine, and let none come',
    details:
      'Each unit is stopped there before it starts elsewhere. A unit that no other machine takes stays and is named with the reason (exit status 1). The machine stays drained, also over a reboot, until "fleetctl undrain".',
    flags: [
      { name: 'force', help: 'Also stop units that no other machine takes' },
      { name: 'reason', value: 'TEXT', help: 'Why, for those who ask' },
      { name: 'dry-run', help: 'Only say what would move and what would stay' },
      noBlock,
      { name: 'timeout', value: 'SECONDS', number: true, help: 'Wait so long; 0 for ever' },
      json,
    ],
    own: true,
    load: () => import('./drain.ts'),
  },
  {
    name: 'undrain',
    group: machines,
    operands: 'MACHINE',
    arity: [1, 1],
    summary: 'Let a drained machine take units again',
    flags: [json],
    own: true,
    load: () => import('./undrain.ts'),
  },
  {
    name: 'rebalance',
    group: machines,
    operands: '',
    arity: [0, 0],
    summary: 'Move as few units as it takes for machines to carry the same',
    flags: [{ name: 'dry-run', help: 'Only say what would move' }, json],
    own: true,
    load: () => import('./rebalance.ts'),
  },
  {
    name: 'metadata',
    group: machines,
    operands: 'MACHINE [KEY=VALUE|KEY-]...',
    summary: 'Show or change the metadata of a machine while it runs',
    details: 'KEY- removes. What is set here wins over fleet.conf and outlives restarts of the machine.',
    flags: [json],
    own: true,
    load: () => import('./metadata.ts'),
  },
  {
    name: 'fd-forward',
    group: other,
    operands: 'SOCKET',
    arity: [1, 1],
    wrongNumber: 'One argument, the path of a socket, must be provided',
    summary: 'Connect standard input and output to a unix socket',
    flags: [],
    load: () => import('./fd-forward.ts'),
  },
  {
    name: 'completion',
    group: other,
    operands: 'bash|zsh|fish',
    arity: [1, 1],
    summary: 'Print a completion script for that shell',
    details: 'bash: source <(fleetctl completion bash)',
    flags: [],
    own: true,
    load: () => import('./completion.ts'),
  },
  {
    name: 'version',
    group: other,
    operands: '',
    summary: 'Print the version',
    flags: [],
    load: () => import('./version.ts'),
  },
  {
    name: 'help',
    group: other,
    operands: '[COMMAND]',
    summary: 'Show help for a command, or for all',
    flags: [],
    load: () => import('./help.ts'),
  },
  {
    name: 'verify',
    group: other,
    operands: 'UNIT',
    summary: 'Does nothing: signed units are gone',
    flags: [],
    hidden: true,
    own: true,
    load: () => import('./verify.ts'),
  },
];
