// Who may boot an emulated machine now. A boot keeps two processors busy for half a minute; two at once each take
// longer than both one after the other, and run into their time limits. Booted machines may run side by side.

import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Lock, lock } from '../../host/index.ts';
import { sandboxErrors } from '../errors.ts';
import { roots } from '../paths.ts';
import type { Accelerator, Hardware } from './model.ts';

/** One for the whole host, whoever's machine it is: /run/keelson/vm-boot.lock. */
const turnFile = () => join(dirname(roots().run), 'vm-boot.lock');

/** Waits until no other emulated machine of this host is being booted. With KVM nobody waits. */
export async function bootTurn(
  accelerator: Accelerator,
  onWait: () => void = () => {},
  file: string = turnFile(),
): Promise<AsyncDisposable> {
  if (accelerator === 'kvm') return { [Symbol.asyncDispose]: async () => {} };
  const held: Lock = await lock(file, onWait);
  return held;
}

// QEMU's own: translated code, device models, buffers.
const qemuMiB = 256;

/** Throws `sandbox.state` when the host's memory does not suffice for the machine. */
export async function requireMemory(hardware: Hardware, meminfo = '/proc/meminfo'): Promise<void> {
  const available = Number(/^MemAvailable:\s+(\d+) kB$/m.exec(await readFile(meminfo, 'utf8'))?.[1]) / 1024;
  const needed = (hardware.memoryMiB ?? 1024) + qemuMiB;
  if (!(available < needed)) return;
  throw sandboxErrors.error(
    'state',
    `Machine ${hardware.name} needs ${needed} MiB of memory; this host has ${Math.floor(available)} MiB left.`,
    { hint: 'Stop other machines, or give this one less with --memory.' },
  );
}
