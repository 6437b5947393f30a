// File systems for tests, on memory or on a loop device, that are gone afterwards also when the test run is
// interrupted.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Mount extends Disposable {
  readonly directory: string;
  /** Holds up every write (`fsfreeze`), until `thaw`. */
  freeze(): void;
  thaw(): void;
}

/** A tmpfs of so many megabytes. */
export function mountMemory(megabytes: number): Mount {
  return mount((directory) => ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'keelson-test', directory]);
}

/** An ext4 of so many megabytes in a file, on a loop device that ends with its mount. */
export function mountDisk(megabytes: number): Mount {
  return mount((directory, root) => {
    const image = join(root, 'image');
    execFileSync('truncate', ['-s', `${megabytes}M`, image]);
    execFileSync('mkfs.ext4', ['-q', '-F', image]);
    return ['-o', 'loop', image, directory];
  });
}

function mount(args: (directory: string, root: string) => string[]): Mount {
  const root = mkdtempSync(join(tmpdir(), 'keelson-mount-'));
  const directory = join(root, 'mount');
  let frozen = false;
  let mounted = false;
  const thaw = () => {
    if (frozen) execFileSync('fsfreeze', ['--unfreeze', directory]);
    frozen = false;
  };
  const end = () => {
    thaw();
    if (mounted) execFileSync('umount', ['--lazy', directory]);
    mounted = false;
    rmSync(root, { recursive: true, force: true });
    process.off('exit', end);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, leave);
  };
  const leave = () => process.exit(1);
  process.on('exit', end);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, leave);
  try {
    mkdirSync(directory);
    execFileSync('mount', args(directory, root));
    mounted = true;
  } catch (error) {
    end();
    throw error;
  }
  return {
    directory,
    freeze() {
      execFileSync('fsfreeze', ['--freeze', directory]);
      frozen = true;
    },
    thaw,
    [Symbol.dispose]: end,
  };
}
