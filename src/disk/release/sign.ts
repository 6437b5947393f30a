// A release's folder made ready to be fetched: indexes of its large files, and signatures over its manifest.

import type { KeyObject } from 'node:crypto';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, readFileIfExists, writeFileAtomic } from '../../host/index.ts';
import { diskErrors } from '../errors.ts';
import { indexFile } from './chunker.ts';
import type { TrustedKey } from './keys.ts';
import { parseManifest } from './manifest.ts';
import { manifestFile, type ReleaseFile, type ReleaseIndex, signatureFile } from './model.ts';
import {
  checkSignatures,
  formatSignatures,
  parseSignatures,
  type Signature,
  signManifest,
} from './signature.ts';

/** Writes the index of `file` beside it, as `<file>.chunks`, and returns what a manifest says of it. */
export async function indexRelease(folder: string, file: string): Promise<ReleaseIndex> {
  const index = await indexFile(join(folder, file));
  const name = `${file}.chunks`;
  await writeFileAtomic(join(folder, name), index);
  return { file: name, bytes: index.length, sha256: createHash('sha256').update(index).digest('hex') };
}

/**
 * Cuts a release's file again and compares with its index; a file without one is none the worse.
 * Throws `disk.damaged` when they differ.
 */
export async function checkIndex(folder: string, { file, chunks }: ReleaseFile): Promise<void> {
  if (chunks === undefined) return;
  const path = join(folder, chunks.file);
  const index = await readFile(path);
  const sha256 = createHash('sha256').update(index).digest('hex');
  if (sha256 !== chunks.sha256) {
    throw diskErrors.error('damaged', `${path} has another SHA-256 than its manifest says: ${sha256}.`);
  }
  if (index.equals(await indexFile(join(folder, file)))) return;
  throw diskErrors.error('damaged', `${path} is not the index of ${file}.`);
}

/** What may be said of a release when it is signed: the manifest has it from then on. */
export interface SignedRules {
  /** Newer versions that may be given up for this one, besides those that it names. */
  readonly downgradeFrom?: readonly string[];
  /** As the manifest has it. */
  readonly expires?: string;
}

/**
 * Signs the manifest in `folder`, with these rules in it; signatures of other keys stay when they are for the same
 * bytes. Throws `disk.absent` and `disk.damaged` for a folder that is no release, or a rule that no manifest can have.
 */
export async function signRelease(
  folder: string,
  key: KeyObject,
  rules: SignedRules = {},
): Promise<readonly Signature[]> {
  const path = join(folder, manifestFile);
  const found = await readManifestBytes(folder);
  parseManifest(found.toString('utf8'), path);
  const manifest = withRules(found, rules);
  parseManifest(manifest.toString('utf8'), path);
  const isSame = manifest.equals(found);
  const before = isSame ? ((await signaturesIn(folder)) ?? []) : [];
  const signatures = signManifest(manifest, key, before);
  if (!isSame) await writeFileAtomic(path, manifest);
  await writeFileAtomic(join(folder, signatureFile), formatSignatures(signatures));
  return signatures;
}

/** The manifest with more rules; the same bytes when it has them. */
function withRules(bytes: Buffer, { downgradeFrom = [], expires }: SignedRules): Buffer {
  const manifest = JSON.parse(bytes.toString('utf8')) as { downgradeFrom?: string[]; expires?: string };
  const edges = [...new Set([...(manifest.downgradeFrom ?? []), ...downgradeFrom])];
  const isKnown = edges.length === (manifest.downgradeFrom?.length ?? 0);
  if (isKnown && (expires === undefined || expires === manifest.expires)) return bytes;
  const rules = {
    ...(edges.length === 0 ? {} : { downgradeFrom: edges }),
    ...(expires === undefined ? {} : { expires }),
  };
  return Buffer.from(`${JSON.stringify({ ...manifest, ...rules }, null, 2)}\n`);
}

/**
 * Checks the signatures of the release in `folder`, and returns the names of the keys that signed.
 * Throws `disk.untrusted` with the names of the keys that were found and of those that are trusted.
 */
export async function verifySignature(
  folder: string,
  keys: readonly TrustedKey[],
  { threshold = 1, nowMs }: { readonly threshold?: number; readonly nowMs: number },
): Promise<readonly string[]> {
  const manifest = await readManifestBytes(folder);
  const signatures = (await signaturesIn(folder)) ?? [];
  const { fault, reason, signedBy } = checkSignatures({ manifest, signatures, keys, threshold, nowMs });
  if (fault === undefined) return signedBy;
  throw diskErrors.error('untrusted', `${folder} is not to be trusted. ${reason}`);
}

async function signaturesIn(folder: string): Promise<Signature[] | undefined> {
  const path = join(folder, signatureFile);
  const text = await readFileIfExists(path);
  return text === undefined ? undefined : parseSignatures(text, path);
}

async function readManifestBytes(folder: string): Promise<Buffer> {
  const path = join(folder, manifestFile);
  return await readFile(path).catch((cause: unknown) => {
    throw diskErrors.error(
      'absent',
      `${folder} is no release: ${path} cannot be read (${errnoOf(cause) ?? cause}).`,
      { cause, hint: 'keelson image build --format payload makes one.' },
    );
  });
}
