// What a sub-command is given to work with.

import { cliErrors } from '../../cli/index.ts';
import type { Connections } from '../../ssh/index.ts';
import type { Machine } from '../model.ts';
import type { FleetClient } from './client.ts';
import type { FlagValues } from './flags.ts';

export interface Output {
  /** Results, on standard output. */
  out(text: string): void;
  /** One line on standard error: warnings, errors, how it went. */
  err(line: string): void;
  /** A line of standard error that is rewritten, on a terminal only; an empty one takes it away. */
  progress(line: string): void;
  /** Whether someone watches and can interrupt. */
  readonly interactive: boolean;
  /** The terminal that standard output is; undefined for a pipe or file. */
  readonly screen?: Screen | undefined;
}

/** A terminal's size, as it is now. */
export interface Screen {
  readonly rows: number;
  readonly columns: number;
}

export interface Context {
  readonly flags: FlagValues;
  readonly operands: readonly string[];
  readonly output: Output;
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal;
  /** Connects when first called. */
  client(): Promise<FleetClient>;
  /** The way to other machines; nothing is connected before it is used. */
  ssh(): Promise<Connections>;
}

/** The machines of the cluster by ID; empty when the server cannot tell, since names do without. */
export async function machinesByID(client: FleetClient): Promise<Map<string, Machine>> {
  const machines = await client.machines();
  return new Map(machines.map((machine) => [machine.id, machine]));
}

/** A usage error, for what only the sub-command can know. */
export function usage(message: string, hint?: string): Error {
  return cliErrors.error('usage', message, hint === undefined ? {} : { hint });
}
