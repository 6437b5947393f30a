// Which way of running virtual machines this host has. A /dev/kvm that opens proves nothing: inside some virtual
// machines it takes a second for what an emulator does in a millisecond. So a boot sector is run, and timed.

import { access, constants, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFileIfExists, run, writeFileAtomic } from '../../host/index.ts';
import { sandboxErrors } from '../errors.ts';
import type { Accelerator } from './model.ts';

export interface AcceleratorChoice {
  readonly accelerator: Accelerator;
  /** Why not KVM, as the end of a sentence; empty with KVM. */
  readonly reason: string;
}

export interface AcceleratorOptions {
  /** Where the answer is kept until the host is booted again. */
  readonly cacheFile?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly device?: string;
  /** Whether KVM really runs. Default: a boot sector is tried. */
  readonly probe?: () => Promise<boolean>;
}

/** How many times longer than on KVM everything may take. */
export function patience(accelerator: Accelerator): number {
  return accelerator === 'kvm' ? 1 : 5;
}

/**
 * What QEMU is to use here: KVM if it really runs, else emulation. KEELSON_VM_ACCELERATOR (`kvm`, `tcg`)
 * overrules. The answer is kept until the host is booted again.
 */
export async function chooseAccelerator(options: AcceleratorOptions = {}): Promise<AcceleratorChoice> {
  const asked = (options.env ?? process.env).KEELSON_VM_ACCELERATOR ?? '';
  if (asked === 'kvm') return { accelerator: 'kvm', reason: '' };
  if (asked === 'tcg') return { accelerator: 'tcg', reason: 'KEELSON_VM_ACCELERATOR says so' };
  if (asked !== '') {
    throw sandboxErrors.error('invalid', `KEELSON_VM_ACCELERATOR is “${asked}”: expected kvm or tcg.`);
  }
  const device = options.device ?? '/dev/kvm';
  const usable = await access(device, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!usable) return { accelerator: 'tcg', reason: `there is no ${device} that we may use` };
  const cacheFile = options.cacheFile ?? '/run/keelson/accelerator.json';
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const known = parseAnswer((await readFileIfExists(cacheFile)) ?? '', boot);
  if (known !== undefined) return known;
  const choice: AcceleratorChoice = (await (options.probe ?? (() => runsSector('kvm')))())
    ? { accelerator: 'kvm', reason: '' }
    : {
        accelerator: 'tcg',
        reason: `${device} opens, but a boot sector did not run in ${probeCpuSeconds} s of CPU`,
      };
  // Who may not write there asks again the next time.
  await writeFileAtomic(cacheFile, `${JSON.stringify({ boot, ...choice })}\n`).catch(() => {});
  return choice;
}

function parseAnswer(text: string, boot: string): AcceleratorChoice | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('boot' in value) || value.boot !== boot)
      return undefined;
    if (!('accelerator' in value) || !('reason' in value) || typeof value.reason !== 'string')
      return undefined;
    const { accelerator, reason } = value;
    return accelerator === 'kvm' || accelerator === 'tcg' ? { accelerator, reason } : undefined;
  } catch {
    return undefined;
  }
}

// mov dx, 0xf4; mov al, 0x21; out dx, al; hlt: QEMU's isa-debug-exit ends it with status 2 × 0x21 + 1.
const exitSector = [0xba, 0xf4, 0x00, 0xb0, 0x21, 0xee, 0xf4, 0xeb, 0xfd];
const exitStatus = 0x21 * 2 + 1;

// CPU time, as the load of the host does not lengthen it. Real KVM needs 0.2 s.
const probeCpuSeconds = 3;

/** Whether QEMU with that accelerator comes through BIOS and a boot sector before its CPU time is used up. */
export async function runsSector(accelerator: Accelerator): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'keelson-probe-'));
  try {
    const disk = join(folder, 'disk');
    await writeFile(disk, bootSector(exitSector));
    const limit = `--cpu=${probeCpuSeconds}:${probeCpuSeconds}`;
    const machine = ['-accel', accelerator, '-machine', 'q35', '-m', '64', '-nodefaults', '-no-user-config'];
    const devices = [
      ...['-device', 'isa-debug-exit,iobase=0xf4,iosize=4'],
      ...[
        '-drive',
        `if=none,id=d,format=raw,file=${disk.replaceAll(',', ',,')}`,
        '-device',
        'virtio-blk-pci,drive=d',
      ],
    ];
    const argv = [
      '--pdeathsig',
      'KILL',
      'prlimit',
      limit,
      'qemu-system-x86_64',
      ...machine,
      '-display',
      'none',
      ...devices,
    ];
    const { status } = await run('setpriv', argv, { accept: 'any', deadlineMs: 60_000 });
    return status === exitStatus;
  } catch {
    return false;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A disk whose first sector is this code. SeaBIOS does not boot from one that is very small. */
export function bootSector(code: readonly number[]): Buffer {
  const disk = Buffer.alloc(1024 * 1024);
  disk.set(code);
  disk.set([0x55, 0xaa], 510);
  return disk;
}
