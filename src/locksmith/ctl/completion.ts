// locksmithctl completion: a script for a shell, made from the table of commands.

import { locksmithErrors } from '../errors.ts';
import type { Flag } from '../flags.ts';
import { sharedFlags } from '../settings.ts';
import { commands } from './commands.ts';
import type { Context } from './context.ts';

export async function run({ operands, out }: Context): Promise<number> {
  const [shell = ''] = operands;
  const script = { bash, zsh, fish }[shell];
  if (script === undefined) {
    throw locksmithErrors.error('usage', `There is no completion for ${JSON.stringify(shell)}.`, {
      hint: 'Known: bash, zsh, fish.',
    });
  }
  out(script());
  return 0;
}

const dashed = (flags: readonly Flag[]) => flags.map(({ name }) => `--${name}`).join(' ');
const names = commands.map(({ name }) => name).join(' ');

function bash(): string {
  const cases = commands.map(({ name, flags }) => {
    const words = name === 'help' ? names : name === 'completion' ? 'bash zsh fish' : dashed(flags);
    return `      ${name}) words='${words}' ;;\n`;
  });
  return `# bash completion for locksmithctl
_locksmithctl() {
  local words='${names} ${dashed(sharedFlags)}' word
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in
${cases.join('')}    esac
  done
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}")
}
complete -o default -F _locksmithctl locksmithctl
`;
}

function zsh(): string {
  const text = (help: string) => help.replace(/[[\]:'"\\`$()]/g, ' ');
  const rows = commands.map(({ name, summary }) => `    '${name}:${text(summary)}'\n`);
  const specs = (flags: readonly Flag[]) =>
    flags
      .map(
        ({ name, value, help }) =>
          ` '--${name}${value === undefined ? '' : '='}[${text(help)}]${value === undefined ? '' : `:${value}:`}'`,
      )
      .join('');
  const cases = commands.map(({ name, flags }) => `    ${name}) _arguments${specs(flags)} '*:: :' ;;\n`);
  return `#compdef locksmithctl
local -a commands
_arguments -C${specs(sharedFlags)} '1:command:->command' '*::argument:->arguments'
case $state in
command)
  commands=(
${rows.join('')}  )
  _describe command commands
  ;;
arguments)
  case $words[1] in
${cases.join('')}  esac
  ;;
esac
`;
}

function fish(): string {
  const quoted = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`;
  const lines = sharedFlags.map(
    ({ name, value, help }) =>
      `complete -c locksmithctl -n __fish_use_subcommand -l ${name}${value === undefined ? '' : ' -r'} -d ${quoted(help)}`,
  );
  for (const { name, summary, flags } of commands) {
    lines.push(`complete -c locksmithctl -n __fish_use_subcommand -f -a ${name} -d ${quoted(summary)}`);
    for (const flag of flags) {
      const required = flag.value === undefined ? '' : ' -r';
      lines.push(
        `complete -c locksmithctl -n '__fish_seen_subcommand_from ${name}' -l ${flag.name}${required} -d ${quoted(flag.help)}`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
}
