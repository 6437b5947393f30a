// The completion scripts: static, but for the names of units and machines, which they ask fleetctl for.

import { type Command, commands } from './commands.ts';
import { type Flag, globalFlags } from './flags.ts';

const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

export function isShell(text: string): text is Shell {
  return shells.some((shell) => shell === text);
}

const visible = commands.filter(({ hidden }) => hidden !== true);
const global = globalFlags.filter(({ hidden }) => hidden !== true);
/** An unreachable cluster must not freeze the shell. */
const listing = 'fleetctl --request-timeout=2 --ssh-timeout=2';
const unitList = 'list-unit-files --no-legend --fields=unit 2>/dev/null </dev/null';
const machineList = 'list-machines --no-legend --full --fields=machine 2>/dev/null </dev/null';
/** Flags that say which cluster is meant: names come from the one that the line is about. */
const leading = ['endpoint', 'tunnel', 'ssh-username', 'ssh-config', 'ca-file', 'cert-file', 'key-file'];
/** The types in UNIT@MACHINE. */
const types = ['service', 'socket', 'timer', 'path', 'mount', 'automount', 'target', 'slice'];
/** Commands that take local files too. */
const takesFiles = new Set(['submit', 'load', 'start', 'restart']);

export function completionScript(shell: Shell): string {
  if (shell === 'bash') return bash();
  return shell === 'zsh' ? zsh() : fish();
}

function takesUnits(command: Command): boolean {
  return command.operands.includes('UNIT');
}

function takesMachines(command: Command): boolean {
  return command.operands.includes('MACHINE');
}

function shownFlags(flags: readonly Flag[]): Flag[] {
  return flags.filter(({ hidden }) => hidden !== true);
}

function words(flags: readonly Flag[]): string {
  return shownFlags(flags)
    .flatMap(({ name, short, value }) => [
      `--${name}${value === undefined ? '' : '='}`,
      ...(short === undefined ? [] : [`-${short}`]),
    ])
    .join(' ');
}

function bash(): string {
  const cases = visible.map((command) => `    ${command.name}) flags="${words(command.flags)}" ;;`);
  const units = visible.filter(takesUnits).map(({ name }) => name);
  const machines = visible.filter(takesMachines).map(({ name }) => name);
  const onMachine = visible.filter((command) => command.onMachine === true).map(({ name }) => name);
  return `# bash completion for fleetctl; made by "fleetctl completion bash"
_fleetctl() {
  # The line is read by blanks: bash itself also breaks it at "@", "=" and ":", which are in names of units.
  local line=\${COMP_LINE:0:COMP_POINT} cur command="" flags="" word i words=() cluster=() brk
  cur=\${line##*[[:space:]]}
  COMPREPLY=()
  read -ra words <<<"$line"
  [[ -n $cur ]] && unset 'words[-1]'
  for word in "\${words[@]:1}"; do
    case $word in
    ${leading.map((flag) => `--${flag}=*`).join(' | ')}) cluster+=("$word") ;;
    -*) ;;
    *)
      case " ${visible.map(({ name }) => name).join(' ')} " in
      *" $word "*) [[ -n $command ]] || command=$word ;;
      esac
      ;;
    esac
  done
  case $command in
${cases.join('\n')}
  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$flags ${words(global)}" -- "$cur")
    case $cur in
    --machine=*) mapfile -t COMPREPLY < <(compgen -P --machine= -W "$(_fleetctl_machines)" -- "\${cur#*=}") ;;
    --unit=*) mapfile -t COMPREPLY < <(compgen -P --unit= -W "$(_fleetctl_units)" -- "\${cur#*=}") ;;
    esac
    [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *= ]] && compopt -o nospace
    _fleetctl_trim
    return
  fi
  case $command in
  "") mapfile -t COMPREPLY < <(compgen -W "${visible.map(({ name }) => name).join(' ')}" -- "$cur") ;;
  ${units.join(' | ')})
    mapfile -t COMPREPLY < <(compgen -W "$(_fleetctl_units)" -- "$cur")
    ;;&
  ${onMachine.join(' | ')})
    if [[ $cur == *.@(${types.join('|')})@* ]]; then
      mapfile -t COMPREPLY < <(compgen -P "\${cur%@*}@" -W "$(_fleetctl_machines)" -- "\${cur##*@}")
    fi
    ;;&
  ${machines.join(' | ')}) mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$(_fleetctl_machines)" -- "$cur") ;;
  ${[...takesFiles].join(' | ')} | fd-forward) mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$cur") ;;
  completion) mapfile -t COMPREPLY < <(compgen -W "${shells.join(' ')}" -- "$cur") ;;
  help) mapfile -t COMPREPLY < <(compgen -W "${visible.map(({ name }) => name).join(' ')}" -- "$cur") ;;
  esac
  _fleetctl_trim
}
_fleetctl_units() { ${listing} "\${cluster[@]}" ${unitList}; }
_fleetctl_machines() { ${listing} "\${cluster[@]}" ${machineList}; }
# What bash takes for words before the one it completes is not to be written again; an "@" is part of the one.
_fleetctl_trim() {
  brk=\${cur%"\${cur##*["$COMP_WORDBREAKS"]}"}
  brk=\${brk%@}
  [[ -n $brk ]] && COMPREPLY=("\${COMPREPLY[@]#"$brk"}")
}
complete -F _fleetctl fleetctl
`;
}

