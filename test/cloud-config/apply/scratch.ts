// A root folder of its own and a manager in memory, to apply onto.

import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Machine } from '../../../src/cloud-config/index.ts';
import { MemoryManager } from '../../../src/systemd/index.ts';

export interface Scratch extends AsyncDisposable {
  readonly root: string;
  readonly manager: MemoryManager;
  /** A fresh run on this machine. */
  machine(): Machine;
}

/** A machine with root and a few groups, and these units, whose jobs are waited for so long. */
export async function scratch(units: readonly string[] = [], commandsMs = 60_000): Promise<Scratch> {
  const root = await mkdtemp(join(tmpdir(), 'cloud-config-'));
  // The keys are written with the user's identity, who must be able to get there.
  await chmod(root, 0o755);
  await mkdir(join(root, 'etc'));
  await mkdir(join(root, 'home'));
  const files = {
    passwd: 'root:x:0:0:root:/root:/bin/bash\n',
    shadow: 'root:*:20000:0:99999:7:::\n',
    group: 'root:x:0:\nsudo:x:27:\nadm:x:4:\n',
    gshadow: 'root:*::\nsudo:*::\nadm:*::\n',
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(root, 'etc', name), content);
  const manager = new MemoryManager({ units });
  const commandsDone = new Set<string>();
  return {
    root,
    manager,
    machine: () => ({
      root,
      manager: async () => manager,
      booting: false,
      commandsUntil: Date.now() + commandsMs,
      commandsDone,
      changes: { units: new Set(), manager: false, network: false, folders: new Set() },
      now: Date.now,
    }),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}
