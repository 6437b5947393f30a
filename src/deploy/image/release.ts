// A release as it is handed out for an update: three files and a manifest.

import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile } from '../../host/index.ts';
import type { Release } from './model.ts';

const files = { usr: 'usr.squashfs', verity: 'usr.verity', uki: 'keelson.efi' } as const;

/** Writes the release into the folder `output`, which is made. docs/reference/image.md has the manifest's fields. */
export async function writeRelease(release: Release, architecture: string, output: string): Promise<void> {
  await mkdir(output, { recursive: true });
  const copy = async (name: keyof typeof files) => {
    const target = join(output, files[name]);
    await copyFile(release[name], target, constants.COPYFILE_FICLONE);
    // For a web server to read; veritysetup makes its files for root alone.
    await chmod(target, 0o644);
    return { file: files[name], bytes: bytesOf(release, name), sha256: await hashFile(target) };
  };
  const manifest = {
    format: 1,
    name: 'keelson',
    version: release.version,
    architecture,
    usr: await copy('usr'),
    verity: {
      ...(await copy('verity')),
      rootHash: release.rootHash,
      salt: release.salt,
      uuid: release.uuid,
    },
    uki: await copy('uki'),
  };
  await writeFile(join(output, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

function bytesOf(release: Release, name: keyof typeof files): number {
  if (name === 'usr') return release.usrBytes;
  return name === 'verity' ? release.verityBytes : release.ukiBytes;
}
