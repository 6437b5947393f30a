// fleetctl from its words to its exit status: parses, loads the one sub-command, runs it, reports.

import { describeError } from '../../cli/index.ts';
import { CodedError, version } from '../../host/index.ts';
import type { Connections } from '../../ssh/index.ts';
import { checkOperands, normalizeArguments } from './arguments.ts';
import { commands } from './commands.ts';
import type { Connection } from './connect.ts';
import type { Output } from './context.ts';
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
  const status = await runFleetctl(words, { output, environment: process.env, signal: interrupt.signal });
  return status === 130 && interrupted !== 0 ? interrupted : status;
}

/** What fleetctl needs of its process. */
export interface Surroundings {
  readonly output: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal;
}

/** Runs fleetctl in these surroundings; returns the exit status. Errors are told on `output`. */
export async function runFleetctl(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const { output, signal } = surroundings;
  try {
    return await runWords(words, surroundings);
  } catch (error) {
    if (signal.aborted) return 130;
    const { text, exit } = describeError('fleetctl', error);
    output.err((isOfFleet(error) ? text.replace(/^fleetctl: /, '') : text).trimEnd());
    return exit;
  }
}

/** Errors that scripts know by heart stand alone, as fleet prints them; others say first who speaks. */
function isOfFleet(error: unknown): boolean {
  if (!(error instanceof CodedError)) return false;
  return /^fleet\.|^cli\.unavailable$/.test(error.code) || error.message.startsWith('Error ');
}

async function runWords(
  words: readonly string[],
  { output, environment, signal }: Surroundings,
): Promise<number> {
  const { command, given, wrong, operands } = normalizeArguments(words, commands);
  if (wrong.length > 0) throw (await import('./program.ts')).flagError(command, wrong);
  if (command === undefined || given.get('help') === 'true') {
    const { helpText } = await import('./program.ts');
    output.out(helpText(command, version()));
    return 0;
  }
  checkOperands(command, operands);
  const flags = flagValues([...globalFlags, ...command.flags], given, environment);
  let connections: Promise<Connections> | undefined;
  const ssh = (): Promise<Connections> => {
    connections ??= import('./ssh-settings.ts').then(({ sshConnections }) =>
      sshConnections(flags, output.err),
    );
    return connections;
  };
  let connection: Promise<Connection> | undefined;
  const connected = (): Promise<Connection> => {
    connection ??= import('./connect.ts').then(({ connect }) => connect(flags, output.err, ssh, signal));
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
      ssh,
    });
  } finally {
    output.progress('');
    // An error of connecting has been told already.
    await connection?.then(
      (opened) => opened[Symbol.asyncDispose](),
      () => {},
    );
    await connections?.then(
      (opened) => opened[Symbol.asyncDispose](),
      () => {},
    );
  }
}
