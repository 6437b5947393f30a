// What a boot of the image takes: `node bench/vm-boot.ts [ROUNDS] [FIRMWARE...]`, as root. For each firmware a first
// boot and ROUNDS later ones of the same machine. QEMU's CPU time until the system is at rest is the figure that another
// load of the host does not change much; systemd's own times are beside it. KEELSON_VM_IMAGE names an image; without
// it one of this checkout is made.

import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { kernelOfImage } from '../src/sandbox/vm/kernel-of-image.ts';
import type { Firmware } from '../src/sandbox/vm/model.ts';
import { temporaryFolder } from '../test/machine/booted.ts';
import { type BootedVm, bootVm } from '../test/vm/booted-vm.ts';
import { provideImage } from '../test/vm/image.ts';

const [rounds = '2', ...asked] = process.argv.slice(2);
const firmwares: readonly Firmware[] = ['ovmf', 'seabios', 'direct'];
const chosen = asked.length === 0 ? firmwares : firmwares.filter((name) => asked.includes(name));

interface Boot {
  readonly firmware: Firmware;
  readonly first: boolean;
  /** Of QEMU, from power-on until systemd is at rest and has answered. */
  readonly cpuSeconds: number;
  /** What systemd-analyze tells: kernel, initrd, userspace; in seconds. */
  readonly seconds: Readonly<Record<string, number>>;
  /** Units of ours that start Node, and what each took; in seconds. */
  readonly nodeUnits: Readonly<Record<string, number>>;
  readonly criticalChain: readonly string[];
}

const folder = await temporaryFolder();
try {
  const image = await provideImage();
  for (const firmware of chosen) {
    const kernel =
      firmware === 'direct' ? { kernel: await kernelOfImage(image, join(folder, 'kernel')) } : {};
    await using vm = await bootVm({ firmware, ...kernel });
    for (let round = 0; round <= Number(rounds); round++) {
      if (round > 0) {
        await vm.power.powerDown();
        await vm.boot();
      }
      process.stdout.write(`${JSON.stringify(await measure(vm, firmware, round === 0))}\n`);
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function measure(vm: BootedVm, firmware: Firmware, first: boolean): Promise<Boot> {
  const cpuSeconds = await cpuSecondsOf((await vm.power.pid()) ?? 0);
  const times = await vm.ask('systemd-analyze', 'time');
  const seconds: Record<string, number> = {};
  for (const [, text = '', part = ''] of times.matchAll(/((?:\d+min )?[\d.]+m?s) \((\w+)\)/g))
    seconds[part] = secondsOf(text);
  const nodeUnits: Record<string, number> = {};
  for (const line of (await vm.ask('systemd-analyze', 'blame', '--no-pager')).split('\n')) {
    const [, text = '', unit = ''] = /^\s*(.+?) (\S+)$/.exec(line) ?? [];
    if (/cloudinit|configdrive|fleet|grow-root|keelson/.test(unit)) nodeUnits[unit] = secondsOf(text);
  }
  const chain = await vm.ask('systemd-analyze', 'critical-chain', '--no-pager', 'multi-user.target');
  const criticalChain = chain.split('\n').filter((line) => /@/.test(line) && !/^The time/.test(line));
  return { firmware, first, cpuSeconds, seconds, nodeUnits, criticalChain };
}

/** As systemd writes it: “1min 2.345s”, “678ms”. */
function secondsOf(text: string): number {
  const [, minutes = '0'] = /(\d+)min/.exec(text) ?? [];
  const [, number = '0', unit = 's'] = /([\d.]+)(ms|s)$/.exec(text.trim()) ?? [];
  return Number(minutes) * 60 + Number(number) / (unit === 'ms' ? 1000 : 1);
}

/** User and system time of a process, in seconds. Fields 14 and 15 of /proc/PID/stat, in hundredths. */
async function cpuSecondsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
