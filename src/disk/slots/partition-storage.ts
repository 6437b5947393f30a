// Slots in partitions: USR-A, USR-A-VERITY, USR-B, USR-B-VERITY of one GPT. What a slot holds is told by the UUIDs
// of its partitions, which are the halves of the root hash: systemd-veritysetup-generator(8) finds it by them.

import { randomUUID } from 'node:crypto';
import { open } from 'node:fs/promises';
import { run } from '../../host/index.ts';
import { diskErrors } from '../errors.ts';
import type { Slot } from '../model.ts';
import { type Partition, readPartitionTable, setPartitionUuid } from '../partition-table.ts';
import { checkAgainstTree } from '../release/read-back.ts';
import { verityPartitionIds } from '../verity.ts';
import { copyInto, forgetCached } from './copy.ts';
import type { SlotStorage } from './model.ts';
import { namedPartition } from './named-partition.ts';

export interface PartitionStorageOptions {
  /** The whole disk, or a file with a partition table. */
  readonly disk: string;
  /** The device of a partition by its number, where the table's name for it is none (a loop device of a file). */
  readonly deviceOf?: (partition: Partition) => string;
}

/** Slots of the disk. Throws `disk.unsupported`, at the first use, for a disk without the four partitions. */
export function partitionStorage({
  disk,
  deviceOf = ({ node }) => node,
}: PartitionStorageOptions): SlotStorage {
  const find = async (slot: Slot) => {
    const table = await readPartitionTable(disk);
    const named = (label: string) => namedPartition(table.partitions, label, disk);
    return { usr: named(`USR-${slot}`), verity: named(`USR-${slot}-VERITY`), sectorBytes: table.sectorBytes };
  };

  const setIds = async (slot: Slot, ids: { usr: string; verity: string }) => {
    const { usr, verity } = await find(slot);
    await setPartitionUuid(disk, usr.number, ids.usr);
    await setPartitionUuid(disk, verity.number, ids.verity);
    await forgetCached(disk);
    const now = await find(slot);
    if (now.usr.uuid !== ids.usr || now.verity.uuid !== ids.verity) {
      throw diskErrors.error(
        'failed',
        `The UUIDs of slot ${slot} on ${disk} do not read as they were written.`,
      );
    }
  };

  const contentOf = async (slot: Slot) => {
    const { usr, verity } = await find(slot);
    return usr.uuid === undefined || verity.uuid === undefined
      ? undefined
      : { usr: usr.uuid, verity: verity.uuid };
  };

  return {
    contents: async () => ({ A: await contentOf('A'), B: await contentOf('B') }),

    async capacity(slot) {
      const { usr, verity, sectorBytes } = await find(slot);
      return { usr: usr.size * sectorBytes, verity: verity.size * sectorBytes };
    },

    // A loader that knows the old content by these UUIDs does not find half of the new one.
    clear: (slot) => setIds(slot, { usr: randomUUID(), verity: randomUUID() }),

    async write(slot, part, source, onBytes) {
      const target = deviceOf((await find(slot))[part]);
      await copyInto(source, target, 'place', onBytes);
    },

    path: async (slot, part) => deviceOf((await find(slot))[part]),

    async fill(slot, _bytes, fill) {
      await using target = await open(deviceOf((await find(slot)).usr), 'r+');
      await fill(target);
      await target.sync();
    },

    async check(slot, { manifest }) {
      const { usr, verity } = await find(slot);
      const [data, tree] = [deviceOf(usr), deviceOf(verity)];
      for (const device of [data, tree]) {
        await run('blockdev', ['--flushbufs', device], { accept: 'any' });
        await forgetCached(device);
      }
      await checkAgainstTree({ data, tree, rootHash: manifest.verity.rootHash });
    },

    identify: (slot, { manifest }) => setIds(slot, verityPartitionIds(manifest.verity.rootHash)),
  };
}
