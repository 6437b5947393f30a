// Where a system to install is taken from: a release's folder, an image file, or the system that runs.

import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  checkRelease,
  cmdlineValue,
  isRootHash,
  readPartitionTable,
  readRelease,
  readUki,
  verifyVerity,
} from '../../disk/index.ts';
import { run } from '../../host/index.ts';
import { deployErrors } from '../errors.ts';
import type { InstallSource, SourcePart } from './model.ts';

/** A source, whole and checked; what was needed to read it is given back at the end. */
export type OpenSource = InstallSource & AsyncDisposable;

/**
 * Reads and checks a release: sizes, hashes, the UKI's parts, the image against its root hash.
 * Throws `disk.absent` or `disk.damaged`, naming the file.
 */
export async function openRelease(folder: string): Promise<OpenSource> {
  const release = await readRelease(folder);
  await checkRelease(release);
  const { manifest, paths } = release;
  if (manifest.kind === 'extension') {
    throw deployErrors.error(
      'source',
      `The release in ${folder} is the extension ${manifest.name}, no system.`,
    );
  }
  const part = (name: 'usr' | 'verity'): SourcePart => ({ path: paths[name], bytes: manifest[name].bytes });
  return {
    what: `the release in ${folder}`,
    version: manifest.version,
    rootHash: manifest.verity.rootHash,
    usr: part('usr'),
    verity: part('verity'),
    uki: paths.uki,
    [Symbol.asyncDispose]: async () => {},
  };
}

/** What names the parts of the system that runs; another place in tests. */
export interface RunningSystem {
  readonly cmdline: string;
  readonly usr: string;
  readonly verity: string;
  /** Where its boot partition is mounted. */
  readonly esp: string;
}

/** The system of this machine. */
export async function runningSystem(): Promise<RunningSystem> {
  return {
    cmdline: await readFile('/proc/cmdline', 'utf8'),
    usr: '/dev/keelson/usr',
    verity: '/dev/keelson/usr-verity',
    esp: '/boot',
  };
}

/** The system that runs, from its own slot. Throws `deploy.source` on a machine that runs from none. */
export async function openRunning(system: RunningSystem): Promise<OpenSource> {
  const rootHash = cmdlineValue(system.cmdline, 'usrhash');
  if (rootHash === undefined || !isRootHash(rootHash)) {
    throw deployErrors.error('source', 'This machine does not run from a slot that could be copied.', {
      hint: 'Name what to install with --release DIR or --image FILE; keelson image build makes both.',
    });
  }
  const folder = join(system.esp, 'EFI/Linux');
  const uki = await ukiOf(folder, rootHash);
  return await checkedSlot({ what: 'the system that runs', rootHash, ...system, uki });
}

/**
 * The first slot of a disk image that is whole. Needs loop devices and mtools; `scratch` is an empty folder.
 * Throws `deploy.source` for a file that is no image of ours.
 */
export async function openImage(path: string, scratch: string): Promise<OpenSource> {
  await refusePacked(path);
  const table = await readPartitionTable(path);
  const place = (label: string) => {
    const found = table.partitions.find(({ name }) => name === label);
    if (found === undefined) {
      throw deployErrors.error('source', `${path} is no image of keelson: it has no partition ${label}.`);
    }
    return { offset: found.start * table.sectorBytes, bytes: found.size * table.sectorBytes };
  };
  const uki = join(scratch, 'uki.efi');
  await copyUki(path, place('EFI-SYSTEM').offset, uki);
  const { cmdline } = await readUki(uki);
  const rootHash = cmdlineValue(cmdline, 'usrhash') ?? '';
  const slot = table.partitions.find(({ uuid }) => uuid?.replaceAll('-', '') === rootHash.slice(0, 32))?.name;
  if (slot !== 'USR-A' && slot !== 'USR-B') {
    throw deployErrors.error(
      'source',
      `${path}: neither slot holds what its boot entry starts (${rootHash}).`,
    );
  }
  const loops: string[] = [];
  const detach = async () => {
    for (const loop of loops.splice(0)) await run('losetup', ['--detach', loop], { accept: 'any' });
  };
  try {
    for (const label of [slot, `${slot}-VERITY`]) loops.push(await attach(path, place(label)));
    const [usr = '', verity = ''] = loops;
    const source = await checkedSlot({ what: `the image ${path}`, rootHash, usr, verity, uki });
    return { ...source, [Symbol.asyncDispose]: detach };
  } catch (error) {
    await detach();
    throw error;
  }
}

