// Tells everybody who is logged in that the machine reboots, on their terminals.

import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

/** The message as the original lays it out: lines padded to 79 columns, so that they cover what stands there. */
export function broadcastText(now: Date, lines: readonly string[]): string {
  const row = (text: string) => text.slice(0, 79).padEnd(79);
  const blank = `\r${' '.repeat(79)}\r\n`;
  const head = row(`Broadcast message from locksmithd at ${now.toISOString()}:`);
  return `${blank}${head}\x07\x07\r\n${lines.map((line) => `${row(line)}\r\n`).join('')}${blank}`;
}

/** The time until the reboot in words, as in "System reboot in 5 minutes!". */
export function rebootIn(ms: number): string {
  const [amount, unit] =
    ms >= 60_000 ? [Math.round(ms / 60_000), 'minute'] : [Math.round(ms / 1000), 'second'];
  return `System reboot in ${amount} ${unit}${amount === 1 ? '' : 's'}!`;
}

/** Writes a text to these terminals, as named below /dev, each once; how many of them took it. */
export async function tellTerminals(
  lines: readonly string[],
  text: string,
  devices = '/dev',
): Promise<number> {
  const terminals = new Set(lines.filter((tty) => /^[a-z]+[a-z0-9/]*$/i.test(tty)));
  let told = 0;
  for (const tty of terminals) {
    try {
      // A terminal that is stopped takes nothing: it is not waited for.
      const flags = constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK;
      const handle = await open(join(devices, tty), flags);
      try {
        await handle.write(text);
        told += 1;
      } finally {
        await handle.close();
      }
    } catch {
      // Gone, or not ours to write to: it counts as nobody.
    }
  }
  return told;
}
