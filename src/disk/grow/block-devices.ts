// The block devices below a file system, from /sys. https://docs.kernel.org/admin-guide/abi-stable.html (block)

import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { diskErrors } from '../errors.ts';
import type { BlockDevice, DeviceKind, Stack } from './model.ts';

/** The unit of `size` and `start` in /sys, whatever sectors the disk has. */
const sysfsSector = 512;

/**
 * The device of that number (`259:3`) with all that it lies on. Throws `disk.absent` when the kernel has none.
 */
export function readStack(device: string, sys = '/sys'): Stack {
  const link = join(sys, 'dev/block', device);
  if (!existsSync(link)) {
    throw diskErrors.error('absent', `The kernel has no block device ${device}.`);
  }
  const devices: BlockDevice[] = [];
  let folder: string | undefined = realpathSync.native(link);
  while (folder !== undefined) {
    const read: BlockDevice = readDevice(folder);
    devices.push(read);
    const lower: readonly string[] = lowerFolders(folder, read.kind, sys);
    if (lower.length > 1) return { devices, fork: lower.map((each) => readDevice(each).path) };
    folder = lower[0];
  }
  return { devices, fork: [] };
}

/** What a device lies on: the disk of a partition, the `slaves` of a mapping. */
function lowerFolders(folder: string, kind: DeviceKind, sys: string): readonly string[] {
  if (kind === 'partition') return [dirname(folder)];
  const slaves = join(folder, 'slaves');
  if (!existsSync(slaves)) return [];
  return readdirSync(slaves).map((name) => realpathSync.native(join(sys, 'class/block', name)));
}

function readDevice(folder: string): BlockDevice {
  const name = basename(folder);
  const word = (path: string) => readFileSync(join(folder, path), 'latin1').trim();
  const wordIfAny = (path: string) => (existsSync(join(folder, path)) ? word(path) : undefined);
  const number = wordIfAny('partition');
  const mapping = wordIfAny('dm/name');
  const queue = number === undefined ? 'queue' : '../queue';
  const devname = /^DEVNAME=(.+)$/m.exec(word('uevent'))?.[1] ?? name;
  return {
    name,
    path: mapping === undefined ? `/dev/${devname}` : `/dev/mapper/${mapping}`,
    kind: kindOf(number !== undefined, wordIfAny('dm/uuid'), existsSync(join(folder, 'md'))),
    bytes: Number(word('size')) * sysfsSector,
    readOnly: word('ro') === '1',
    sectorBytes: Number(wordIfAny(`${queue}/logical_block_size`) ?? sysfsSector),
    ...(number === undefined
      ? {}
      : { partition: { number: Number(number), startByte: Number(word('start')) * sysfsSector } }),
  };
}

/** What a device-mapper device is stands at the beginning of its UUID. */
function kindOf(isPartition: boolean, mappingUuid: string | undefined, isRaid: boolean): DeviceKind {
  if (isPartition) return 'partition';
  if (isRaid) return 'raid';
  if (mappingUuid === undefined) return 'disk';
  if (mappingUuid.startsWith('CRYPT-LUKS')) return 'crypt';
  return mappingUuid.startsWith('LVM-') ? 'lvm' : 'mapping';
}
