// One image, from its definition to the files that somebody asked for.

import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { errnoOf, hashFile, keepNewest, keptMs, run, sourceDateEpoch } from '../../host/index.ts';
import { requireDiskArchitecture } from '../architecture.ts';
import { readDefinition } from '../tree/definition.ts';
import { imageVersion } from '../tree/os-release.ts';
import { provideRootTree } from '../tree/root-tree.ts';
import { writeTarball } from '../tree/tarball.ts';
import { type UpdateDefaults, withUpdateDefaults } from '../tree/update-files.ts';
import { provideUsrTree } from '../tree/usr-tree.ts';
import { type BootSectors, buildBootSectors } from './boot-sectors.ts';
import {
  checkRelease,
  kernelImage,
  provideInitrd,
  provideRelease,
  provideUsrImage,
  type StageOptions,
  type Trees,
  writeDisk,
} from './build.ts';
import { memoryCommandLine } from './command-line.ts';
import { type ImageDefinition, readImageDefinition } from './definition.ts';
import { noticingFullDisks } from './full-disk.ts';
import { layOut, numberOf } from './layout.ts';
import type { Compression, ImageFormat, Release } from './model.ts';
import { writeNetworkBoot } from './network-boot.ts';
import { type ReleaseOptions, writeRelease } from './release.ts';

