// The slots of the machine we run on: the disk that /usr comes from, the ESP of that disk, and its loader.

import { access, readdir, readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { commandLine, readFileIfExists } from '../../host/index.ts';
import { diskErrors } from '../errors.ts';
import { mountAt, parseMountInfo } from '../mount-info.ts';
import { cmdlineValue } from '../uki.ts';
import { bothLoaders } from './both-loaders.ts';
import { extensionFolder, extensionLoader, extensionStorage, takenExtension } from './extension.ts';
import { hasBootMarks } from './gpt-counts.ts';
import { gptPriority, grub } from './grub.ts';
import { grubPaths } from './grub-config.ts';
import type { SlotHost } from './manager.ts';
import type { BootLoader } from './model.ts';
import { partitionStorage } from './partition-storage.ts';
import { fileStorage, plainFiles, plainFolderExists, takenSlot } from './plain-files.ts';
import { systemdBoot } from './systemd-boot.ts';

export interface LocateOptions {
  /** The whole disk; by default the one below the verity device of /usr. */
  readonly disk?: string;
  /** Where the ESP is mounted; by default looked for at /efi, /boot and /boot/efi. */
  readonly esp?: string;
  /** Slots in plain files in this folder, instead of partitions; by default the one that the command line names. */
  readonly folder?: string;
  /** Slots of the system extension of that name. */
  readonly extension?: string;
  /** Prefix of /proc, /sys, /var and /run, for tests. */
  readonly root?: string;
}

const stateFolder = '/var/lib/keelson/slots';
/** On the command line of a machine whose slots are plain files: their folder follows. */
export const slotsWord = 'keelson.slots';
const lockFile = '/run/keelson/slots.lock';
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** What this machine is, in Debian's words: amd64, arm64. */
export function machineArchitecture(): string {
  return architectures[process.arch] ?? process.arch;
}

/**
 * The slots of this machine, as `slotManager` wants them. Throws `disk.unsupported` when /usr comes from no slot,
 * `disk.absent` when the ESP of its disk is not mounted.
 */
export async function locateSlots(options: LocateOptions = {}): Promise<SlotHost> {
  const root = options.root ?? '';
  const cmdline = commandLine(root);
  const architecture = machineArchitecture();
  const shared = { cmdline, architecture, stateFolder, lockFile };
  if (options.extension !== undefined)
    return { ...shared, ...(await extensionSlots(options.extension, root)) };
  const folder = options.folder ?? (options.disk === undefined ? folderOf(cmdline) : undefined);
  if (folder !== undefined) {
    const parts = { loader: plainFiles(folder), storage: fileStorage(folder) };
    // It may be another machine's: what failed there is kept with it.
    return { ...shared, ...parts, stateFolder: folder, taken: () => takenSlot(folder) };
  }
  const disk = options.disk ?? (await diskOfUsr(root));
  const esp = options.esp ?? (await findEsp(root, basename(disk)));
  const loader = await loaderOf(esp, disk, await exists(join(root, '/sys/firmware/efi')));
  return { ...shared, loader, storage: partitionStorage({ disk }) };
}

/** Where who started this machine keeps its slots, as it was told: the container's host, with that folder shared. */
function folderOf(cmdline: string): string | undefined {
  const folder = cmdlineValue(cmdline, slotsWord);
  return folder?.startsWith('/') ? folder : undefined;
}

/** The slots of an extension. Throws `disk.absent` when this machine has none of that name. */
async function extensionSlots(name: string, root: string) {
  const folder = extensionFolder(name, root);
  if (!(await plainFolderExists(folder))) {
    throw diskErrors.error('absent', `This machine has no extension ${name}: ${folder} holds no slots.`, {
      hint: `keelson slot init --extension ${name} RELEASE makes them.`,
    });
  }
  return {
    extension: name,
    loader: extensionLoader(folder),
    storage: extensionStorage(folder),
    stateFolder: folder,
    // Which of them is merged is not for the kernel's command line to say.
    cmdline: '',
    taken: async () => (await takenExtension(name, root))?.slot,
  };
}

/** The loader that booted this machine; on a disk that carries both, the other one follows it. */
async function loaderOf(esp: string, disk: string, uefi: boolean): Promise<BootLoader> {
  const hasGrub = await exists(join(esp, grubPaths.environment));
  const hasEntries = await exists(join(esp, 'EFI/Linux'));
  if (!hasGrub && !hasEntries && (await hasBootMarks(disk).catch(() => false))) return gptPriority(esp, disk);
  if (!uefi && !hasGrub) {
    throw diskErrors.error(
      'unsupported',
      `This machine was booted by BIOS, and ${join(esp, grubPaths.environment)} is missing.`,
    );
  }
  if (hasGrub && hasEntries) {
    return uefi ? bothLoaders(systemdBoot(esp), grub(esp)) : bothLoaders(grub(esp), systemdBoot(esp));
  }
  return uefi ? systemdBoot(esp) : grub(esp);
}

/** The disk below the device-mapper device `usr`, which systemd-veritysetup-generator(8) makes of `usrhash=`. */
async function diskOfUsr(root: string): Promise<string> {
  const block = join(root, '/sys/block');
  for (const name of await readdir(block)) {
    if (!name.startsWith('dm-')) continue;
    if ((await readFileIfExists(join(block, name, 'dm/name')))?.trim() !== 'usr') continue;
    for (const slave of await readdir(join(block, name, 'slaves'))) {
      const place = await realpath(join(block, name, 'slaves', slave));
      if (await exists(join(place, 'partition'))) return `/dev/${basename(dirname(place))}`;
    }
  }
  throw diskErrors.error(
    'unsupported',
    'This machine has no slots: its /usr is no verity device of a disk.',
    {
      hint:
        'keelson image install puts an image with slots on a disk; --folder is for slots in plain files, --extension ' +
        'for a layer over the /usr of any machine.',
    },
  );
}

async function findEsp(root: string, disk: string): Promise<string> {
  const seen: string[] = [];
  for (const place of ['/efi', '/boot', '/boot/efi']) {
    // systemd-gpt-auto-generator(8) mounts it at the first look.
    await readdir(join(root, place)).catch(() => []);
    const mount = mountAt(parseMountInfo(await readFile(join(root, '/proc/self/mountinfo'), 'utf8')), place);
    if (mount?.type !== 'vfat') continue;
    const device = await realpath(join(root, '/sys/dev/block', mount.device)).catch(() => '');
    if (basename(dirname(device)) === disk) return join(root, place);
    seen.push(`${place} is of ${basename(dirname(device))}`);
  }
  const found = seen.length === 0 ? '' : ` (${seen.join(', ')})`;
  throw diskErrors.error('absent', `The EFI system partition of ${disk} is not mounted${found}.`, {
    hint: 'Mount it at /efi or /boot, or name its place with --esp.',
  });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
