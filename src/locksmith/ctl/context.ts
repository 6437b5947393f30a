// What a sub-command of locksmithctl is given to work with.

import type { Flag } from '../flags.ts';
import type { ManagedLock } from '../semaphore/model.ts';

export interface Context {
  readonly operands: readonly string[];
  /** Flags of the sub-command itself; "" when one was not given. */
  readonly flag: (name: string) => string;
  readonly env: Readonly<Record<string, string | undefined>>;
  out(text: string): void;
  /** One line on standard error. */
  err(line: string): void;
  /**
   * The semaphore, known to be reachable. Throws `locksmith.unavailable` with the words that the original has for
   * that.
   */
  lock(): Promise<ManagedLock>;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Operands, as its usage shows them. */
  readonly usage: string;
  readonly description: string;
  readonly flags: readonly Flag[];
  /** Loads what it does: returns the exit status. */
  readonly load: () => Promise<{ readonly run: (context: Context) => Promise<number> }>;
}
