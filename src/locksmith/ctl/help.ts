// locksmithctl help.

import { version } from '../../host/index.ts';
import type { Flag } from '../flags.ts';
import { sharedFlags } from '../settings.ts';
import { commands } from './commands.ts';
import type { Command, Context } from './context.ts';

export async function run({ operands, out }: Context): Promise<number> {
  const [name] = operands;
  if (name === undefined) {
    out(globalHelp());
    return 0;
  }
  const command = commands.find((each) => each.name === name);
  if (command === undefined) {
    out(`Unrecognized command: ${name}\n`);
    return 1;
  }
  out(commandHelp(command));
  return 0;
}

function globalHelp(): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2;
  return [
    'NAME:',
    '\tlocksmithctl - Manage the cluster wide reboot lock.',
    '',
    'USAGE: ',
    '\tlocksmithctl [global options] <command> [command options] [arguments...]',
    '',
    'VERSION:',
    `\t${version()}`,
    '',
    'COMMANDS:',
    ...commands.map(({ name, summary }) => `\t${name.padEnd(width)}${summary}`),
    '',
    'GLOBAL OPTIONS:',
    ...optionLines(sharedFlags),
    '',
    'Global options are read from the environment too: -etcd-cafile as LOCKSMITHCTL_ETCD_CAFILE.',
    '',
    'Run "locksmithctl help <command>" for more details on a specific command.',
    '',
  ].join('\n');
}

function commandHelp({ name, summary, usage, description, flags }: Command): string {
  return [
    'NAME:',
    `\t${name} - ${summary}`,
    '',
    'USAGE:',
    `\tlocksmithctl ${name}${flags.length === 0 ? '' : ' [options]'} ${usage}`.trimEnd(),
    '',
    'DESCRIPTION:',
    ...description.split('\n').map((line) => `\t${line}`),
    '',
    ...(flags.length === 0 ? [] : ['OPTIONS:', ...optionLines(flags), '']),
    'For help on global options run "locksmithctl help"',
    '',
  ].join('\n');
}

function optionLines(flags: readonly Flag[]): readonly string[] {
  const shown = flags.map(
    ({ name, value, fallback }) => `--${name}=${fallback ?? (value === undefined ? 'false' : '')}`,
  );
  const width = Math.min(30, Math.max(...shown.map((text) => text.length)) + 2);
  return flags.map(({ help }, index) => `\t${(shown[index] ?? '').padEnd(width - 1)} ${help}`);
}
