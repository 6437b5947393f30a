// Decides about what is on the partition: the layers between, and the file system itself. Pure.

import { CodedError } from '../../host/index.ts';
import { isReadOnly } from '../mount-info.ts';
import { unchanged } from './half-plan.ts';
import type { BlockDevice, ExtGeometry, FileSystem, GrowFacts, HalfPlan, Layer } from './model.ts';
import { grainBytes } from './partition-plan.ts';
import { sizeText } from './size-text.ts';

/** What is to be done about encrypted and LVM devices when those below have so many bytes (now, if not given). */
export function planLayers(facts: GrowFacts, lowerBytes?: number): readonly HalfPlan[] {
  let below = lowerBytes;
  return facts.layers.map((layer) => {
    if (layer instanceof CodedError) {
      return unchanged(
        'layer',
        facts.stack.devices[0]?.path ?? 'no device',
        'cannot',
        0,
        layer.message,
        layer.hint,
      );
    }
    const plan = planLayer(layer, below ?? bytesOf(facts, layer.lower));
    below = layer.kind === 'crypt' ? plan.toBytes : undefined;
    return plan;
  });
}

function planLayer(layer: Layer, lowerBytes: number): HalfPlan {
  const toBytes = lowerBytes - layer.headBytes;
  if (toBytes - layer.bytes < grainBytes) {
    return unchanged('layer', layer.path, 'full', layer.bytes, `It has all of ${layer.lower}.`);
  }
  const crypt = layer.kind === 'crypt';
  return {
    half: 'layer',
    subject: layer.path,
    verdict: 'grow',
    fromBytes: layer.bytes,
    toBytes,
    reason: crypt
      ? `It has all of ${layer.lower}.`
      : 'The volume group has the space; a logical volume takes it with: lvextend --resizefs -l +100%FREE VOLUME',
    steps: [{ do: crypt ? 'resize-crypt' : 'resize-volume', device: layer.path }],
  };
}

const bytesOf = (facts: GrowFacts, path: string): number =>
  facts.stack.devices.find((device) => device.path === path)?.bytes ?? 0;

/**
 * What is to be done about the file system on a device that has so many bytes (as it is now, if not given).
 * It is not asked whether the device has just grown: what an earlier boot left undone is done now.
 */
export function planFileSystem(facts: GrowFacts, deviceBytes?: number): HalfPlan {
  const { mount, fileSystem } = facts;
  const device = facts.stack.devices[0];
  const subject = subjectOf(facts);
  if (device === undefined || fileSystem === undefined) {
    const what = mount === undefined ? 'Nothing of these is there' : `${mount.type} is none of these`;
    return unchanged('file-system', subject, 'cannot', 0, `ext4, xfs and btrfs can be grown; ${what}.`);
  }
  if (fileSystem instanceof CodedError) {
    return unchanged('file-system', subject, 'refused', 0, fileSystem.message, fileSystem.hint);
  }
  const from = fileSystem.bytes;
  const toBytes = fileSystemReach(fileSystem, deviceBytes ?? device.bytes);
  if (toBytes - from < grainBytes) {
    return unchanged(
      'file-system',
      subject,
      'full',
      from,
      `It has all of ${device.path} (${sizeText(from)}).`,
    );
  }
  const blocked = whyNot(facts, fileSystem, device);
  if (blocked !== undefined)
    return unchanged('file-system', subject, blocked.verdict, from, blocked.reason, blocked.hint);
  return {
    half: 'file-system',
    subject,
    verdict: 'grow',
    fromBytes: from,
    toBytes,
    reason: `It has all of ${device.path}.`,
    steps: [
      {
        do: 'grow-file-system',
        type: fileSystem.type,
        device: device.path,
        mountPoint: mount?.mountPoint ?? '/',
        by: facts.definition === undefined ? 'own tool' : 'systemd-growfs',
        ...(fileSystem.type === 'btrfs' ? { deviceId: fileSystem.deviceId } : {}),
      },
    ],
  };
}

interface Blocked {
  readonly verdict: 'cannot' | 'refused';
  readonly reason: string;
  readonly hint: string;
}

function whyNot({ mount }: GrowFacts, fileSystem: FileSystem, device: BlockDevice): Blocked | undefined {
  if (mount === undefined) {
    return {
      verdict: 'cannot',
      reason: 'It is not mounted.',
      hint: `Mount ${device.path} and run this again.`,
    };
  }
  if (isReadOnly(mount)) {
    return {
      verdict: 'cannot',
      reason: 'It is mounted read-only.',
      hint: `mount -o remount,rw ${mount.mountPoint}`,
    };
  }
  if (fileSystem.type === 'btrfs' && fileSystem.devices > 1) {
    return {
      verdict: 'cannot',
      reason: `It spans ${fileSystem.devices} devices: which of them is to grow is not ours to decide.`,
      hint: `btrfs filesystem resize DEVID:max ${mount.mountPoint}`,
    };
  }
  if (fileSystem.type === 'ext4' && fileSystem.hasErrors) {
    return {
      verdict: 'refused',
      reason: `Its superblock (byte 1082 of ${device.path}) says that it has errors; the kernel grows no such file system.`,
      hint: 'Boot once with fsck.mode=force on the kernel command line.',
    };
  }
  return undefined;
}

/** How many of the bytes of its device a file system can use. */
export function fileSystemReach(fileSystem: FileSystem, deviceBytes: number): number {
  if (fileSystem.type === 'ext4') return extReach(fileSystem.geometry, deviceBytes);
  if (fileSystem.type === 'btrfs') return Math.floor(deviceBytes / 4096) * 4096;
  const blocks = Math.floor(deviceBytes / fileSystem.blockBytes);
  const rest = blocks % fileSystem.groupBlocks;
  // XFS makes no allocation group of less than 64 blocks.
  return (rest < 64 ? blocks - rest : blocks) * fileSystem.blockBytes;
}

/** ext4 leaves a last group out that would hold little more than its own tables (resize2fs: overhead + 50). */
function extReach(geometry: ExtGeometry, deviceBytes: number): number {
  const { blockBytes, firstBlock, groupBlocks, groupOverhead, copyOverhead, maxBlocks } = geometry;
  const blocks = Math.min(Math.floor(deviceBytes / blockBytes), maxBlocks);
  const rest = (blocks - firstBlock) % groupBlocks;
  return (rest < groupOverhead + copyOverhead + 50 ? blocks - rest : blocks) * blockBytes;
}

function subjectOf({ mount, fileSystem, stack }: GrowFacts): string {
  const type =
    mount?.type ?? (fileSystem !== undefined && 'type' in fileSystem ? fileSystem.type : 'file system');
  return `${type} on ${mount?.mountPoint ?? stack.devices[0]?.path ?? 'no device'}`;
}
