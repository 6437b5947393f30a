// How much of the device below an encrypted or an LVM device takes, by the header that it keeps there.
// LUKS1 and LUKS2 on-disk formats; lvm2's format_text/layout.h.

import { diskErrors } from '../errors.ts';
import type { ReadBytes } from './device-reader.ts';
import type { BlockDevice, Layer } from './model.ts';

/** An open LUKS device: all of `lower` but its header. Throws `disk.unsupported` for a size that was fixed by hand. */
export function readCryptLayer(read: ReadBytes, mapping: BlockDevice, lower: BlockDevice): Layer {
  const head = read(0, 4096);
  const isLuks = head.toString('latin1', 0, 6) === 'LUKS\xba\xbe';
  const headBytes = isLuks
    ? head.readUInt16BE(6) === 1
      ? luks1Offset(head)
      : luks2Offset(read, head, lower.path)
    : undefined;
  if (headBytes === undefined) {
    throw diskErrors.error(
      'unsupported',
      `${mapping.path} is no plain LUKS device on ${lower.path}: its header is elsewhere.`,
    );
  }
  return { kind: 'crypt', path: mapping.path, bytes: mapping.bytes, headBytes, lower: lower.path };
}

const luks1Offset = (head: Buffer): number => head.readUInt32BE(104) * 512;

function luks2Offset(read: ReadBytes, head: Buffer, device: string): number {
  const areaBytes = Number(head.readBigUInt64BE(8)) - 4096;
  if (areaBytes <= 0 || areaBytes > 4 * 1024 * 1024) {
    throw diskErrors.error('damaged', `The LUKS header of ${device} is damaged at byte 8.`);
  }
  const text = read(4096, areaBytes)
    .toString('utf8')
    .replace(/\0[\s\S]*$/, '');
  const { segments }: { segments: Readonly<Record<string, { type: string; offset: string; size: string }>> } =
    JSON.parse(text);
  const [segment, ...more] = Object.values(segments);
  if (segment === undefined || more.length > 0 || segment.type !== 'crypt' || segment.size !== 'dynamic') {
    throw diskErrors.error(
      'unsupported',
      `The LUKS device on ${device} has a size that was fixed, or is being encrypted anew.`,
    );
  }
  return Number(segment.offset);
}

/** A physical volume: all of `device`, once `pvresize` told it so. */
export function readVolumeLayer(read: ReadBytes, device: BlockDevice): Layer {
  for (let sector = 0; sector < 4; sector++) {
    const label = read(sector * 512, 512);
    if (label.toString('latin1', 0, 8) !== 'LABELONE') continue;
    const header = label.readUInt32LE(20);
    const bytes = Number(label.readBigUInt64LE(header + 32));
    return { kind: 'lvm', path: device.path, bytes, headBytes: 0, lower: device.path };
  }
  throw diskErrors.error(
    'damaged',
    `${device.path} has no label of a physical volume in its first 2048 bytes.`,
  );
}
