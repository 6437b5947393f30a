// Why a disk is not written to: pure, from what the kernel says of it.

import type { DiskFacts } from './model.ts';

const mebibyte = 1024 * 1024;

export interface Refusal {
  /** A sentence that names the disk. */
  readonly reason: string;
  readonly hint: string;
}

/** Why nothing may be installed to this disk, the gravest first; undefined when it may. */
export function refusalOf(facts: DiskFacts, neededBytes: number): Refusal | undefined {
  const { device, name } = facts;
  if (facts.partitionOf !== undefined) {
    return {
      reason: `${device} is a partition of /dev/${facts.partitionOf}; a system needs a whole disk.`,
      hint: `Give /dev/${facts.partitionOf} if all of it may go, else another disk.`,
    };
  }
  if (facts.madeOf.length > 0) {
    return {
      reason: `${device} is made of ${facts.madeOf.join(', ')}; firmware boots from a disk itself.`,
      hint: 'Give one of the disks below it, after taking it apart.',
    };
  }
  const system = facts.mounts.find(({ by }) => by === '/' || by === '/usr');
  if (system !== undefined) {
    return {
      reason: `${device} is the disk that this system runs from: ${by(system.name, system.by)}.`,
      hint: 'Boot this machine from another disk or over the network, and install from there.',
    };
  }
  const [mount] = facts.mounts;
  if (mount !== undefined) {
    const all = [...new Set(facts.mounts.map((one) => one.by))].join(' ');
    return { reason: `${device} is in use: ${by(mount.name, mount.by)}.`, hint: `umount ${all}` };
  }
  const [claim] = facts.claims;
  if (claim !== undefined) {
    return claim.by === 'swap'
      ? { reason: `${device} is in use: ${claim.name} is swap space.`, hint: `swapoff /dev/${claim.name}` }
      : {
          reason: `${device} is in use: ${claim.name} is part of ${claim.by}.`,
          hint: `End ${claim.by} first: mdadm --stop, vgchange -an, cryptsetup close or dmsetup remove.`,
        };
  }
  if (facts.held) {
    return {
      reason: `${device} is in use by somebody whom this system does not name.`,
      hint: `fuser --verbose --mount ${device} and lsblk may know; it may be mounted in a container.`,
    };
  }
  if (facts.readOnly) {
    return {
      reason: `${device} is read-only.`,
      hint: `blockdev --setrw /dev/${name}, if it can be written.`,
    };
  }
  if (facts.sectorBytes !== 512) {
    return {
      reason: `${device} has sectors of ${facts.sectorBytes} bytes; systems are laid out for 512.`,
      hint: 'Some disks can be told to count in 512 bytes: nvme format, hdparm --set-sector-size.',
    };
  }
  if (facts.bytes < neededBytes) {
    return {
      reason:
        `${device} has ${Math.floor(facts.bytes / mebibyte)} MiB; ` +
        `the partitions need ${Math.ceil(neededBytes / mebibyte)} MiB.`,
      hint: 'Give a larger disk, or a --definition with smaller partitions.',
    };
  }
  return undefined;
}

function by(name: string, mountPoint: string): string {
  return `${name} is mounted at ${mountPoint}`;
}
