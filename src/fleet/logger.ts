// fleetd's log: pino's JSON with systemd's level before it, so that journalctl --priority knows it.

import { pino, stdSerializers } from 'pino';
import { CodedError } from '../host/index.ts';
import type { Log } from './log.ts';

export interface LevelledLog extends Log {
  level: string;
}

/** pino's levels in the numbers of syslog. */
const priorities: readonly (readonly [number, number])[] = [
  [60, 2],
  [50, 3],
  [40, 4],
  [30, 6],
];

/** A log on that stream; `verbose` says debug messages too. */
export function createLog(
  verbose: boolean,
  stream: { write(text: string): unknown } = process.stdout,
): LevelledLog {
  const destination = {
    // pino tells the level of each line to a destination that carries this mark.
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 30,
    write(line: string) {
      const priority = priorities.find(([level]) => destination.lastLevel >= level)?.[1] ?? 7;
      stream.write(`<${priority}>${line}`);
    },
  };
  return pino(
    { level: verbose ? 'debug' : 'info', base: null, serializers: { err: described } },
    destination,
  );
}

/** An error that we foresaw is told by its words; where it arose in the code helps only with the others. */
function described(error: unknown): unknown {
  if (error instanceof CodedError) return { code: error.code, hint: error.hint };
  return error instanceof Error ? stdSerializers.err(error) : error;
}
