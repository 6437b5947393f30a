// A folder of a test's own, with files in it.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Files by their path below the folder; gone when disposed of. */
export async function scratch(files: Readonly<Record<string, string | Uint8Array>> = {}) {
  const path = await mkdtemp(join(tmpdir(), 'cloud-config-'));
  const write = async (name: string, content: string | Uint8Array, mode = 0o644) => {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), content, { mode });
  };
  for (const [name, content] of Object.entries(files)) await write(name, content);
  return {
    path,
    write,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
