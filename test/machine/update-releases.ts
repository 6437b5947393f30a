// Releases for machines with slots: the tree that the image is made of, packed as fast as it gets, with a kernel that
// is none, as a container needs. Made once for a state of the checkout, and shared by the tests.
//
//   1.0.0, 2.0.0   good ones
//   3.0.0          has a gate that fails

import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { slotCommandLine } from '../../src/deploy/image/command-line.ts';
import { writeRelease } from '../../src/deploy/image/release.ts';
import { provideUsrTree, readDefinition } from '../../src/deploy/index.ts';
import { formatVerity, newKeyPair, readPrivateKey, writeUki } from '../../src/disk/index.ts';
import { cacheDirectory, hashFile, keepNewest, keptMs, provide, run } from '../../src/host/index.ts';
import { buildPackage } from '../../src/machine/index.ts';
import { bundle, checkout } from './booted.ts';

export const versions = ['1.0.0', '2.0.0', '3.0.0'] as const;
export type Version = (typeof versions)[number];

/** What the failing gate of 3.0.0 is. */
export const badGate = 'radio-answers.service';

export interface Releases {
  readonly folder: (version: Version) => string;
  /** Signs them; machines trust its public half. */
  readonly key: string;
}

/** Raised when the same tree becomes other releases than before. */
const recipe = 1;

export async function provideReleases(): Promise<Releases> {
  await bundle();
  const cache = cacheDirectory();
  const keelson = await buildPackage({ home: checkout });
  const definition = await readDefinition();
  const tree = await provideUsrTree({ cache, definition, keelson, version: versions[0] });
  const key = createHash('sha256').update(`${tree.key} ${recipe}`).digest('hex').slice(0, 16);
  const folder = await provide(
    cache,
    `update-releases-${key}`,
    () => {},
    async (target) => {
      await mkdir(target);
      const pair = newKeyPair();
      await writeFile(join(target, 'test.key'), pair.privatePem, { mode: 0o600 });
      for (const version of versions) await make(tree.folder, version, pair.publicPem, target);
    },
  );
  await keepNewest(cache, 'update-releases-', 1, Date.now() - keptMs);
  return { folder: (version) => join(folder, version), key: join(folder, 'test.key') };
}

async function make(tree: string, version: Version, publicPem: string, folder: string): Promise<void> {
  const scratch = join(folder, 'scratch');
  const usr = join(scratch, 'usr');
  await mkdir(scratch);
  // Links: what is changed is replaced.
  await run('cp', ['-al', tree, usr], { deadlineMs: 120_000 });
  for (const path of ['lib/modules', 'share/doc', 'lib/dracut']) {
    await rm(join(usr, path), { recursive: true, force: true });
  }
  await changeTree(usr, version, publicPem);
  const image = join(scratch, 'usr.squashfs');
  const packing = ['-comp', 'zstd', '-Xcompression-level', '1', '-reproducible', '-all-time', '1767225600'];
  await run('mksquashfs', [usr, image, '-noappend', '-quiet', '-no-progress', '-xattrs', ...packing], {
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' },
    deadlineMs: 300_000,
  });
  await truncate(image, Math.ceil((await stat(image)).size / 4096) * 4096);
  const tree4096 = join(scratch, 'usr.verity');
  const salt = createHash('sha256').update(version).digest('hex');
  const uuid = '00000000-0000-4000-8000-000000000001';
  const { rootHash } = await formatVerity({ data: image, tree: tree4096, salt, uuid });
  const uki = join(scratch, 'keelson.efi');
  const stand = (what: string) => Buffer.alloc(256 * 1024, `${what} of ${version}; `);
  await writeFile(join(scratch, 'linux'), Buffer.concat([Buffer.from('MZ'), stand('kernel')]));
  await writeFile(join(scratch, 'initrd'), stand('initrd'));
  await writeUki({
    stub: join(usr, 'lib/systemd/boot/efi/linuxx64.efi.stub'),
    osRelease: await readFile(join(usr, 'lib/os-release'), 'utf8'),
    cmdline: slotCommandLine(rootHash, []),
    linux: join(scratch, 'linux'),
    initrd: join(scratch, 'initrd'),
    output: uki,
  });
  const parts = {
    ...{ usr: image, usrBytes: (await stat(image)).size, rootHash, salt, uuid, version, uki },
    ...{ verity: tree4096, verityBytes: (await stat(tree4096)).size, ukiBytes: (await stat(uki)).size },
  };
  await writeRelease(parts, 'amd64', join(folder, version), {
    signKey: await readPrivateKey(join(folder, 'test.key')),
  });
  await rm(scratch, { recursive: true });
}

async function changeTree(usr: string, version: Version, publicPem: string): Promise<void> {
  const release = await readFile(join(usr, 'lib/os-release'), 'utf8');
  await put(usr, 'lib/os-release', release.replaceAll(versions[0], version));
  await put(usr, 'share/keelson/update-keys/test.pem', publicPem);
  if (version !== '3.0.0') return;
  const gate = `[Unit]
Description=Whether the radio answers
Before=boot-complete.target
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo "The radio of ${version} does not answer."; exit 1'
`;
  await put(usr, `lib/systemd/system/${badGate}`, gate);
  const required = join(usr, 'lib/systemd/system/boot-complete.target.requires');
  await mkdir(required, { recursive: true });
  await symlink(`../${badGate}`, join(required, badGate));
}

async function put(usr: string, path: string, text: string): Promise<void> {
  const target = join(usr, path);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(`${target}.new`, text, { mode: 0o644 });
  await rename(`${target}.new`, target);
}

/** SHA-256 of each file of a slot folder, to tell that nothing has changed. */
export async function slotHashes(folder: string): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await run('find', [folder, '-type', 'f', '-printf', '%P\\n']);
  const paths = stdout.trim().split('\n').sort();
  return new Map(
    await Promise.all(paths.map(async (path) => [path, await hashFile(join(folder, path))] as const)),
  );
}
