// Machines with slots: /usr is the image of a slot in plain files, taken, checked and mounted before each boot. What
// the loader, dm-verity and the initrd do for a machine of its own is done here by the loop that boots a container.

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { initPlainFolder, locateSlots, slotsWord, trialWord } from '../disk/index.ts';
import { homeDirectory } from '../host/index.ts';
import type { MachinePaths } from './paths.ts';

/** Where a machine sees its slots. */
export const slotsInside = '/var/lib/keelson/machine-slots';

/** Makes the machine's slots with that release in the first. Throws as `initPlainFolder`. */
export async function prepareSlots(paths: MachinePaths, release: string): Promise<void> {
  // What an interrupted start left; a machine that was prepared is not prepared again.
  await rm(paths.slots, { recursive: true, force: true });
  for (const name of ['etc', 'usr']) await mkdir(join(paths.upper, name), { recursive: true });
  const { architecture } = await locateSlots({ folder: paths.slots });
  await initPlainFolder(paths.slots, release, { architecture });
}

/**
 * A shell function `take_slot` that mounts the slot that is due below the machine's root and leaves in $words what
 * PID 1 is to be told, in $trial whether the slot is on trial. Fails when there is none that is whole.
 * The mount of /etc is that of the image's initrd (image/initrd, etc-overlay.service).
 */
export const takeSlotScript = `take_slot() {
  umount -l "$root/etc" 2>/dev/null
  umount -l "$root/usr" 2>/dev/null
  taken=$("$node" "$keelson" slot take --folder "$slots" --check --cmdline) || return 1
  { read -r folder; read -r cmdline; } <<END
$taken
END
  words="systemd.verity=no ${slotsWord}=${slotsInside}" trial=
  for word in $cmdline; do
    case $word in
    usrhash=*) words="$words $word" ;;
    ${trialWord}) words="$words $word" trial=yes ;;
    esac
  done
  echo "Slot \${folder##*/} boots\${trial:+, on trial}."
  mount -t squashfs -o ro,loop "$folder/usr" "$root/usr" &&
    mount -t overlay overlay -o "lowerdir=$root/usr/share/factory/etc,upperdir=$upper/etc,workdir=$work,index=off,xino=off,redirect_dir=off,metacopy=off" "$root/etc"
}`;

/** What the script finds in its environment; empty slots for a machine without. */
export function slotVariables(paths: MachinePaths, hasSlots: boolean): Readonly<Record<string, string>> {
  return {
    slots: hasSlots ? paths.slots : '',
    root: paths.root,
    upper: paths.upper,
    work: paths.work,
    node: process.execPath,
    keelson: join(homeDirectory(), 'dist/keelson.js'),
  };
}
