// What the parts of this room have in common: the names of partitions and slots.

/** One of the two places of an operating system on a disk. */
export type Slot = 'A' | 'B';

/** Labels of the partitions of an image, as in its GPT; see image/. */
export const partitionLabels = [
  'EFI-SYSTEM',
  'USR-A',
  'USR-A-VERITY',
  'USR-B',
  'USR-B-VERITY',
  'OEM',
  'ROOT',
  'BIOS-BOOT',
] as const;

export type PartitionLabel = (typeof partitionLabels)[number];
