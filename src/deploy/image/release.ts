// A release as it is handed out for an update: three files, indexes of the large ones, a manifest, signatures.

import type { KeyObject } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { indexRelease, manifestFile, parseManifest, signRelease } from '../../disk/index.ts';
import { hashFile } from '../../host/index.ts';
import type { Release } from './model.ts';

const files = { usr: 'usr.squashfs', verity: 'usr.verity', uki: 'keelson.efi' } as const;

export interface ReleaseOptions {
  /** A private key to sign with. */
  readonly signKey?: KeyObject;
  /** `expires`, `minimumVersion` and `downgradeFrom` as manifest.json has them. */
  readonly rules?: ReleaseRules;
}

/** When and on what machines may fetch the release. */
export interface ReleaseRules {
  readonly expires?: string;
  readonly minimumVersion?: string;
  readonly downgradeFrom?: readonly string[];
}

/** Writes the release into the folder `output`, which is made. docs/reference/image.md has the manifest's fields. */
export async function writeRelease(
  release: Release,
  architecture: string,
  output: string,
  options: ReleaseOptions = {},
): Promise<void> {
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
    ...options.rules,
    usr: { ...(await copy('usr')), chunks: await indexRelease(output, files.usr) },
    verity: {
      ...(await copy('verity')),
      rootHash: release.rootHash,
      salt: release.salt,
      uuid: release.uuid,
    },
    uki: { ...(await copy('uki')), chunks: await indexRelease(output, files.uki) },
  };
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  const path = join(output, manifestFile);
  parseManifest(text, path);
  await writeFile(path, text);
  if (options.signKey !== undefined) await signRelease(output, options.signKey);
}

function bytesOf(release: Release, name: keyof typeof files): number {
  if (name === 'usr') return release.usrBytes;
  return name === 'verity' ? release.verityBytes : release.ukiBytes;
}
