// Words of a run to whoever reads them: a person's terminal, the journal, the console of a machine that boots.

import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

export type Level = 'error' | 'warning' | 'info';

/** How the journal is told what a line weighs; see sd-daemon(3). */
const prefixes: Readonly<Record<Level, string>> = { error: '<3>', warning: '<4>', info: '<6>' };

/** Writes a text of one or more lines to standard error. */
export function say(level: Level, text: string): void {
  const prefix = process.env.JOURNAL_STREAM === undefined ? '' : prefixes[level];
  process.stderr.write(`${text.replace(/^/gm, prefix)}\n`);
}

/** One line on the console of a booting machine; a console that is not there, or hangs, costs nothing. */
export async function sayOnConsole(text: string, failed: boolean): Promise<void> {
  if (process.env.KEELSON_UNIT === undefined) return;
  const hint = failed ? ' See coreos-cloudinit status.' : '';
  try {
    await using console = await open(
      '/dev/console',
      constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY,
    );
    await console.write(`coreos-cloudinit: ${text.replace(/[^\x20-\x7e]/g, '?')}${hint}\r\n`);
  } catch {
    // The journal has it.
  }
}
