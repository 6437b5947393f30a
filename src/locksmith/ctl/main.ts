// locksmithctl from its words to its exit status. Texts, their streams and the order in which errors are found are
// the original's.

import { describeError } from '../../cli/index.ts';
import { CodedError, version } from '../../host/index.ts';
import { flagUsage, flagValues, parseFlags } from '../flags.ts';
import type { ManagedLock } from '../semaphore/model.ts';
import { lockSettings, sharedFlags } from '../settings.ts';
import { commands } from './commands.ts';
import type { Context } from './context.ts';

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  out(text: string): void;
  err(line: string): void;
}

/** Runs locksmithctl with these words (without the program's name); returns the exit status. */
export async function main(words: readonly string[], surroundings?: Surroundings): Promise<number> {
  const { env, out, err } = surroundings ?? ofProcess();
  const { given, rest, error, help } = parseFlags(words, sharedFlags);
  if (error !== undefined || help === true) {
    err(`${error === undefined ? '' : `${error}\n`}${flagUsage('locksmithctl', sharedFlags).trimEnd()}`);
    return help === true ? 0 : 2;
  }
  const value = flagValues(sharedFlags, given, 'LOCKSMITHCTL', env);
  if (value('version') === 'true') {
    out(`locksmithctl version ${version()}\n`);
    return 0;
  }
  const [name = 'help', ...more] = rest;
  const command = commands.find((each) => each.name === name);
  if (command === undefined) {
    out(`locksmithctl: unknown subcommand: ${JSON.stringify(name)}\nRun 'locksmithctl help' for usage.\n`);
    return 2;
  }
  // Where the original has no flags, what stands behind an operand is an operand.
  const own = (command.flags.length === 0 ? parseFlags : parseAnywhere)(more, command.flags);
  if (own.error !== undefined || own.help === true) {
    err(`${own.error === undefined ? '' : `${own.error}\n`}${flagUsage('', command.flags).trimEnd()}`);
    if (own.help === true) return 0;
    // The original says it twice.
    out(`${own.error}\n`);
    return 2;
  }
  const ownValue = flagValues(command.flags, own.given, 'NONE', {});
  let lock: ManagedLock | undefined;
  const debug = value('debug') === 'true';
  const context: Context = {
    ...{ operands: own.rest, flag: ownValue, env, out, err },
    lock: async () => {
      lock = await connect(value, debug ? err : () => {});
      return lock;
    },
  };
  try {
    return await (await command.load()).run(context);
  } catch (error) {
    if (error instanceof CodedError && error.code.startsWith('locksmith.')) {
      err(error.message);
      if (error.hint !== undefined && (debug || isOwn(name))) err(error.hint);
      return error.exit;
    }
    const { text, exit } = describeError('locksmithctl', error);
    err(text.trimEnd());
    return exit;
  } finally {
    await lock?.[Symbol.asyncDispose]();
  }
}

/** Our own sub-commands may say more than the original's. */
function isOwn(name: string): boolean {
  return ['cancel', 'completion', 'why', 'windows'].includes(name);
}

/** Flags of a sub-command may also stand behind its operands. */
function parseAnywhere(words: readonly string[], flags: Parameters<typeof parseFlags>[1]) {
  const given = new Map<string, string>();
  const operands: string[] = [];
  for (let rest = words; rest.length > 0; ) {
    const parsed = parseFlags(rest, flags);
    if (parsed.error !== undefined || parsed.help === true) return parsed;
    for (const [name, value] of parsed.given) given.set(name, value);
    const [operand, ...others] = parsed.rest;
    if (operand !== undefined) operands.push(operand);
    rest = others;
  }
  return { given, rest: operands, error: undefined, help: undefined };
}

async function connect(
  value: (name: string) => string,
  onTrouble: (text: string) => void,
): Promise<ManagedLock> {
  const { isUnavailable, openLock } = await import('../semaphore/open.ts');
  const { locksmithErrors } = await import('../errors.ts');
  const failed = (words: string, cause: unknown) =>
    locksmithErrors.error('unavailable', `Error initializing etcd client: ${words}`, { cause });
  try {
    const settings = lockSettings(value);
    const lock = await openLock(settings, onTrouble);
    // Version 3 has been asked nothing yet.
    if (settings.api === 'v3') await lock.status();
    return lock;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    onTrouble(error.message);
    throw failed(
      isUnavailable(error) ? 'client: etcd cluster is unavailable or misconfigured' : error.message,
      error,
    );
  }
}

function ofProcess(): Surroundings {
  process.stdout.on('error', endQuietly);
  return {
    env: process.env,
    out: (text) => process.stdout.write(text),
    err: (line) => process.stderr.write(`${line}\n`),
  };
}

function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
}
