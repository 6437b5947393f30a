// Puts a system onto a whole disk. What is decided is in plan.ts, who may lose a disk in refusals.ts.

import { randomUUID } from 'node:crypto';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writePartitionTable } from '../../disk/index.ts';
import { isInstalled, run } from '../../host/index.ts';
import { deployErrors } from '../errors.ts';
import type { BootSectors } from '../image/boot-sectors.ts';
import { buildEsp } from '../image/esp.ts';
import { buildExt4 } from '../image/file-systems.ts';
import { type Layout, layOut, placeOf, tableScript } from '../image/layout.ts';
import { type PartitionSpec, sectorBytes } from '../image/model.ts';
import { readDiskFacts } from './disk-facts.ts';
import type { DiskFacts, InstallSource, SourcePart } from './model.ts';
import { copies, wipedRanges } from './plan.ts';
import { refusalOf } from './refusals.ts';
import { openTarget } from './target.ts';

/** Where a machine looks for the cloud-config that it was installed with (user-cloudinit@.service). */
export const userDataPath = 'var/lib/coreos-install/user_data';

/** ROOT grows to this size, or that of its disk, without moving its tables. */
const leastGrowth = 1024 ** 4;

/** Steps of an installation that change the disk, in their order. */
export const installSteps = ['wipe', 'copy', 'check', 'table', 'boot-sector'] as const;
export type InstallStep = (typeof installSteps)[number];

export interface InstallParts {
  readonly device: string;
  readonly source: InstallSource;
  /** The definition's partitions. */
  readonly partitions: readonly PartitionSpec[];
  /** systemd's loader (`systemd-bootx64.efi`). */
  readonly loader: string;
  readonly bootSectors: BootSectors;
  /** The machine's cloud-config, applied at its first boot. */
  readonly userData?: Uint8Array;
  /** An empty folder. */
  readonly scratch: string;
  readonly onStep: (text: string) => void;
  readonly onProgress: (done: number, total: number) => void;
  /** Called once a step is on the disk; what it throws ends the installation there. */
  readonly afterStep?: (step: InstallStep) => void | Promise<void>;
  readonly signal?: AbortSignal;
}

export interface Installed {
  readonly device: string;
  readonly version: string;
  readonly rootHash: string;
  /** The kernel knows the new partitions: their devices are there. */
  readonly partitionsSeen: boolean;
}

/** The disk's facts. Throws `deploy.disk`, with what to do, when nothing may be installed there. */
export async function checkTarget(device: string, partitions: readonly PartitionSpec[]): Promise<DiskFacts> {
  const facts = await readDiskFacts(device);
  const refusal = refusalOf(facts, layOut(partitions).diskBytes);
  if (refusal === undefined) return facts;
  throw deployErrors.error('disk', refusal.reason, { hint: refusal.hint });
}

/**
 * Erases the disk and installs to it. A kill at any moment leaves a disk that boots nothing, or the whole system.
 * Throws `deploy.disk`; before anything is written when the disk cannot be used or something does not fit.
 */
export async function install(parts: InstallParts): Promise<Installed> {
  const { device, source, signal } = parts;
  const { bytes } = await checkTarget(device, parts.partitions);
  const layout = layOut(parts.partitions);
  // Not derived from the content as in an image: two disks of one machine have to be told apart.
  const seed = randomUUID();
  parts.onStep('Making the file systems');
  const writes = copies(layout, await makeContents(parts, layout, seed, bytes));
  const total = 2 * writes.reduce((sum, write) => sum + write.source.bytes, 0);
  let done = 0;
  const onBytes = (count: number) => {
    done += count;
    parts.onProgress(done, total);
  };
  const finished = async (step: InstallStep) => {
    await parts.afterStep?.(step);
    signal?.throwIfAborted();
  };
  await using disk = await openTarget(device, signal);
  parts.onStep(`Erasing ${device}`);
  await disk.zero(wipedRanges(layout, bytes));
  await finished('wipe');
  for (const write of writes) {
    parts.onStep(`Writing ${write.what}`);
    await disk.copy(write, onBytes);
  }
  await finished('copy');
  parts.onStep('Reading everything back');
  await disk.forget();
  for (const write of writes) await disk.compare(write, onBytes);
  await finished('check');
  parts.onStep('Writing the partition table');
  await writePartitionTable(device, tableScript(layout, 'A', source.rootHash, seed));
  await disk.forget();
  await finished('table');
  await disk.put(parts.bootSectors.boot, 0);
  await finished('boot-sector');
  await disk[Symbol.asyncDispose]();
  return {
    device,
    version: source.version,
    rootHash: source.rootHash,
    partitionsSeen: await showPartitions(device),
  };
}

/** Has the kernel read the new table, and udev name what is in it; whoever mounts by a label next finds it. */
async function showPartitions(device: string): Promise<boolean> {
  const { status } = await run('blockdev', ['--rereadpt', device], { accept: 'any' });
  if (status !== 0) return false;
  if (isInstalled('udevadm')) await run('udevadm', ['settle', '--timeout=30'], { accept: 'any' });
  return true;
}

async function makeContents(parts: InstallParts, layout: Layout, seed: string, diskBytes: number) {
  const { scratch, source, signal } = parts;
  const bytesOf = (label: 'EFI-SYSTEM' | 'OEM' | 'ROOT') => placeOf(layout, label).sectors * sectorBytes;
  const epoch = Math.floor(Date.now() / 1000);
  const shared = { epoch, seed, ...(signal === undefined ? {} : { signal }) };
  const file = (name: string) => join(scratch, `${name}.img`);
  await mkdir(join(scratch, 'esp'));
  await buildEsp({
    ...shared,
    release: source,
    slot: 'A',
    loader: parts.loader,
    bytes: bytesOf('EFI-SYSTEM'),
    scratch: join(scratch, 'esp'),
    output: file('esp'),
  });
  const oem = { output: file('oem'), label: 'OEM', bytes: bytesOf('OEM') };
  await buildExt4({ ...shared, ...oem });
  const root = await rootContent(parts);
  const growsTo = Math.max(diskBytes, leastGrowth);
  await buildExt4({
    ...shared,
    ...root,
    growsTo,
    output: file('root'),
    label: 'ROOT',
    bytes: bytesOf('ROOT'),
  });
  await writeFile(file('core'), parts.bootSectors.core);
  return {
    usr: source.usr,
    verity: source.verity,
    esp: await whole(file('esp')),
    oem: await whole(file('oem')),
    root: await whole(file('root')),
    core: await whole(file('core')),
  };
}

async function rootContent({ userData, scratch }: InstallParts): Promise<{ content?: string }> {
  if (userData === undefined) return {};
  const content = join(scratch, 'root');
  await mkdir(join(content, userDataPath, '..'), { recursive: true, mode: 0o755 });
  // It may hold password hashes and keys.
  await writeFile(join(content, userDataPath), userData, { mode: 0o600 });
  return { content };
}

async function whole(path: string): Promise<SourcePart> {
  return { path, bytes: (await stat(path)).size };
}
