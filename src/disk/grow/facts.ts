// Gathers what is known of a file system and what it lies on. Reads a few files of /proc and /sys and some sectors;
// runs no program, so that a boot with nothing to do pays next to nothing.

import { existsSync, readdirSync, readFileSync, realpathSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '../../host/index.ts';
import { diskErrors } from '../errors.ts';
import { isReadOnly, type Mount, mountAt, parseMountInfo } from '../mount-info.ts';
import { readStack } from './block-devices.ts';
import { type ReadBytes, withDevice } from './device-reader.ts';
import { readCryptLayer, readVolumeLayer } from './layer-headers.ts';
import type {
  BlockDevice,
  DiskTable,
  FileSystem,
  GrowFacts,
  Layer,
  RepartDefinition,
  Stack,
} from './model.ts';
import { definitionFolders, findDefinition } from './repart-definitions.ts';
import { readSuperblock, xfsLogBytes } from './superblock.ts';
import { readTable } from './table.ts';

/** What to look at: the file system mounted at a place, or on a device. */
export type GrowTarget = { readonly mountPoint: string } | { readonly device: string };

export const growfsPath = '/usr/lib/systemd/systemd-growfs';
const repartPath = '/usr/bin/systemd-repart';

/**
 * The facts of that file system. What is damaged or cannot be read is among them as an error. Throws `disk.absent`
 * when nothing is mounted there, or there is no such device.
 */
export function gatherFacts(target: GrowTarget, folders: readonly string[] = definitionFolders): GrowFacts {
  const mounts = parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8'));
  const { mount, stack } =
    'device' in target ? ofDevice(target.device, mounts) : ofMount(target.mountPoint, mounts);
  const index = stack.devices.findIndex(({ kind }) => kind === 'partition');
  const [partition, disk] = [stack.devices[index], stack.devices[index + 1]];
  const table =
    disk === undefined ? undefined : attempt(() => withDevice(disk.path, (read) => readTable(read, disk)));
  return {
    mount,
    stack,
    table,
    layers: layersOf(stack.devices),
    fileSystem: fileSystemOf(mount, stack.devices[0]),
    definition: definitionOf(table, partition, folders),
  };
}

function ofMount(point: string, mounts: readonly Mount[]): { mount: Mount; stack: Stack } {
  const mount = mountAt(mounts, existsSync(point) ? realpathSync.native(point) : point);
  if (mount === undefined) {
    throw diskErrors.error('absent', `Nothing is mounted at ${point}.`, {
      hint: 'findmnt lists what is mounted where.',
    });
  }
  const device = existsSync(join('/sys/dev/block', mount.device)) ? mount.device : deviceOfSource(mount);
  return { mount, stack: device === undefined ? { devices: [], fork: [] } : readStack(device) };
}

function ofDevice(path: string, mounts: readonly Mount[]): { mount: Mount | undefined; stack: Stack } {
  const device = blockNumber(path);
  if (device === undefined) throw diskErrors.error('absent', `${path} is no block device.`);
  const stack = readStack(device);
  return { mount: mountOfDevice(mounts, device, stack.devices[0]?.path ?? path), stack };
}

/** A mount of that device, one that can be written to if there is one. */
function mountOfDevice(mounts: readonly Mount[], device: string, path: string): Mount | undefined {
  const found = mounts.filter((mount) => mount.device === device || mount.source === path);
  return found.findLast((mount) => !isReadOnly(mount)) ?? found.at(-1);
}

/** btrfs hides its device's number: its name leads there, or, if that is `/dev/root`, the only btrfs of the kernel. */
function deviceOfSource({ type, source }: Mount): string | undefined {
  const named = blockNumber(source);
  if (named !== undefined || type !== 'btrfs') return named;
  const root = '/sys/fs/btrfs';
  const all = readdirSync(root)
    .map((name) => join(root, name, 'devices'))
    .filter((folder) => existsSync(folder));
  const [only, ...more] = all.flatMap((folder) => readdirSync(folder));
  return only === undefined || more.length > 0 ? undefined : blockNumber(`/dev/${only}`);
}

function blockNumber(path: string): string | undefined {
  if (!path.startsWith('/') || !existsSync(path)) return undefined;
  const stat = statSync(path);
  if (!stat.isBlockDevice()) return undefined;
  // As glibc's gnu_dev_makedev(3) packs them.
  return `${(stat.rdev >>> 8) & 0xfff}:${(stat.rdev & 0xff) | ((stat.rdev >>> 12) & 0xfff00)}`;
}

function fileSystemOf(mount: Mount | undefined, device: BlockDevice | undefined): GrowFacts['fileSystem'] {
  if (device === undefined) return undefined;
  if (mount === undefined) return attempt(() => withDevice(device.path, (read) => probe(read, device.path)));
  const read = readSuperblock[mount.type];
  if (read === undefined) return undefined;
  return attempt(() =>
    withDevice(device.path, (bytes) => {
      const fileSystem = read(bytes, device.path);
      // XFS writes past the cache that we read through: its size of now is what statfs tells.
      if (fileSystem.type !== 'xfs') return fileSystem;
      const { blocks, bsize } = statfsSync(mount.mountPoint);
      return { ...fileSystem, bytes: blocks * bsize + xfsLogBytes(bytes) };
    }),
  );
}

/** What is on a device that is not mounted, if we know it. */
function probe(read: ReadBytes, device: string): FileSystem | undefined {
  for (const type of ['ext4', 'xfs', 'btrfs']) {
    const found = attempt(() => readSuperblock[type]?.(read, device));
    if (found !== undefined && !(found instanceof CodedError)) return found;
  }
  return undefined;
}

function layersOf(devices: readonly BlockDevice[]): readonly (Layer | CodedError)[] {
  const layers: (Layer | CodedError)[] = [];
  for (const [index, device] of devices.entries()) {
    const lower = devices[index + 1];
    if (lower === undefined) continue;
    if (device.kind === 'crypt') {
      layers.push(attempt(() => withDevice(lower.path, (read) => readCryptLayer(read, device, lower))));
    } else if (device.kind === 'lvm') {
      layers.push(attempt(() => withDevice(lower.path, (read) => readVolumeLayer(read, lower))));
    }
  }
  // The lowest first: that is the order of growing.
  return layers.reverse();
}

function definitionOf(
  table: DiskTable | CodedError | undefined,
  partition: BlockDevice | undefined,
  folders: readonly string[],
): RepartDefinition | undefined {
  if (table === undefined || table instanceof CodedError || table.kind !== 'gpt') return undefined;
  const entry = table.entries.find(({ number }) => number === partition?.partition?.number);
  const definition = entry === undefined ? undefined : findDefinition(entry, folders);
  return definition !== undefined && existsSync(repartPath) && existsSync(growfsPath)
    ? definition
    : undefined;
}

function attempt<T>(read: () => T): T | CodedError {
  try {
    return read();
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
}
