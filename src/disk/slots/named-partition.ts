// A slot's partitions by their labels.

import { diskErrors } from '../errors.ts';
import type { Partition } from '../partition-table.ts';

/** The one partition of that label. Throws `disk.unsupported` when there is none, or a second one. */
export function namedPartition(partitions: readonly Partition[], label: string, disk: string): Partition {
  const [partition, second] = partitions.filter(({ name }) => name === label);
  if (partition !== undefined && second === undefined) return partition;
  const count = partition === undefined ? 'no partition' : 'more than one partition';
  throw diskErrors.error('unsupported', `${disk} has ${count} ${label}; slots need one each.`, {
    hint: 'keelson image build makes disks with slots.',
  });
}
