// Releases of a few hundred kibibytes for tests: real images, trees and UKIs, whose kernel is none.

import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatVerity, type ReleaseManifest, writeUki } from '../../../src/disk/index.ts';
import { hashFile } from '../../../src/host/index.ts';

export const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';

/** Makes a release of this version in `folder` and returns its manifest. */
export async function makeRelease(
  stub: string,
  folder: string,
  version: string,
  image: Buffer = Buffer.alloc(100 * 4096, `/usr of version ${version}; `),
): Promise<ReleaseManifest> {
  await mkdir(folder, { recursive: true });
  const at = (name: string) => join(folder, name);
  await writeFile(at('usr.squashfs'), image);
  const salt = 'c0'.repeat(32);
  const uuid = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee';
  const { rootHash } = await formatVerity({ data: at('usr.squashfs'), tree: at('usr.verity'), salt, uuid });
  await writeFile(
    at('vmlinuz'),
    Buffer.concat([Buffer.from('MZ'), Buffer.alloc(50_000, `kernel ${version} `)]),
  );
  await writeFile(at('initrd'), Buffer.alloc(80_000, `initrd ${version} `));
  await writeUki({
    stub,
    osRelease: `ID=keelson\nIMAGE_VERSION=${version}\n`,
    cmdline: `usrhash=${rootHash} quiet`,
    linux: at('vmlinuz'),
    initrd: at('initrd'),
    output: at('keelson.efi'),
  });
  for (const name of ['vmlinuz', 'initrd']) await rm(at(name));
  const file = async (name: string) => ({
    file: name,
    bytes: (await stat(at(name))).size,
    sha256: await hashFile(at(name)),
  });
  const manifest: ReleaseManifest = {
    format: 1,
    name: 'keelson',
    version,
    architecture,
    usr: await file('usr.squashfs'),
    verity: { ...(await file('usr.verity')), rootHash, salt, uuid },
    uki: await file('keelson.efi'),
  };
  await writeFile(at('manifest.json'), JSON.stringify(manifest));
  return manifest;
}
