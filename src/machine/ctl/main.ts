// The front door: finds the sub-command, loads nothing but that, and ends with its exit status.

import type { Command } from 'commander';
import { cliErrors, describeError, nearest } from '../../cli/index.ts';
import { version } from '../../host/index.ts';

/** One sub-command: its line in the help, and the module that holds it. */
export interface Entry {
  readonly summary: string;
  readonly load: () => Promise<{ command(door: FrontDoor): Command }>;
  /**
   * What it does when it is called without any argument, for what runs at every boot: to load this front and the
   * command line takes longer than that. Yields the exit status, and tells of errors itself.
   */
  readonly bare?: () => Promise<{ run(): Promise<number> }>;
}

/** Sub-commands by name, under the headings of the help. */
export interface FrontDoor {
  readonly [heading: string]: Readonly<Record<string, Entry>>;
}

/** Runs `keelson` with these arguments. Sets the exit status of the process; never throws. */
export async function main(door: FrontDoor, args: readonly string[]): Promise<void> {
  // A reader that has seen enough (`| head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
  try {
    await dispatch(door, args);
  } catch (error) {
    const { text, exit } = describeError('keelson', error);
    process.stderr.write(text);
    process.exitCode = exit;
  }
}

async function dispatch(door: FrontDoor, args: readonly string[]): Promise<void> {
  const [first = '--help', ...rest] = args;
  if (first === '--version' || first === '-V' || first === 'version') {
    process.stdout.write(`keelson version ${version()}\n`);
    return;
  }
  const name = first === 'help' ? rest[0] : first;
  if (name === undefined || name === '--help' || name === '-h') {
    process.stdout.write(helpText(door));
    return;
  }
  const entries = new Map(Object.values(door).flatMap((group) => Object.entries(group)));
  const entry = entries.get(name);
  if (entry === undefined) throw unknown(name, entries.keys());
  const command = (await entry.load()).command(door);
  command.name(`keelson ${name}`);
  if (first === 'help') {
    process.stdout.write(command.helpInformation());
    return;
  }
  await runCommand(command, rest);
}

/** Runs a commander command; wrong usage exits 2, with commander's own words on stderr. */
async function runCommand(command: Command, args: readonly string[]): Promise<void> {
  const { CommanderError } = await import('commander');
  const overrideExit = (each: Command) => {
    each.exitOverride().showHelpAfterError();
    each.commands.forEach(overrideExit);
  };
  overrideExit(command);
  try {
    await command.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : cliErrors.codes.usage.exit;
  }
}

function unknown(name: string, known: Iterable<string>): Error {
  const near = nearest(name, known);
  const kind = name.startsWith('-') ? 'option' : 'command';
  return cliErrors.error('usage', `There is no ${kind} ${name}.`, {
    hint: near === undefined ? 'keelson --help lists the commands.' : `Did you mean keelson ${near}?`,
  });
}

/** The help page: what the program is, and every command under its heading. */
export function helpText(door: FrontDoor): string {
  const groups = Object.entries(door).filter(([, group]) => Object.keys(group).length > 0);
  const width = Math.max(...groups.flatMap(([, group]) => Object.keys(group).map((name) => name.length)));
  const sections = groups.map(([title, group]) => {
    const lines = Object.entries(group).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}\n`);
    return `${title}:\n${lines.join('')}`;
  });
  return `Usage: keelson COMMAND [OPTION]...

Container Linux's host layer on any machine that runs systemd.

${sections.join('\n')}
Options:
  -h, --help     show this page; with a command, its own
  -V, --version  show the version

Exit status:
  0   done
  1   it failed, and said why; or doctor found something that is broken
  2   wrong usage
  77  permission denied
`;
}
