// Completion scripts of the front door, made from its table and the options of its commands.

export interface CompletionWord {
  readonly word: string;
  readonly summary: string;
}

/** A sub-command with what can follow it. */
export interface CompletionCommand extends CompletionWord {
  readonly options: readonly CompletionWord[];
  /** Words of its own: `keelson slot list`. */
  readonly commands: readonly CompletionWord[];
}

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** The completion script of `program` for a shell, to be sourced or put where the shell looks. */
export function completionScript(
  shell: Shell,
  program: string,
  commands: readonly CompletionCommand[],
): string {
  return { bash, zsh, fish }[shell](program, commands);
}

function bash(program: string, commands: readonly CompletionCommand[]): string {
  const cases = commands.map(
    ({ word, options, commands: own }) =>
      `    ${word}) words='${[...own, ...options].map((each) => each.word).join(' ')}' ;;\n`,
  );
  return `# bash completion for ${program}
_${program}() {
  local words='${commands.map(({ word }) => word).join(' ')} help --help --version'
  COMPREPLY=()
  if ((COMP_CWORD > 1)); then
    case \${COMP_WORDS[1]} in
${cases.join('')}    help) ;;
    *) words= ;;
    esac
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}")
}
complete -o default -F _${program} ${program}
`;
}

function zsh(program: string, commands: readonly CompletionCommand[]): string {
  const quoted = (text: string) => text.replaceAll("'", "'\\''");
  const rows = commands.map(({ word, summary }) => `    '${word}:${quoted(summary)}'\n`);
  const cases = commands.map(({ word, options, commands: own }) => {
    const choice = own.map((each) => `${each.word}\\:"${quoted(each.summary.replace(/[":()\\`$]/g, ''))}"`);
    const first = own.length === 0 ? '' : ` '1:command:((${choice.join(' ')}))'`;
    const specs = options.map(
      (option) => ` '${option.word}[${quoted(option.summary.replace(/[[\]:]/g, ''))}]'`,
    );
    return `  ${word}) _arguments${specs.join('')}${first} '*:file:_files' ;;\n`;
  });
  return `#compdef ${program}
local -a commands
if ((CURRENT == 2)); then
  commands=(
${rows.join('')}  )
  _describe command commands
  return
fi
local command=$words[2]
shift words
((CURRENT--))
case $command in
${cases.join('')}esac
`;
}

function fish(program: string, commands: readonly CompletionCommand[]): string {
  const quoted = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`;
  const lines = [`complete -c ${program} -n __fish_use_subcommand -f`];
  for (const { word, summary, options, commands: own } of commands) {
    lines.push(`complete -c ${program} -n __fish_use_subcommand -f -a ${word} -d ${quoted(summary)}`);
    for (const each of own) {
      const seen = own.map((other) => other.word).join(' ');
      const when = `'__fish_seen_subcommand_from ${word}; and not __fish_seen_subcommand_from ${seen}'`;
      lines.push(`complete -c ${program} -n ${when} -f -a ${each.word} -d ${quoted(each.summary)}`);
    }
    for (const option of options) {
      const flag = option.word.startsWith('--') ? `-l ${option.word.slice(2)}` : `-s ${option.word.slice(1)}`;
      lines.push(
        `complete -c ${program} -n '__fish_seen_subcommand_from ${word}' ${flag} -d ${quoted(option.summary)}`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
}
