// Completion scripts of update_engine_client, made from the table of its flags.

import { updateErrors } from '../errors.ts';
import { flags } from './flags.ts';

const program = 'update_engine_client';

/** The script for a shell. Throws `update.usage` for one that is not known. */
export function completionScript(shell: string): string {
  const script = { bash, zsh, fish }[shell];
  if (script !== undefined) return script();
  throw updateErrors.error('usage', `There is no completion for ${JSON.stringify(shell)}.`, {
    hint: 'Known: bash, zsh, fish.',
  });
}

function bash(): string {
  return `# bash completion for ${program}
complete -W '${flags.map(({ name }) => `-${name}`).join(' ')}' ${program}
`;
}

function zsh(): string {
  const rows = flags.map(({ name, summary, value }) => {
    const text = summary.replaceAll("'", "'\\''").replaceAll(':', '\\:');
    return `  '-${name}[${text}]${value === undefined ? '' : `:${value.toLowerCase()}:`}'`;
  });
  return `#compdef ${program}\n_arguments \\\n${rows.join(' \\\n')}\n`;
}

function fish(): string {
  const rows = flags.map(({ name, summary, value }) => {
    const text = summary.replaceAll("'", "\\'");
    return `complete -c ${program} -f${value === undefined ? '' : ' -r'} -o ${name} -d '${text}'\n`;
  });
  return `# fish completion for ${program}\n${rows.join('')}`;
}
