// fleetctl from its words to its exit status: parses, loads the one sub-command, runs it, reports.

import { describeError } from '../../cli/index.ts';
import { version } from '../../host/index.ts';
import { normalizeArguments } from './arguments.ts';
import { commands } from './commands.ts';
import type { Connection } from './connect.ts';
import type { Context } from './context.ts';
import { flagValues, globalFlags } from './flags.ts';
import { processOutput } from './output.ts';
import { parseFlags } from './program.ts';

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
  const { command, flags: given, operands } = normalizeArguments(words, commands);
  const values = parseFlags(command, given, operands);
  if (command === undefined || values.get('help') === 'true') {
    const { helpText } = await import('./program.ts');
    output.out(helpText(command, version()));
    return 0;
  }
  const flags = flagValues([...globalFlags, ...command.flags], values, process.env);
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
        const [{ fleetClient }, { http }] = await Promise.all([import('./client-v2.ts'), connected()]);
        return fleetClient(http);
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
