// How a command ends in an error: one sentence on stderr, a hint below it, an exit status that means
// something, and no stack trace for what was expected to go wrong.

import { styleText } from 'node:util';
import { CodedError } from '../host/index.ts';

/** What the process should print on stderr and exit with for an error that reached the top. */
export function describeError(
  program: string,
  error: unknown,
): { readonly text: string; readonly exit: number } {
  if (error instanceof CodedError) {
    const hint = error.hint === undefined ? '' : `\n${error.hint}`;
    return { text: `${program}: ${error.message}${hint}\n`, exit: error.exit };
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { text: `${program}: internal error, please report it.\n${detail}\n`, exit: 70 };
}

/** Bold, red, … on a terminal that wants colours; the plain text elsewhere (NO_COLOR is honoured). */
export function styled(
  style: 'bold' | 'dim' | 'red' | 'green' | 'yellow',
  text: string,
  stream: NodeJS.WriteStream = process.stdout,
): string {
  return styleText(style, text, { stream, validateStream: true });
}
