// What a boot of the image takes: `node bench/vm-boot.ts [ROUNDS] [KIND...]`, as root. A kind is a firmware, or `plain`:
// Debian of the same packages, whose kernel and initrd QEMU loads as it does for `direct`. Of each kind a first boot and
// ROUNDS later ones of the same machine, in turns. QEMU's CPU time until the system is at rest is the figure that
// another load of the host does not change much; systemd's own times are beside it. KEELSON_VM_IMAGE names an image;
// without it one of this checkout is made. KEELSON_PLAIN_DEBIAN names a folder where the plain one is kept.

import { readFile, rm } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { layerOver } from '../src/sandbox/vm/disks.ts';
import { kernelOfImage } from '../src/sandbox/vm/kernel-of-image.ts';
import { temporaryFolder } from '../test/machine/booted.ts';
import { type BootedVm, type BootOptions, bootVm, deadline } from '../test/vm/booted-vm.ts';
import { provideImage } from '../test/vm/image.ts';
import { plainDebian } from './plain-debian.ts';

const [rounds = '2', ...asked] = process.argv.slice(2);
const kinds = ['ovmf', 'seabios', 'direct', 'plain'] as const;
type Kind = (typeof kinds)[number];
const chosen = asked.length === 0 ? kinds : kinds.filter((name) => asked.includes(name));

interface Boot {
  readonly kind: Kind;
  readonly first: boolean;
  /** Of the host, over the last minute. */
  readonly load: number;
  /** Of QEMU, from power-on until systemd is at rest and has answered. */
  readonly cpuSeconds: number;
  /** What systemd-analyze tells: kernel, initrd, userspace; in seconds. */
  readonly seconds: Readonly<Record<string, number>>;
  /** Services of ours, and what each took; in seconds. All but grow-root start Node. */
  readonly services: Readonly<Record<string, number>>;
  /** What units of ours take of the way to multi-user.target, and that way; in seconds. */
  readonly onChain: { readonly ours: number; readonly all: number };
  readonly criticalChain: readonly string[];
}

// Services alone: a device that has our name waits for other things.
const ours = /(?:cloudinit|configdrive|fleet|grow-root|keelson)\S*\.service\b/;

const between = '\n--\n';
const questions = ['time', 'blame --no-pager', 'critical-chain --no-pager multi-user.target']
  .map((words) => `systemd-analyze ${words}`)
  .join("; printf '\\n--\\n'; ");

const folder = await temporaryFolder();
const machines: { readonly kind: Kind; readonly vm: BootedVm }[] = [];
try {
  // All that is to be made is made before anything is measured.
  const options = [];
  for (const kind of chosen) options.push({ kind, options: await bootOptions(kind) });
  for (let round = 0; round <= Number(rounds); round++) {
    for (const [index, each] of options.entries()) {
      const vm = machines[index]?.vm ?? (await bootVm(each.options));
      if (machines[index] === undefined) machines.push({ kind: each.kind, vm });
      else await vm.boot();
      process.stdout.write(`${JSON.stringify(await measure(vm, each.kind, round === 0))}\n`);
      await vm.power.powerDown();
    }
  }
} finally {
  for (const { vm } of machines) await vm[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
}

async function bootOptions(kind: Kind): Promise<BootOptions> {
  if (kind === 'plain') {
    const { disk, kernel, identity } = await plainDebian(
      process.env.KEELSON_PLAIN_DEBIAN ?? join(folder, 'plain'),
    );
    const layer = await layerOver(disk, join(folder, 'plain.qcow2'));
    return { firmware: 'direct', kernel, disk: layer, identity };
  }
  if (kind !== 'direct') return { firmware: kind };
  return { firmware: kind, kernel: await kernelOfImage(await provideImage(), join(folder, 'kernel')) };
}

async function measure(vm: BootedVm, kind: Kind, first: boolean): Promise<Boot> {
  const cpuSeconds = await cpuSecondsOf((await vm.power.pid()) ?? 0);
  // In one go: each way in takes a slow machine seconds.
  const [times = '', blame = '', chain = ''] = (
    await vm.exec(['sh', '-c', questions], { deadlineMs: await deadline(60) })
  ).stdout.split(between);
  const seconds: Record<string, number> = {};
  for (const [, text = '', part = ''] of times.matchAll(/((?:\d+min )?[\d.]+m?s) \((\w+)\)/g))
    seconds[part] = secondsOf(text);
  const services: Record<string, number> = {};
  for (const line of blame.split('\n')) {
    const [, text = '', unit = ''] = /^\s*(.+?) (\S+)$/.exec(line) ?? [];
    if (ours.test(unit)) services[unit] = secondsOf(text);
  }
  const criticalChain = chain.split('\n').filter((line) => /@/.test(line) && !/^The time/.test(line));
  const onChain = { ours: 0, all: secondsOf(/@(\S.*?s)(?: \+|$)/.exec(criticalChain[0] ?? '')?.[1] ?? '') };
  for (const line of criticalChain)
    if (ours.test(line)) onChain.ours += secondsOf(/\+(.+)$/.exec(line)?.[1] ?? '');
  const load = loadavg()[0] ?? 0;
  return { kind, first, load, cpuSeconds, seconds, services, onChain, criticalChain };
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
