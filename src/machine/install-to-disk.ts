// keelson image install: what is needed for it is brought, the disk and the source are checked, the user is asked,
// and then it is written.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  bringsBootSectors,
  checkTarget,
  type DiskDescription,
  deployErrors,
  describeDisk,
  type Installed,
  install,
  layOut,
  numberOf,
  type OpenSource,
  openImage,
  openRelease,
  openRunning,
  provideBootSectors,
  readImageDefinition,
  requireDiskArchitecture,
  runningSystem,
} from '../deploy/index.ts';
import { errnoOf, homeDirectory, provideTools, run, type Tools } from '../host/index.ts';

export interface InstallRequest {
  readonly device: string;
  /** Without `release` and `image`: the system that runs. */
  readonly release?: string;
  readonly image?: string;
  /** A folder with the file `partitions`. */
  readonly definition?: string;
  readonly cloudConfig?: string;
  /** Whether what is missing may be installed. */
  readonly installTools: boolean;
  /** Asked once everything is checked and before anything is written. */
  readonly confirm: (disk: DiskDescription, what: string) => Promise<boolean>;
  readonly onStep: (text: string) => void;
  readonly onProgress: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

const loader = '/usr/lib/systemd/boot/efi/systemd-bootx64.efi';

const tools: Tools = {
  sfdisk: 'fdisk',
  lsblk: 'util-linux',
  veritysetup: 'cryptsetup-bin',
  'mkfs.vfat': 'dosfstools',
  'mkfs.ext4': 'e2fsprogs',
  mcopy: 'mtools',
  [loader]: 'systemd-boot-efi',
};

const grub: Tools = { 'grub-mkimage': 'grub-common', '/usr/lib/grub/i386-pc/boot.img': 'grub-pc-bin' };

/** Installs; undefined when the answer was no. Throws what the parts throw, before anything is written where it can. */
export async function installToDisk(request: InstallRequest): Promise<Installed | undefined> {
  const { device, onStep, signal } = request;
  if (process.getuid?.() !== 0) {
    throw deployErrors.error('privilege', `Only root may write to ${device}.`);
  }
  requireDiskArchitecture();
  const more = signal === undefined ? {} : { signal };
  const { partitions } = await readImageDefinition(request.definition ?? join(homeDirectory(), 'image'));
  const userData = request.cloudConfig === undefined ? undefined : await readUserData(request.cloudConfig);
  await provideTools({
    tools: (await bringsBootSectors()) ? tools : { ...tools, ...grub },
    purpose: 'an installation',
    install: request.installTools,
    onStep,
    ...more,
  });
  await checkTarget(device, partitions);
  const scratch = await mkdtemp(join(tmpdir(), 'keelson-install-'));
  try {
    onStep('Checking what is to be installed');
    await using source = await openSource(request, scratch);
    const what = `keelson ${source.version} from ${source.what}`;
    if (!(await request.confirm(await describeDisk(device), what))) return undefined;
    const bootSectors = await provideBootSectors(scratch, numberOf(layOut(partitions), 'EFI-SYSTEM'));
    const { onProgress } = request;
    const given = userData === undefined ? {} : { userData };
    const parts = { device, source, partitions, loader, bootSectors, scratch, onStep, onProgress };
    return await install({ ...parts, ...given, ...more });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function openSource({ release, image }: InstallRequest, scratch: string): Promise<OpenSource> {
  if (release !== undefined) return await openRelease(release);
  if (image !== undefined) return await openImage(image, scratch);
  return await openRunning(await runningSystem());
}

/** The bytes of a cloud-config that coreos-cloudinit finds nothing wrong with. Throws `deploy.invalid`. */
async function readUserData(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw deployErrors.error('invalid', `${path} cannot be read (${errnoOf(cause) ?? 'unknown'}).`, {
      cause,
    });
  });
  const program = join(homeDirectory(), 'dist/coreos-cloudinit.js');
  const args = [program, '--validate', `--from-file=${resolve(path)}`];
  const { status, stderr } = await run(process.execPath, args, { accept: 'any' });
  if (status === 0) return bytes;
  throw deployErrors.error('invalid', `${path} would not be applied whole.\n${stderr.trim()}`, {
    hint: 'Nothing was written. coreos-cloudinit --validate checks a file.',
  });
}
