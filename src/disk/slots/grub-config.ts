// What GRUB reads on a BIOS machine: the choice of the slot with its counted tries, and each slot's entry.
// GRUB's script has no arithmetic, so the count goes down by a chain of cases.

import { diskErrors } from '../errors.ts';
import type { Slot } from '../model.ts';

/** Variables of the environment block that the loader and `keelson slot` share; they change in one write. */
export const grubVariables = ['good_slot', 'try_slot', 'tries'] as const;

/** Where things are on the ESP; GRUB's `$prefix` is the folder of its configuration. */
export const grubPaths = {
  config: 'keelson/grub/grub.cfg',
  environment: 'keelson/grub/grubenv',
  slot: (slot: Slot) => `keelson/${slot}`,
} as const;

/** Files of a slot's folder. */
export const grubSlotFiles = {
  kernel: 'vmlinuz',
  initrd: 'initrd',
  entry: 'entry.cfg',
  osRelease: 'os-release',
} as const;

/**
 * Told to the kernel of a slot that is on trial. systemd-boot tells it by a variable of the firmware; on BIOS,
 * and after kexec, this word is all that says so early in the boot.
 */
export const trialWord = 'keelson.trial';

/** The word by which a kernel that came by kexec knows that the loader's own variables are not about it. */
export const kexecWord = 'keelson.kexec';

/** On the command line of a machine that GRUB started: the UUID of the partition it was started from follows. */
export const bootDiskKey = 'keelson.esp=';

/** How often a new version is tried before the machine goes back. */
export const defaultTries = 3;

/**
 * grub.cfg, the same for every version. Takes a slot that is to be tried while tries are left, counting down
 * before it boots; without tries, when the count cannot be written, or when that slot's kernel cannot be
 * loaded, the good slot; when that cannot be loaded either, any slot that can.
 * Modules needed: part_gpt fat normal configfile linux test loadenv echo probe sleep reboot serial terminal.
 */
export function grubConfig(tries = defaultTries): string {
  const counts = Array.from({ length: tries }, (_, index) => tries - index);
  const chain = counts.map(
    (count, index) => `  ${index === 0 ? 'if' : 'elif'} [ "$tries" = ${count} ]; then
    set slot="$try_slot"
    set tries=${count - 1}
`,
  );
  return `# Made by keelson; the same for every version. The slots' own part is in /keelson/A and /keelson/B.
set timeout=0
if serial --unit=0 --speed=115200; then
  terminal_input console serial
  terminal_output console serial
fi

# The initrd takes its partitions from the disk that this file is on; see 65-keelson-boot-disk.rules.
set boot_disk=
if probe --set=esp --part-uuid $root; then
  set boot_disk="${bootDiskKey}$esp"
fi

set good_slot=
set try_slot=
set tries=
load_env --file $prefix/grubenv good_slot try_slot tries

function boot_slot {
  echo "keelson: booting slot $1"
  source "/${grubPaths.slot('A').slice(0, -1)}$1/${grubSlotFiles.entry}"
}

# A slot that is to be tried is counted before it boots: what hangs has used up its try.
set slot=
if [ -n "$try_slot" ]; then
${chain.join('')}  fi
fi
if [ -n "$slot" ]; then
  if save_env --file $prefix/grubenv good_slot try_slot tries; then
    set trial=${trialWord}
    boot_slot "$slot"
    set trial=
    echo "keelson: slot $slot cannot be loaded"
  fi
fi
if [ -n "$good_slot" ]; then
  boot_slot "$good_slot"
  echo "keelson: slot $good_slot cannot be loaded"
fi
for each in A B; do
  boot_slot "$each"
done
echo "keelson: no slot can be loaded; starting over in 10 seconds"
sleep 10
reboot
`;
}

/**
 * A slot's entry.cfg: loads kernel and initrd and boots them; when one cannot be loaded, it ends without.
 * Throws `disk.unsupported` for a command line with characters that GRUB's script cannot quote.
 */
export function grubSlotConfig(slot: Slot, cmdline: string): string {
  const words = cmdline.trim().split(/\s+/);
  const odd = words.find((word) => /[^\x21-\x7e]|'/.test(word));
  if (odd !== undefined) {
    throw diskErrors.error('unsupported', `GRUB cannot be given the word “${odd}” of the command line.`);
  }
  const folder = `/${grubPaths.slot(slot)}`;
  return `if linux ${folder}/${grubSlotFiles.kernel} ${words.map((word) => `'${word}'`).join(' ')} $boot_disk $trial; then
  if initrd ${folder}/${grubSlotFiles.initrd}; then
    boot
  fi
fi
`;
}

/** The command line in an entry.cfg as `grubSlotConfig` writes it, or undefined when it is none. */
export function cmdlineOfGrubEntry(text: string): string | undefined {
  const line = /^if linux \S+ ((?:'[^']*' ?)+)(?:\$boot_disk )?(?:\$trial)?; then$/m.exec(text)?.[1];
  return line === undefined ? undefined : [...line.matchAll(/'([^']*)'/g)].map(([, word]) => word).join(' ');
}

/** The slot that GRUB will boot with this environment, and what it leaves there: what grub.cfg does, as a function. */
export function grubChoice(environment: ReadonlyMap<string, string>): {
  readonly slot: Slot | undefined;
  readonly tries: number;
  readonly counted: boolean;
} {
  const left = Number(environment.get('tries') || 0);
  const tried = asSlot(environment.get('try_slot'));
  const counted = tried !== undefined && left >= 1 && left <= defaultTries;
  return {
    slot: counted ? tried : asSlot(environment.get('good_slot')),
    tries: counted ? left - 1 : left,
    counted,
  };
}

/** A slot's letter out of a variable, or undefined. */
export function asSlot(text: string | undefined): Slot | undefined {
  return text === 'A' || text === 'B' ? text : undefined;
}
