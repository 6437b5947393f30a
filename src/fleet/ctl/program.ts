// Puts commander behind the table of commands: it writes the help and says what is wrong with flags. It is
// loaded only then: it would be a quarter of what a short command costs.

import { Command as CommanderCommand, CommanderError, Option } from 'commander';
import { cliErrors, nearest } from '../../cli/index.ts';
import { type Command, commands } from './commands.ts';
import { type Flag, globalFlags } from './flags.ts';

/** The error for flags that the command does not have, or that lack their value: commander's words. */
export function flagError(command: Command | undefined, wrong: readonly string[]): Error {
  try {
    commandParser(command).parse([...wrong], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return usageError(error, command);
    throw error;
  }
  return cliErrors.error('usage', `Wrong flags: ${wrong.join(' ')}.`);
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