interface SlotPlaces {
  readonly what: string;
  readonly rootHash: string;
  readonly usr: string;
  readonly verity: string;
  readonly uki: string;
}

async function checkedSlot({ what, rootHash, usr, verity, uki }: SlotPlaces): Promise<OpenSource> {
  const { osRelease } = await readUki(uki);
  const version = osRelease.get('IMAGE_VERSION') ?? osRelease.get('VERSION_ID');
  if (version === undefined) {
    throw deployErrors.error('source', `${uki} does not say which version it starts.`);
  }
  const sizes = await veritySizes(verity);
  await verifyVerity({ data: usr, tree: verity, rootHash });
  return {
    what,
    version,
    rootHash,
    usr: { path: usr, bytes: sizes.data },
    verity: { path: verity, bytes: sizes.tree },
    uki,
    [Symbol.asyncDispose]: async () => {},
  };
}

/** How much of the two partitions is in use. */
async function veritySizes(tree: string): Promise<{ readonly data: number; readonly tree: number }> {
  const { stdout, stderr, status } = await run('veritysetup', ['dump', tree], { accept: 'any' });
  const number = (key: string) => Number(new RegExp(`^${key}:\\s*(\\d+)`, 'm').exec(stdout)?.[1]);
  const data = number('Data blocks') * number('Data block size');
  const bytes = number('Hash device size');
  if (status === 0 && data > 0 && bytes > 0) return { data, tree: bytes };
  throw deployErrors.error('source', `${tree} holds no hash tree. veritysetup said: ${stderr.trim()}`);
}

async function ukiOf(folder: string, rootHash: string): Promise<string> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.sort()) {
    if (!/\.efi$/i.test(name)) continue;
    const uki = await readUki(join(folder, name)).catch(() => undefined);
    if (uki !== undefined && cmdlineValue(uki.cmdline, 'usrhash') === rootHash) return uki.path;
  }
  throw deployErrors.error('source', `${folder} has no boot entry of the system that runs.`, {
    hint: 'Name what to install with --release DIR or --image FILE.',
  });
}

/** qcow2 and compressed files would be copied as they are. */
async function refusePacked(path: string): Promise<void> {
  const kinds: readonly (readonly [string, string, string])[] = [
    ['514649fb', 'qcow2', 'qemu-img convert -O raw'],
    ['28b52ffd', 'compressed (zstd)', 'zstd --decompress'],
    ['1f8b', 'compressed (gzip)', 'gunzip'],
    ['fd377a58', 'compressed (xz)', 'unxz'],
  ];
  await using file = await open(path, 'r').catch((cause: unknown) => {
    throw deployErrors.error('source', `There is no image ${path} that can be read.`, { cause });
  });
  const head = Buffer.alloc(8);
  await file.read(head, 0, head.length, 0);
  const kind = kinds.find(([magic]) => head.toString('hex').startsWith(magic));
  if (kind === undefined) return;
  throw deployErrors.error('source', `${path} is ${kind[1]}; a raw image is needed.`, {
    hint: `Make one first: ${kind[2]} ${path}`,
  });
}

/** The entry that a loader would take, of an image that has but one. */
async function copyUki(image: string, offset: number, target: string): Promise<void> {
  const esp = `${image}@@${offset}`;
  const env = { PATH: process.env.PATH ?? '', LC_ALL: 'C.UTF-8', MTOOLS_SKIP_CHECK: '1' };
  const { stdout } = await run('mdir', ['-b', '-i', esp, '::/EFI/Linux'], { env, accept: 'any' });
  const entries = stdout.split('\n').filter((line) => /^::\/EFI\/Linux\/[\w.+~^-]+\.efi$/i.test(line));
  const [entry] = entries;
  if (entry === undefined || entries.length > 1) {
    const count = entry === undefined ? 'no boot entry' : `${entries.length} boot entries`;
    throw deployErrors.error('source', `${image} has ${count}; an image as it is built has one.`);
  }
  await run('mcopy', ['-n', '-i', esp, entry, target], { env, deadlineMs: 300_000 });
}

async function attach(path: string, { offset, bytes }: { offset: number; bytes: number }): Promise<string> {
  const args = ['--find', '--show', '--read-only', '--offset', String(offset), '--sizelimit', String(bytes)];
  const { stdout } = await run('losetup', [...args, path]);
  return stdout.trim();
}