export interface ImageOptions {
  /** The folder of the definition; default: the one that keelson brings. */
  readonly definition?: string;
  /** keelson's own package, a .deb. */
  readonly keelson: string;
  /** Default: keelson's own. */
  readonly version?: string;
  /** The Debian package of the kernel, instead of the definition's. */
  readonly kernel?: string;
  readonly formats: readonly ImageFormat[];
  readonly compression: Compression;
  /** The folder for what is made; made as needed. */
  readonly output: string;
  readonly cache: string;
  /** Of the format `payload`: who signs it, and on what machines it may be installed. */
  readonly release?: ReleaseOptions;
  /** Where machines of the image get their updates. */
  readonly updates?: UpdateDefaults;
  /** Asks the archive for newer packages instead of taking the tree that is there. */
  readonly update?: boolean;
  readonly onStep: (text: string) => void;
  readonly onDetail?: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** Something that was made. */
export interface Artifact {
  readonly format: ImageFormat;
  /** A file, or a folder of files. */
  readonly path: string;
  /** The length of a file; of a folder, that of all its files. */
  readonly bytes: number;
  /** What it takes where it lies: a disk has holes. */
  readonly allocatedBytes: number;
  /** Of a file. */
  readonly sha256?: string;
}

export interface BuiltImage {
  readonly version: string;
  readonly architecture: string;
  readonly kernel: string;
  readonly rootHash: string;
  readonly artifacts: readonly Artifact[];
}

/** Builds what is asked for. Needs root. Throws `deploy.definition` before anything is built when one is wrong. */
export async function buildImage(options: ImageOptions): Promise<BuiltImage> {
  const { onStep, signal, cache } = options;
  const more = signal === undefined ? {} : { signal };
  const read = await readDefinition({
    ...(options.definition === undefined ? {} : { folder: options.definition }),
    ...(options.kernel === undefined ? {} : { kernel: options.kernel }),
  });
  const definition = withUpdateDefaults(read, options.updates ?? {});
  requireDiskArchitecture(definition.architecture);
  if (options.version !== undefined) imageVersion(options.version);
  const image = await readImageDefinition(definition.folder);
  const stages: StageOptions = {
    ...{ cache, epoch: sourceDateEpoch(), onStep, onDetail: options.onDetail ?? (() => {}) },
    ...more,
  };
  const output = resolve(options.output);
  return await noticingFullDisks([cache, output], async () => {
    await using scratch = await beside(output);
    const trees = await provideTrees(options, definition);
    const espNumber = numberOf(layOut(image.partitions), 'EFI-SYSTEM');
    const bootSectors = await buildBootSectors(scratch.path, espNumber);
    const usr = await provideUsrImage(trees.usr, options.compression, bootSectors, stages);
    const initrd = await provideInitrd(trees, image, stages);
    const release = await provideRelease(trees, image, usr, initrd, stages);
    checkRelease(image, release);
    const made = await makeAll({
      options,
      image,
      trees,
      release,
      bootSectors,
      initrd,
      stages,
      scratch: scratch.path,
    });
    onStep('Checking what was made');
    const artifacts: Artifact[] = [];
    for (const { format, path } of made) {
      const target = join(output, basename(path));
      await rm(target, { recursive: true, force: true });
      await rename(path, target);
      artifacts.push({ format, path: target, ...(await measure(target)) });
    }
    for (const prefix of ['image-usr-', 'image-initrd-', 'image-uki-'])
      await keepNewest(cache, prefix, 3, Date.now() - keptMs);
    return {
      version: release.version,
      architecture: definition.architecture,
      kernel: trees.usr.kernel,
      rootHash: release.rootHash,
      artifacts,
    };
  });
}

async function provideTrees(
  options: ImageOptions,
  definition: Awaited<ReturnType<typeof readDefinition>>,
): Promise<Trees> {
  const shared = {
    ...{ cache: options.cache, definition, onStep: options.onStep },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  const versions = options.update === true ? 'current' : 'kept';
  const base = await provideRootTree({ ...shared, versions });
  const { keelson, version } = options;
  const usr = await provideUsrTree({ ...shared, keelson, ...(version === undefined ? {} : { version }) });
  return { base, usr };
}

interface Making {
  readonly options: ImageOptions;
  readonly image: ImageDefinition;
  readonly trees: Trees;
  readonly release: Release;
  readonly bootSectors: BootSectors;
  readonly initrd: string;
  readonly stages: StageOptions;
  /** Beside the output, for what is being made. */
  readonly scratch: string;
}

interface Made {
  readonly format: ImageFormat;
  readonly path: string;
}

/** All formats asked for, each as `<scratch>/<its final name>`. */
async function makeAll(making: Making): Promise<Made[]> {
  const { options, release, scratch, stages } = making;
  const name = `keelson_${release.version}`;
  const wants = (format: ImageFormat) => options.formats.includes(format);
  const made: Made[] = [];
  const path = (format: ImageFormat, suffix: string) => {
    const target = join(scratch, `${name}${suffix}`);
    made.push({ format, path: target });
    return target;
  };
  if (wants('raw') || wants('qcow2')) {
    const raw = wants('raw') ? path('raw', '.raw') : join(scratch, 'disk.raw');
    const work = join(scratch, 'work');
    await mkdir(work);
    await writeDisk(making.trees, making.image, release, making.bootSectors, work, raw, stages);
    if (wants('qcow2')) {
      stages.onStep('Converting to qcow2');
      // One thread: with several the order of the clusters is that of their arrival.
      const argv = ['convert', '-m', '1', '-f', 'raw', '-O', 'qcow2', raw, path('qcow2', '.qcow2')];
      await run('qemu-img', argv, { deadlineMs: 900_000, ...signalOf(stages) });
    }
  }
  if (wants('payload')) {
    stages.onStep('Writing the release');
    await writeRelease(release, 'amd64', path('payload', '.release'), options.release);
  }
  if (wants('pxe')) {
    stages.onStep('Writing what boots over the network');
    await writeNetworkBoot({
      version: release.version,
      kernel: kernelImage(making.trees.usr),
      initrd: making.initrd,
      usr: release.usr,
      commandLine: memoryCommandLine(making.image.commandLine),
      epoch: stages.epoch,
      scratch,
      output: path('pxe', '.pxe'),
    });
  }
  if (wants('tarball')) {
    await writeTarball(making.trees.usr, {
      output: path('tarball', '.tar.zst'),
      level: options.compression === 'fast' ? 3 : 19,
      onStep: stages.onStep,
      ...signalOf(stages),
    });
  }
  return made;
}

function signalOf({ signal }: StageOptions): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

/** A folder in the output, on the same file system; what a build left that was killed goes as well. */
async function beside(output: string): Promise<AsyncDisposable & { readonly path: string }> {
  const prefix = '.keelson-image-';
  await mkdir(output, { recursive: true });
  for (const name of await readdir(output)) {
    const pid = name.startsWith(prefix) ? Number(name.slice(prefix.length)) : Number.NaN;
    if (Number.isInteger(pid) && !isRunning(pid))
      await rm(join(output, name), { recursive: true, force: true });
  }
  const path = join(output, `${prefix}${process.pid}`);
  await mkdir(path);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}

/** Sizes, and the hash of a file; of a folder the sums of its files. */
async function measure(path: string): Promise<Omit<Artifact, 'format' | 'path'>> {
  const stats = await stat(path);
  const files = stats.isFile() ? [stats] : await statsIn(path);
  const sums = {
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    allocatedBytes: files.reduce((sum, { blocks }) => sum + blocks * 512, 0),
  };
  return stats.isFile() ? { ...sums, sha256: await hashFile(path) } : sums;
}

async function statsIn(folder: string) {
  return await Promise.all((await readdir(folder)).map((name) => stat(join(folder, name))));
}
