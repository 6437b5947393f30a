// keelson kexec: into a slot without firmware and boot loader, in a few seconds.

import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { progress } from '../../cli/index.ts';
import {
  bootDiskKey,
  kexecWord,
  type Slot,
  type SlotKernel,
  type SlotStatus,
  trialWord,
} from '../../disk/index.ts';
import { provideTools, run } from '../../host/index.ts';
import { machineErrors } from '../errors.ts';
import { managerOf, type PlaceFlags } from './slot-options.ts';

interface KexecFlags extends PlaceFlags {
  readonly slot?: Slot;
  readonly force: boolean;
  readonly load: boolean;
  readonly quiet: boolean;
}

export function command(): Command {
  return new Command('kexec')
    .description(
      'Start the kernel of a slot at once: an orderly shutdown, then no firmware and no boot loader.',
    )
    .addOption(new Option('--slot <slot>', 'A or B (default: the one that boots next)').choices(['A', 'B']))
    .option('--load', 'load it only; `systemctl kexec` starts it', false)
    .option('--force', 'although the version was tried and did not come up', false)
    .option('--disk <dev>', 'the disk with the slots (default: the one that /usr comes from)')
    .option('--esp <dir>', 'where its EFI system partition is mounted (default: /efi, /boot or /boot/efi)')
    .option('--folder <dir>', 'slots in plain files in this folder')
    .option('-q, --quiet', 'say nothing', false)
    .addHelpText('after', help)
    .action(kexec);
}

const help = `
A version that is on trial stays so: \`keelson slot bless\` keeps it. Its start spends one of its tries, as one by the
boot loader does, so that a version that hangs is left after three of either; with --load it is spent at once.
`;

async function kexec(flags: KexecFlags): Promise<void> {
  const says = progress(process.stderr, flags.quiet);
  const tools = { kexec: 'kexec-tools' };
  await provideTools({ tools, purpose: 'kexec', install: false, onStep: (text) => says.step(text) });
  const manager = await managerOf(flags);
  const status = await manager.status();
  const slot = flags.slot ?? status.next;
  if (slot === undefined) {
    throw machineErrors.error('absent', 'No slot boots next: --slot says which one is meant.');
  }
  says.step(`Loading the kernel of slot ${slot}`);
  // In memory: the ESP may be unmounted by the time that it is started.
  await mkdir('/run/keelson', { recursive: true });
  const folder = await mkdtemp('/run/keelson/kexec-');
  try {
    const kernel = await manager.kernel(slot, folder, { force: flags.force });
    const running = await readFile('/proc/cmdline', 'utf8');
    const argv = kexecArguments(kernel, isOnTrial(status, slot), running);
    await run('kexec', argv, { deadlineMs: 300_000 });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  // What hangs from here on has used up its try; nothing of it runs yet.
  await manager.spendTry(slot);
  says.done(`The kernel of slot ${slot} is loaded.`);
  if (!flags.load) await run('systemctl', ['kexec']);
}

const isOnTrial = ({ slots }: SlotStatus, slot: Slot) =>
  slots.some((info) => info.slot === slot && info.state !== 'good');

/**
 * What kexec(8) is called with. The kernel is told that it came this way, and that it is on trial: the loader's
 * own variables still name the entry that firmware started. `running` is the command line of the running kernel:
 * which disk was booted GRUB has said only there.
 */
export function kexecArguments(
  { linux, initrd, cmdline }: SlotKernel,
  onTrial: boolean,
  running = '',
): string[] {
  const words = cmdline.split(' ').filter((word) => word !== trialWord && word !== kexecWord);
  const bootDisk = running.split(/\s+/).filter((word) => word.startsWith(bootDiskKey));
  const kept = words.some((word) => word.startsWith(bootDiskKey)) ? [] : bootDisk;
  const commandLine = [...words, ...kept, kexecWord, ...(onTrial ? [trialWord] : [])].join(' ');
  return ['-s', '-l', linux, `--initrd=${initrd}`, `--command-line=${commandLine}`];
}
