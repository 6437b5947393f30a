// coreos-cloudinit completion: the script that teaches a shell our flags, made from their table.

import { cloudConfigErrors } from '../errors.ts';
import { definitions } from './flags.ts';
import { presetNames } from './presets.ts';

const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

/** What may stand before the flags. */
const subcommands = ['status', 'diff', 'completion'];

interface Flag {
  readonly name: string;
  readonly help: string;
  /** How the value is called; undefined for a flag without one. */
  readonly value: string | undefined;
  /** The value may be left out. */
  readonly optional: boolean;
}

const flags: readonly Flag[] = Object.entries(definitions).map(([name, definition]) => ({
  name,
  help: definition.help,
  value: 'value' in definition ? definition.value : undefined,
  optional: definition.type === 'place',
}));

/** Values that a flag can have, where there is a list of them. */
const choices: Readonly<Record<string, readonly string[]>> = { oem: presetNames };

const isPath = ({ value }: Flag): boolean => /FILE|DIR|SOCKET/.test(value ?? '');

/** Runs the sub-command; throws `cloud-config.usage` for a shell that we do not know. */
export function completionCommand(args: readonly string[]): number {
  const shell = shells.find((name) => name === args[0]);
  if (shell === undefined || args.length > 1) {
    throw cloudConfigErrors.error('usage', 'Usage: coreos-cloudinit completion bash|zsh|fish.');
  }
  process.stdout.write(completionScript(shell));
  return 0;
}

/** The completion script for a shell, to be sourced or put where the shell looks. */
export function completionScript(shell: Shell): string {
  return { bash, zsh, fish }[shell]();
}

function bash(): string {
  const words = flags.map((flag) => `--${flag.name}${flag.value === undefined || flag.optional ? '' : '='}`);
  const listed = Object.entries(choices).map(
    ([name, values]) =>
      `  --${name}) mapfile -t COMPREPLY < <(compgen -W '${values.join(' ')}' -- "$cur"); return ;;\n`,
  );
  const paths = flags.filter(isPath).map(({ name }) => `--${name}`);
  // Bash parts words at `=`, so that a flag, the sign and the value are three.
  return `# bash completion for coreos-cloudinit; made by "coreos-cloudinit completion bash"
_coreos_cloudinit() {
  local cur=\${COMP_WORDS[COMP_CWORD]} flag=\${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  if [[ $cur == = ]]; then
    cur=
  elif [[ $flag == = ]]; then
    flag=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  case $flag in
${listed.join('')}  ${paths.join(' | ')})
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    compopt -o filenames
    return
    ;;
  esac
  if ((COMP_CWORD == 1)) && [[ $cur != -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W '${subcommands.join(' ')}' -- "$cur")
    return
  elif [[ \${COMP_WORDS[1]} == completion ]]; then
    mapfile -t COMPREPLY < <(compgen -W '${shells.join(' ')}' -- "$cur")
    return
  fi
  mapfile -t COMPREPLY < <(compgen -W '${words.join(' ')}' -- "$cur")
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *= ]]; then compopt -o nospace; fi
}
complete -F _coreos_cloudinit coreos-cloudinit
`;
}

function zsh(): string {
  const quoted = (text: string) => text.replaceAll("'", "'\\''").replaceAll(/[[\]:]/g, '\\$&');
  const specs = flags.map((flag) => {
    const { name, help, value, optional } = flag;
    const head = `--${name}${value === undefined ? '' : '='}${optional ? '-' : ''}[${quoted(help)}]`;
    const list = choices[name];
    const action = list !== undefined ? `(${list.join(' ')})` : isPath(flag) ? '_files' : ' ';
    return `  '${value === undefined ? head : `${head}:${optional ? ':' : ''}${quoted(value)}:${action}`}'`;
  });
  return `#compdef coreos-cloudinit
# zsh completion for coreos-cloudinit; made by "coreos-cloudinit completion zsh"
_arguments \\
${specs.join(' \\\n')} \\
  '1:command:(${subcommands.join(' ')})'
`;
}

function fish(): string {
  const quoted = (text: string) => `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
  const lines = flags.map((flag) => {
    const list = choices[flag.name];
    const needed = flag.optional ? '' : ' -r';
    const value = flag.value === undefined ? '' : isPath(flag) ? `${needed} -F` : flag.optional ? '' : ' -x';
    const values = list === undefined ? '' : ` -a ${quoted(list.join(' '))}`;
    return `complete -c coreos-cloudinit -l ${flag.name}${value}${values} -d ${quoted(flag.help)}\n`;
  });
  return `# fish completion for coreos-cloudinit; made by "coreos-cloudinit completion fish"
complete -c coreos-cloudinit -f
complete -c coreos-cloudinit -n __fish_use_subcommand -a '${subcommands.join(' ')}'
complete -c coreos-cloudinit -n '__fish_seen_subcommand_from completion' -a '${shells.join(' ')}'
${lines.join('')}`;
}
