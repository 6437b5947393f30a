// Releases of a few hundred kibibytes for tests: real images, trees and UKIs, whose kernel is none.

import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatVerity, type ReleaseFile, type ReleaseManifest, writeUki } from '../../../src/disk/index.ts';
import { hashFile } from '../../../src/host/index.ts';

export const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';

export const extensionName = 'tools';

/** Makes a release of an extension, whose image is none that could be mounted. */
export async function makeExtensionRelease(
  folder: string,
  version: string,
  image: Buffer = Buffer.alloc(100 * 4096, `/usr of version ${version}; `),
): Promise<ReleaseManifest> {
  await mkdir(folder, { recursive: true });
  const manifest = {
    ...{ format: 1 as const, kind: 'extension' as const, name: extensionName, version, architecture },
    ...(await makeImage(folder, image)),
  };
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
  return manifest;
}

/** Makes a release of this version in `folder` and returns its manifest. */
export async function makeRelease(
  stub: string,
  folder: string,
  version: string,
  image: Buffer = Buffer.alloc(100 * 4096, `/usr of version ${version}; `),
): Promise<ReleaseManifest & Required<Pick<ReleaseManifest, 'uki'>>> {
  await mkdir(folder, { recursive: true });
  const at = (name: string) => join(folder, name);
  const made = await makeImage(folder, image);
  await writeFile(
    at('vmlinuz'),
    Buffer.concat([Buffer.from('MZ'), Buffer.alloc(50_000, `kernel ${version} `)]),
  );
  await writeFile(at('initrd'), Buffer.alloc(80_000, `initrd ${version} `));
  await writeUki({
    stub,
    osRelease: `ID=keelson\nIMAGE_VERSION=${version}\n`,
    cmdline: `usrhash=${made.verity.rootHash} quiet`,
    linux: at('vmlinuz'),
    initrd: at('initrd'),
    output: at('keelson.efi'),
  });
  for (const name of ['vmlinuz', 'initrd']) await rm(at(name));
  const manifest = {
    format: 1 as const,
    name: 'keelson',
    version,
    architecture,
    ...made,
    uki: await describe(folder, 'keelson.efi'),
  };
  await writeFile(at('manifest.json'), JSON.stringify(manifest));
  return manifest;
}

/** An image and its hash tree, as a manifest has them. */
async function makeImage(folder: string, image: Buffer): Promise<Pick<ReleaseManifest, 'usr' | 'verity'>> {
  const data = join(folder, 'usr.squashfs');
  await writeFile(data, image);
  const salt = 'c0'.repeat(32);
  const uuid = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee';
  const { rootHash } = await formatVerity({ data, tree: join(folder, 'usr.verity'), salt, uuid });
  return {
    usr: await describe(folder, 'usr.squashfs'),
    verity: { ...(await describe(folder, 'usr.verity')), rootHash, salt, uuid },
  };
}

async function describe(folder: string, file: string): Promise<ReleaseFile> {
  const path = join(folder, file);
  return { file, bytes: (await stat(path)).size, sha256: await hashFile(path) };
}
