// Who is logged in by utmp(5), as the original has it: terminals of multiplexers and of logins without a session of
// logind are there, too. Pure but for the one reading.

import { readFile } from 'node:fs/promises';

export const utmpPath = '/run/utmp';

/** Of one record of the GNU C library; on 64-bit ARM its times are longer. */
const recordBytes = process.arch === 'arm64' ? 400 : 384;
const [lineAt, lineEnd] = [8, 40];
const userProcess = 7;

/** The lines of a utmp file at which somebody is logged in, such as `tty1` and `pts/0`. */
export function loginLines(utmp: Buffer, size = recordBytes): readonly string[] {
  const lines: string[] = [];
  for (let at = 0; at + size <= utmp.length; at += size) {
    if (utmp.readInt16LE(at) !== userProcess) continue;
    const [line = ''] = utmp.toString('latin1', at + lineAt, at + lineEnd).split('\0');
    if (line !== '') lines.push(line);
  }
  return lines;
}

/** Those of this machine; none where it keeps no such file. */
export async function ownLoginLines(path = utmpPath): Promise<readonly string[]> {
  return loginLines(await readFile(path).catch(() => Buffer.alloc(0)));
}
