// The flags of update_engine_client: with one dash or two, `=true` and `=false` as well. Pure.

import { nearest } from '../../cli/index.ts';
import { updateErrors } from '../errors.ts';

export interface Flag {
  readonly name: string;
  readonly summary: string;
  /** Name of its value, for flags that have one. */
  readonly value?: string;
}

export const flags: readonly Flag[] = [
  { name: 'status', summary: 'print the status: five lines' },
  { name: 'check_for_update', summary: 'ask for a check, and do not wait for it' },
  { name: 'update', summary: 'check, install what there is, and wait for it' },
  { name: 'watch_for_updates', summary: 'print each change of the status until interrupted' },
  { name: 'reset_status', summary: 'forget the update that waits for the reboot; its slot stays as it is' },
  {
    name: 'force',
    summary: 'with -update or -check_for_update: also a version that failed here, and without waiting',
  },
  { name: 'forget', summary: 'let a version that failed here be installed again', value: 'VERSION' },
  { name: 'json', summary: 'with -status, -update and -watch_for_updates: JSON' },
  { name: 'version', summary: 'print the version' },
  { name: 'help', summary: 'print this text' },
];

export type Given = ReadonlyMap<string, string>;

/** The flags that were given, by name. Throws `update.usage`. */
export function parseFlags(words: readonly string[]): Given {
  const given = new Map<string, string>();
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    const [, name, inline] = /^--?([A-Za-z_-]+)(?:=(.*))?$/s.exec(word) ?? [];
    const wanted = name?.replaceAll('-', '_');
    const flag = flags.find((one) => one.name === wanted);
    if (flag === undefined) throw unknown(word, wanted);
    if (flag.value !== undefined) {
      const value = inline ?? words[++index];
      if (value === undefined || value === '') {
        throw updateErrors.error('usage', `-${flag.name} needs a ${flag.value.toLowerCase()}.`);
      }
      given.set(flag.name, value);
    } else if (inline === undefined || /^(?:true|t|yes|y|1)$/i.test(inline)) given.set(flag.name, 'true');
    else if (/^(?:false|f|no|n|0)$/i.test(inline)) given.delete(flag.name);
    else throw updateErrors.error('usage', `-${flag.name}=${inline}: expected true or false.`);
  }
  return given;
}

function unknown(word: string, name: string | undefined): Error {
  const near =
    name === undefined
      ? undefined
      : nearest(
          name,
          flags.map((flag) => flag.name),
        );
  return updateErrors.error('usage', `There is no flag ${word}.`, {
    hint: near === undefined ? 'update_engine_client -help lists them.' : `Did you mean -${near}?`,
  });
}

/** The text of -help. */
export function helpText(): string {
  const left = flags.map(({ name, value }) => `-${name}${value === undefined ? '' : ` ${value}`}`);
  const width = Math.max(...left.map(({ length }) => length));
  const rows = flags.map(({ summary }, index) => `  ${(left[index] ?? '').padEnd(width)}  ${summary}\n`);
  return `Usage: update_engine_client FLAG…

Asks the update engine of this machine (update-engine.service) and tells it what to do.

${rows.join('')}
Examples:
  update_engine_client -status               what it does, and why
  update_engine_client -update               install what there is, now
  update_engine_client -status -json         the same and more, for programs

Exit status:
  0    done; with -update: an update is installed, or there is none
  1    it failed, and said why
  2    wrong usage
  130  interrupted
`;
}
