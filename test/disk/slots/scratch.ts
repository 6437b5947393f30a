// A folder for machines of files, in memory where that can be: they are synced after every step.

import { access, constants, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes a folder whose name begins like that; removed by who asked. */
export async function scratch(prefix: string): Promise<string> {
  const memory = '/dev/shm';
  const usable = await access(memory, constants.W_OK).then(
    () => true,
    () => false,
  );
  return mkdtemp(join(usable ? memory : tmpdir(), prefix));
}
