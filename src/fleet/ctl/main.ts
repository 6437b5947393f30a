// fleetctl from its words to its exit status: parses, loads the one sub-command, runs it, reports.

import { describeError } from '../../cli/index.ts';
import { version } from '../../host/index.ts';
import { checkOperands, normalizeArguments } from './arguments.ts';
import { commands } from './commands.ts';
import type { Connection } from './connect.ts';
import type { Context } from './context.ts';
import { flagValues, globalFlags } from './flags.ts';
import { processOutput } from './output.ts';

/** Runs fleetctl with these words (without the program's name); returns the exit status. */
export async function main(words: readonly string[]): Promise<number> {
  const output = processOutput();
  const interrupt = new AbortController();
  let interrupted = 0;
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.once(signal, () => {
      interrupted = status;
      interrupt.abort();
    });
  }
  try {
    return await runWords(words, output, interrupt.signal);
  } catch (error) {
    if (interrupted !== 0) return interrupted;
    const { text, exit } = describeError('fleetctl', error);
    output.err(text.trimEnd());
    return exit;
  }
}

async function runWords(
  words: readonly string[],
  output: Context['output'],
  signal: AbortSignal,
): Promise<number> {
  const { command, given, wrong, operands } = normalizeArguments(words, commands);
  if (wrong.length > 0) throw (await import('./program.ts')).flagError(command, wrong);
  if (command === undefined || given.get('help') === 'true') {
    const { helpText } = await import('./program.ts');
    output.out(helpText(command, version()));
    return 0;
  }
  checkOperands(command, operands);
  const flags = flagValues([...globalFlags, ...command.flags], given, process.env);
  let connection: Promise<Connection> | undefined;
  const connected = (): Promise<Connection> => {
    connection ??= import('./connect.ts').then(({ connect }) => connect(flags, output.err, signal));
    return connection;
  };
  try {
    const { run } = await command.load();
    return await run({
      flags,
      operands,
      output,
      signal,
      client: async () => {
        return (await connected()).client;
      },
    });
  } finally {
    output.progress('');
    // An error of connecting has been told already.
    await connection?.then(
      (opened) => opened[Symbol.asyncDispose](),
      () => {},
    );
  }
}
