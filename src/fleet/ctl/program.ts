// Puts commander behind the table of commands: it checks flags and operands and writes the help.

import { Command as CommanderCommand, CommanderError, Option } from 'commander';
import { cliErrors, nearest } from '../../cli/index.ts';
import { type Command, commands } from './commands.ts';
import { type Flag, type GivenValues, globalFlags } from './flags.ts';

/**
 * The values of the flags of one command, `undefined` being fleetctl without any.
 * Throws `cli.usage` for an unknown flag, a missing value or a wrong number of operands.
 */
export function parseFlags(
  command: Command | undefined,
  flags: readonly string[],
  operands: readonly string[],
): GivenValues {
  const parser = commandParser(command);
  try {
    parser.parse([...flags, '--', ...operands], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) throw usageError(error, command);
    throw error;
  }
  const values = Object.entries(parser.opts<Record<string, unknown>>());
  const [least, most] = command?.arity ?? [0, Number.POSITIVE_INFINITY];
  const given = new Map(values.map(([name, value]) => [name, String(value)]));
  const wrongCount = operands.length < least || operands.length > most;
  if (wrongCount && given.get('help') !== 'true') {
    const count = least === 1 && most === 1 ? 'exactly one argument' : `${least} to ${most} arguments`;
    throw cliErrors.error('usage', `${command?.name} takes ${count}, not ${operands.length}.`, {
      hint: `Usage: fleetctl ${command?.name} ${command?.operands}`,
    });
  }
  return given;
}

/** The help of one command, or of fleetctl. Ends with a newline. */
export function helpText(command: Command | undefined, version: string): string {
  const parser = commandParser(command);
  parser.configureHelp({
    helpWidth: Math.min(100, process.stdout.columns ?? 100),
    subcommandTerm: (child) => child.name(),
    optionTerm: (option) => (option.description === '' ? option.flags : flagTerm(option)),
    commandUsage: () =>
      command === undefined ? 'fleetctl [FLAGS] COMMAND [ARGUMENTS]' : commandUsage(command),
  });
  if (command === undefined) {
    parser.description('Controls units of systemd across the machines of a cluster.');
    for (const { name, summary, group, hidden } of commands) {
      parser.addCommand(new CommanderCommand(name).description(summary).helpGroup(`${group}:`), {
        hidden: hidden === true,
      });
    }
    parser.helpCommand(false);
    const closing = [
      '\nEach flag of this list can also be given as a variable: --ssh-username as FLEETCTL_SSH_USERNAME.',
      'Commands may be shortened as long as they stay unambiguous; flags take one dash or two.',
      `\nVERSION:\n  ${version}\n`,
    ];
    return `${parser.helpInformation()}${closing.join('\n')}`;
  }
  const details = command.details === undefined ? '' : `\n\n${command.details}`;
  parser.description(`${command.summary}.${details}`);
  return parser.helpInformation();
}

function commandUsage(command: Command): string {
  return `fleetctl ${command.name} [FLAGS]${command.operands === '' ? '' : ` ${command.operands}`}`;
}

function commandParser(command: Command | undefined): CommanderCommand {
  const parser = new CommanderCommand(command === undefined ? 'fleetctl' : `fleetctl ${command.name}`)
    .exitOverride()
    .configureOutput({ writeOut: () => {}, writeErr: () => {} })
    .helpOption(false)
    .allowExcessArguments()
    .argument('[operands...]');
  for (const flag of command?.flags ?? []) parser.addOption(commanderOption(flag, 'Flags:'));
  const own = new Set(command?.flags.map(({ name }) => name));
  for (const flag of globalFlags) {
    if (!own.has(flag.name)) parser.addOption(commanderOption(flag, 'Flags of every command:'));
  }
  return parser;
}

/** Every flag takes "=value" here, also those that are true or false: that is how they come normalized. */
function commanderOption(flag: Flag, group: string): Option {
  const value = flag.value === undefined ? '[bool]' : `<${flag.value}>`;
  const option = new NamedOption(flag, `--${flag.name} ${value}`);
  option.negate = false;
  if (flag.hidden === true) option.hideHelp();
  return option.helpGroup(group);
}

class NamedOption extends Option {
  readonly flag: Flag;

  constructor(flag: Flag, flags: string) {
    const shown = flag.fallback === undefined ? '' : ` (${flag.fallback})`;
    super(flags, flag.help + shown);
    this.flag = flag;
  }

  /** The flag's own name, where commander would make "block" of "no-block". */
  override attributeName(): string {
    return this.flag.name;
  }
}

function flagTerm(option: Option): string {
  if (!(option instanceof NamedOption)) return option.flags;
  const { name, short, value } = option.flag;
  return `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
}

function usageError(error: CommanderError, command: Command | undefined): Error {
  const text = error.message.replace(/^error: /, '');
  const flag = /unknown option '-*([^'=]*)/.exec(text)?.[1];
  const help = `fleetctl ${command === undefined ? '--help' : `${command.name} --help`} lists the flags.`;
  if (flag === undefined) return cliErrors.error('usage', `${sentence(text)}.`, { hint: help });
  const known = [...globalFlags, ...(command?.flags ?? [])].filter(({ hidden }) => hidden !== true);
  const close = nearest(
    flag,
    known.map(({ name }) => name),
  );
  const place = command === undefined ? 'fleetctl' : `fleetctl ${command.name}`;
  return cliErrors.error('usage', `unknown flag: --${flag} is no flag of ${place}.`, {
    hint: close === undefined ? help : `Did you mean --${close}? ${help}`,
  });
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1).replace(/\.$/, '');
}
