// From the trees to what boots: the stages one behind the other, each from files to a file. What takes long is kept
// in the cache under the hash of what it is made of; the rest is made each time, beside the output, and renamed.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Slot, writeUki } from '../../disk/index.ts';
import { hashFile, provide } from '../../host/index.ts';
import { deployErrors } from '../errors.ts';
import type { RootTree } from '../tree/root-tree.ts';
import type { UsrTree } from '../tree/usr-tree.ts';
import type { BootSectors } from './boot-sectors.ts';
import { slotCommandLine } from './command-line.ts';
import type { ImageDefinition } from './definition.ts';
import { buildDisk } from './disk.ts';
import { buildEsp, espBytesNeeded } from './esp.ts';
import { buildExt4 } from './file-systems.ts';
import { buildInitrd, splitDrivers } from './initrd.ts';
import { checkFits, type Layout, layOut } from './layout.ts';
import { type Compression, mebibyte, type Release, type UsrImage } from './model.ts';
import { buildUsrImage, usrImageFiles } from './usr-image.ts';

/** What the stages begin with. */
export interface Trees {
  /** The tree without keelson: the initrd and the loaders are taken from it, whatever keelson's version is. */
  readonly base: RootTree;
  readonly usr: UsrTree;
}

export interface StageOptions {
  readonly cache: string;
  readonly epoch: number;
  readonly onStep: (text: string) => void;
  readonly onDetail: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** Raised when a stage makes other bytes of the same input than before. */
const stageVersion = 1;

const keyOf = (...parts: readonly (string | number)[]) =>
  createHash('sha256')
    .update(JSON.stringify([stageVersion, ...parts]))
    .digest('hex')
    .slice(0, 24);

/** /usr as one file with its hash tree, kept under the name of the tree. */
export async function provideUsrImage(
  usrTree: UsrTree,
  compression: Compression,
  bootSectors: BootSectors,
  options: StageOptions,
): Promise<UsrImage> {
  const { cache, epoch, onStep, onDetail, signal } = options;
  const loader = `${bootSectors.boot.toString('hex')}${bootSectors.core.toString('hex')}`;
  const name = `image-usr-${keyOf(usrTree.key, compression, epoch, loader)}`;
  const folder = await provide(cache, name, onStep, async (target) => {
    onStep(compression === 'fast' ? 'Packing /usr' : 'Packing /usr as small as it gets (minutes)');
    await mkdir(target);
    const image = await buildUsrImage({
      tree: usrTree.folder,
      compression,
      bootSectors,
      epoch,
      output: target,
      onPercent: (percent) => onDetail(`${percent} %`),
      ...(signal === undefined ? {} : { signal }),
    });
    await writeFile(join(target, 'facts.json'), JSON.stringify(image));
  });
  const facts: UsrImage = JSON.parse(await readFile(join(folder, 'facts.json'), 'utf8'));
  // It was made beside its place in the cache.
  return { ...facts, usr: join(folder, usrImageFiles.usr), verity: join(folder, usrImageFiles.verity) };
}

/** The initrd, kept under the key of the tree without keelson and of what is laid over it. */
export async function provideInitrd(
  { base, usr }: Trees,
  definition: ImageDefinition,
  options: StageOptions,
): Promise<string> {
  const { cache, epoch, onStep, signal } = options;
  const { kernel } = usr;
  const { present, absent } = await splitDrivers(usr.folder, kernel, definition.drivers);
  const name = `image-initrd-${keyOf(base.key, kernel, definition.initrdHash, present.join(' '), epoch)}`;
  return await provide(cache, name, onStep, async (target) => {
    onStep(`Making the initrd for Linux ${kernel}`);
    if (absent.length > 0) onStep(`This kernel does not have ${absent.join(', ')}: left out of the initrd`);
    const overlay = `${target}.overlay`;
    const work = `${target}.work`;
    try {
      await definition.layOutInitrd(overlay);
      const parts = { layers: base.layers, kernel, overlay, drivers: present, epoch, work, output: target };
      await buildInitrd(signal === undefined ? parts : { ...parts, signal });
    } finally {
      for (const path of [work, overlay]) await rm(path, { recursive: true, force: true });
    }
  });
}

/** The UKI of a version, with what the loaders sort by in its os-release. */
export async function provideRelease(
  { base, usr: usrTree }: Trees,
  definition: ImageDefinition,
  usr: UsrImage,
  initrd: string,
  { cache, onStep }: StageOptions,
): Promise<Release> {
  const { version, kernel } = usrTree;
  const linux = kernelImage(usrTree);
  const stub = inLayers(base, 'usr/lib/systemd/boot/efi/linuxx64.efi.stub');
  const cmdline = slotCommandLine(usr.rootHash, definition.commandLine);
  const osRelease = await readFile(join(usrTree.folder, 'lib/os-release'), 'utf8');
  const hashes = await Promise.all([linux, initrd, stub].map((path) => hashFile(path)));
  const name = `image-uki-${keyOf(cmdline, osRelease, kernel, ...hashes)}`;
  const uki = await provide(cache, name, onStep, async (target) => {
    onStep('Putting kernel, initrd and command line together');
    await writeUki({ stub, osRelease, cmdline, linux, initrd, uname: kernel, output: target });
  });
  return { ...usr, version, uki, ukiBytes: (await stat(uki)).size };
}

/** The kernel of a tree. */
export function kernelImage({ folder, kernel }: UsrTree): string {
  return join(folder, 'lib/modules', kernel, 'vmlinuz');
}

/** A file of the root tree. Throws `deploy.damaged` when no layer has it. */
function inLayers({ layers }: RootTree, path: string): string {
  const found = layers.map((layer) => join(layer, path)).find((candidate) => existsSync(candidate));
  if (found !== undefined) return found;
  throw deployErrors.error('damaged', `The tree has no /${path}.`, {
    hint: 'It comes with the package systemd-boot-efi, which the definition has to name.',
  });
}

/** Throws `deploy.definition` when a part does not fit into the partition that it is for. */
export function checkRelease(definition: ImageDefinition, release: Release): void {
  const contents = [
    { label: 'USR-A', what: 'The image of /usr', bytes: release.usrBytes },
    { label: 'USR-A-VERITY', what: 'The hash tree of /usr', bytes: release.verityBytes },
    {
      label: 'EFI-SYSTEM',
      what: 'What a release and the next one take on the boot partition',
      bytes: espBytesNeeded(release.ukiBytes),
    },
  ] as const;
  checkFits(definition.partitions, contents, definition.partitionsPath);
}

/** Up to this size ROOT grows without moving its tables. */
const rootGrowsTo = 1024 * 1024 * mebibyte;

/** The whole disk with the release in slot A. `scratch` is an empty folder beside the output. */
export async function writeDisk(
  { base }: Trees,
  definition: ImageDefinition,
  release: Release,
  bootSectors: BootSectors,
  scratch: string,
  output: string,
  options: StageOptions,
): Promise<Layout> {
  const { epoch, onStep, signal } = options;
  const slot: Slot = 'A';
  const more = signal === undefined ? {} : { signal };
  const layout = layOut(definition.partitions);
  const bytesOf = (label: string) => definition.partitions.find((one) => one.label === label)?.bytes ?? 0;
  const loader = inLayers(base, 'usr/lib/systemd/boot/efi/systemd-bootx64.efi');
  const esp = join(scratch, 'esp.img');
  const oem = join(scratch, 'oem.img');
  const root = join(scratch, 'root.img');
  onStep('Filling the boot partition');
  await buildEsp({
    ...{ release, slot, loader, bytes: bytesOf('EFI-SYSTEM'), epoch, scratch, output: esp },
    ...more,
  });
  onStep('Making the file systems');
  const seed = release.rootHash;
  await buildExt4({ output: oem, label: 'OEM', bytes: bytesOf('OEM'), seed, epoch, ...more });
  const rootBytes = bytesOf('ROOT');
  await buildExt4({
    ...{ output: root, label: 'ROOT', bytes: rootBytes, seed, epoch, growsTo: rootGrowsTo },
    ...more,
  });
  onStep('Writing the disk');
  await buildDisk({
    ...{ layout, slot, rootHash: release.rootHash, bootSectors, output },
    contents: {
      'EFI-SYSTEM': esp,
      'USR-A': release.usr,
      'USR-A-VERITY': release.verity,
      OEM: oem,
      ROOT: root,
    },
    ...more,
  });
  return layout;
}
