// Signed releases in folders, as `keelson image build --sign-key` makes them.

import type { KeyObject } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  indexRelease,
  newKeyPair,
  parsePrivateKey,
  parsePublicKey,
  signRelease,
  type TrustedKey,
} from '../../../src/disk/index.ts';
import { makeRelease } from '../../disk/slots/release.ts';

export interface Pair {
  readonly secret: KeyObject;
  readonly trusted: TrustedKey;
}

export function newPair(): Pair {
  const { privatePem, publicPem } = newKeyPair();
  return { secret: parsePrivateKey(privatePem, 'key'), trusted: parsePublicKey(publicPem, 'key.pem') };
}

/** Makes a release with that image in `folder`, with its indexes, these rules and a signature. */
export async function publish(
  stub: string,
  folder: string,
  version: string,
  image: Buffer,
  { secret }: Pair,
  rules: object = {},
): Promise<void> {
  const manifest = await makeRelease(stub, folder, version, image);
  await rewrite(folder, secret, {
    ...manifest,
    ...rules,
    usr: { ...manifest.usr, chunks: await indexRelease(folder, manifest.usr.file) },
    uki: { ...manifest.uki, chunks: await indexRelease(folder, manifest.uki.file) },
  });
}

/** Writes another manifest, and signs that. */
export async function rewrite(folder: string, secret: KeyObject, manifest: object): Promise<void> {
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest, null, 2));
  await signRelease(folder, secret);
}

/** The manifest, as anybody could change it. */
export async function manifestIn(folder: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
}
