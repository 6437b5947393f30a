// Disks that grow inside a whole machine: an ext4 that is mounted wants CAP_SYS_RESOURCE to grow, and that is not to be
// had on every host of tests.

import assert from 'node:assert/strict';
import { type BootedVm, MiB } from './booted-vm.ts';

/** Makes a disk in a folder: with this table, an ext4 in its second partition, and larger since. Tells its device. */
const makeDisk = `set -eu
mkdir -p "$1"; image=$1/disk.img
truncate -s 400M "$image"
printf "$2" | sfdisk --quiet "$image"
device=$(losetup --find --show --partscan "$image"); udevadm settle
mkfs.ext4 -q -b 4096 "$device"p2; mkdir "$1/mnt"; mount "$device"p2 "$1/mnt"
truncate -s 1200M "$image"; losetup --set-capacity "$device"
echo "$device"`;

/** How each half ended, of the answer of `keelson grow-root --json`. */
export const outcomes = (json: string): readonly string[] =>
  JSON.parse(json).map(({ outcome }: { outcome: string }) => outcome);

/** Grows an ext4 that is mounted on a partition of a disk with either kind of table; a second time there is nothing to do. */
export async function growsExt4(vm: BootedVm): Promise<void> {
  for (const label of ['gpt', 'dos']) {
    const folder = `/var/tmp/${label}`;
    const table = `label: ${label}\\nsize=20MiB\\nsize=320MiB\\n`;
    const device = await vm.ask('sh', '-c', makeDisk, 'sh', folder, table);
    const grow = ['keelson', 'grow-root', '--json', '--mount-point', `${folder}/mnt`];
    assert.deepEqual(outcomes(await vm.ask(...grow)), ['grown', 'grown'], label);
    assert.deepEqual(outcomes(await vm.ask(...grow)), ['full', 'full'], label);
    const header = await vm.ask('dumpe2fs', '-h', `${device}p2`);
    const bytes = Number(/^Block count: +(\d+)/m.exec(header)?.[1]) * 4096;
    const partition = Number(await vm.ask('blockdev', '--getsize64', `${device}p2`));
    assert.ok(partition > 1170 * MiB && partition - bytes < MiB, `${label}: ${bytes} of ${partition}`);
    assert.match(await vm.ask('sfdisk', '--verify', device), /No errors detected/);
    await vm.exec(['sh', '-c', `umount ${folder}/mnt && losetup --detach ${device} && rm -r ${folder}`]);
  }
}
