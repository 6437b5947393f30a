// Brings the many forms of fleetctl's command line into one: one dash or two, flags before and after
// the sub-command, values with "=" or as the next word, shortened sub-commands. Pure.

import { cliErrors, nearest } from '../../cli/index.ts';
import type { Command } from './commands.ts';
import { type Flag, type GivenValues, globalFlags } from './flags.ts';
import { unitAddress } from './unit-address.ts';

export interface Arguments {
  readonly command: Command | undefined;
  /** Values by flag name; the last one counts where a flag was given several times. */
  readonly given: GivenValues;
  /** Flags that are unknown, or lack their value, as they came. */
  readonly wrong: readonly string[];
  readonly operands: readonly string[];
}

interface GivenFlag {
  readonly flag: Flag;
  readonly value: string | undefined;
}

/** Throws `cli.usage` when the sub-command is unknown or ambiguous. */
export function normalizeArguments(words: readonly string[], commands: readonly Command[]): Arguments {
  const position = commandPosition(words, commands);
  const command = position === -1 ? undefined : resolveCommand(words[position] ?? '', commands);
  const flags = [...globalFlags, ...(command?.flags ?? [])];
  const given = new Map<string, string>();
  const wrong: string[] = [];
  const operands: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (index === position) continue;
    if (word === '--') {
      operands.push(...words.slice(index + 1).filter((_, offset) => index + 1 + offset !== position));
      break;
    }
    if (!isFlag(word)) {
      const rawFrom = command?.rawAfter?.(given);
      if (rawFrom !== undefined && operands.length >= rawFrom && index > position) {
        operands.push(...words.slice(index));
        break;
      }
      operands.push(word);
      continue;
    }
    const known = readFlag(word, flags);
    if (known === undefined) {
      wrong.push(word);
    } else if (known.flag.value === undefined) {
      given.set(known.flag.name, known.value ?? 'true');
    } else if (known.value !== undefined) {
      given.set(known.flag.name, known.value);
    } else if (index + 1 < words.length) {
      given.set(known.flag.name, words[++index] ?? '');
    } else {
      wrong.push(`--${known.flag.name}`);
    }
  }
  return { command, given, wrong, operands };
}

/** Throws `cli.usage` when the sub-command takes more or fewer operands, or no unit of one machine. */
export function checkOperands(command: Command, operands: readonly string[]): void {
  const [least, most] = command.arity ?? [0, Number.POSITIVE_INFINITY];
  const usage = `Usage: fleetctl ${command.name} ${command.operands}`;
  if (operands.length < least || operands.length > most) {
    if (command.wrongNumber !== undefined) throw cliErrors.error('unavailable', command.wrongNumber);
    const count = least === 1 && most === 1 ? 'exactly one argument' : `${least} to ${most} arguments`;
    throw cliErrors.error('usage', `${command.name} takes ${count}, not ${operands.length}.`, {
      hint: usage,
    });
  }
  if (!command.operands.includes('UNIT') || command.onMachine === true) return;
  for (const operand of operands) {
    const { name, machine } = unitAddress(operand);
    if (machine === undefined) continue;
    throw cliErrors.error(
      'usage',
      `${command.name} concerns ${name} on all its machines: name it without "@${machine}".`,
      { hint: `An instance is named with its type: "${operand}.service".` },
    );
  }
}

/** The sub-command of that name or unambiguous beginning of a name. Throws `cli.usage`. */
export function resolveCommand(word: string, commands: readonly Command[]): Command {
  const exact = commands.find(({ name }) => name === word);
  if (exact !== undefined) return exact;
  const matching = commands.filter(({ name }) => name.startsWith(word));
  const ofFleet = matching.filter(({ own }) => own !== true);
  const candidates = ofFleet.length > 0 ? ofFleet : matching;
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return only;
  if (candidates.length > 1) {
    const names = candidates.map(({ name }) => name).join(', ');
    throw cliErrors.error('usage', `"${word}" is ambiguous: ${names}.`);
  }
  const close = nearest(
    word,
    commands.filter(({ hidden }) => hidden !== true).map(({ name }) => name),
  );
  throw cliErrors.error('usage', `There is no command "${word}".`, {
    hint: close === undefined ? 'fleetctl help lists all commands.' : `Did you mean "${close}"?`,
  });
}

/** Where the sub-command is: the first word that is neither a flag nor the value of one. */
function commandPosition(words: readonly string[], commands: readonly Command[]): number {
  const flags = [...globalFlags, ...commands.flatMap((command) => command.flags)];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '--') return index + 1 < words.length ? index + 1 : -1;
    if (!isFlag(word)) return index;
    const known = readFlag(word, flags);
    if (known !== undefined && known.flag.value !== undefined && known.value === undefined) index++;
  }
  return -1;
}

function isFlag(word: string): boolean {
  return word.startsWith('-') && word !== '-';
}

function readFlag(word: string, flags: readonly Flag[]): GivenFlag | undefined {
  const match = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(word);
  if (match === null) return undefined;
  const flag = flags.find(({ name, short }) => name === match[1] || short === match[1]);
  return flag === undefined ? undefined : { flag, value: match[2] };
}
