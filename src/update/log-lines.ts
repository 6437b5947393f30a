// The daemon's log: one line a message, systemd's level before it, so that journalctl --priority knows it.

import { CodedError } from '../host/index.ts';
import type { Log } from './log.ts';

/** A log on that stream; debug messages only when wanted. */
export function logLines(stream: { write(text: string): unknown }, verbose: boolean): Log {
  const line = (priority: number) => (fields: object, message: string) => {
    const error = 'err' in fields ? fields.err : undefined;
    // Where it arose in the code helps only with what nobody foresaw.
    const stack = error instanceof Error && !(error instanceof CodedError) ? `\n${error.stack ?? ''}` : '';
    for (const part of `${message}${stack}`.split('\n')) stream.write(`<${priority}>${part}\n`);
  };
  return { debug: verbose ? line(7) : () => {}, info: line(6), warn: line(4), error: line(3) };
}