function zsh(): string {
  const argument = ({ name, value, help }: Flag) =>
    `'--${name}${value === undefined ? '' : '='}[${zshText(help)}]${value === undefined ? '' : `:${zshText(value)}:${/FILE/.test(value) ? '_files' : ' '}`}'`;
  const cases = visible.map((command) => {
    const operands = [
      ...(takesUnits(command)
        ? [`'*:unit:_fleetctl_units${takesFiles.has(command.name) ? '_files' : ''}'`]
        : []),
      ...(takesMachines(command) ? [`'*:machine:_fleetctl_machines'`] : []),
      ...(command.name === 'completion' ? [`'1:shell:(${shells.join(' ')})'`] : []),
      ...(command.name === 'help' ? [`'1:command:(${visible.map(({ name }) => name).join(' ')})'`] : []),
      ...(command.name === 'fd-forward' ? [`'1:socket:_files'`] : []),
    ];
    return `    ${command.name}) _arguments ${[...shownFlags(command.flags).map(argument), ...operands, '$globals'].join(' ')} ;;`;
  });
  return `#compdef fleetctl
# zsh completion for fleetctl; made by "fleetctl completion zsh"
_fleetctl_cluster() { reply=(\${(M)\${(z)LBUFFER}:#--(${leading.join('|')})=*}) }
_fleetctl_units() {
  local -a names reply
  _fleetctl_cluster
  if [[ $PREFIX == *.(${types.join('|')})@* ]]; then
    compset -P '*@'
    _fleetctl_machines
    return
  fi
  names=(\${(f)"$(${listing} $reply ${unitList})"})
  compadd -a names
}
_fleetctl_machines() {
  local -a names reply
  _fleetctl_cluster
  names=(\${(f)"$(${listing} $reply ${machineList})"})
  compadd -a names
}
_fleetctl_units_files() { _fleetctl_units; _files }
_fleetctl() {
  local -a globals commands
  globals=(${global.map(argument).join(' ')})
  commands=(${visible.map(({ name, summary }) => `'${name}:${zshText(summary)}'`).join(' ')})
  local context state line
  _arguments -C $globals '1:command:->command' '*::arguments:->arguments'
  case $state in
  command) _describe command commands ;;
  arguments)
    case $words[1] in
${cases.join('\n')}
    esac
    ;;
  esac
}
if [ "$funcstack[1]" = _fleetctl ]; then _fleetctl "$@"; else compdef _fleetctl fleetctl; fi
`;
}

function zshText(text: string): string {
  return text.replaceAll("'", "'\\''").replaceAll(/[[\]:]/g, '\\$&');
}

function fish(): string {
  const names = visible.map(({ name }) => name).join(' ');
  const quote = (text: string) => `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
  const flag = (condition: string, { name, short, value, help }: Flag) =>
    `complete -c fleetctl ${condition} -l ${name}${short === undefined ? '' : ` -s ${short}`}${value === undefined ? '' : /FILE/.test(value) ? ' -r -F' : ' -x'} -d ${quote(help)}`;
  const lines = [
    '# fish completion for fleetctl; made by "fleetctl completion fish"',
    'function __fleetctl_cluster',
    `    string match -r -- '^--(?:${leading.join('|')})=.*' (commandline -opc)`,
    'end',
    'function __fleetctl_units',
    '    set -l word (commandline -ct)',
    `    if string match -rq -- '\\\\.(?:${types.join('|')})@' $word`,
    `        ${listing} (__fleetctl_cluster) ${machineList} | string replace -r -- '^' (string replace -r -- '[^@]*$' '' $word)`,
    '    else',
    `        ${listing} (__fleetctl_cluster) ${unitList}`,
    '    end',
    'end',
    'function __fleetctl_machines',
    `    ${listing} (__fleetctl_cluster) ${machineList}`,
    'end',
    'complete -c fleetctl -f',
    ...global.map((one) => flag('', one)),
    ...visible.flatMap((command) => {
      const seen = `-n '__fish_seen_subcommand_from ${command.name}'`;
      return [
        `complete -c fleetctl -n 'not __fish_seen_subcommand_from ${names}' -a ${command.name} -d ${quote(command.summary)}`,
        ...shownFlags(command.flags).map((one) => flag(seen, one)),
        ...(takesUnits(command) ? [`complete -c fleetctl ${seen} -a '(__fleetctl_units)'`] : []),
        ...(takesFiles.has(command.name) || command.name === 'fd-forward'
          ? [`complete -c fleetctl ${seen} -F`]
          : []),
        ...(takesMachines(command) ? [`complete -c fleetctl ${seen} -a '(__fleetctl_machines)'`] : []),
        ...(command.name === 'completion' ? [`complete -c fleetctl ${seen} -a '${shells.join(' ')}'`] : []),
        ...(command.name === 'help' ? [`complete -c fleetctl ${seen} -a '${names}'`] : []),
      ];
    }),
  ];
  return `${lines.join('\n')}\n`;
}
