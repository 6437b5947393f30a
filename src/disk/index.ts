// The door of disk: partition tables, a root that grows, a sealed /usr, slots and boot entries.

export { diskErrors } from './errors.ts';
export { type PartitionLabel, partitionLabels, type Slot } from './model.ts';
