// The manifest of a release on a server: nothing of it is believed before its signature was checked.

import { createHash } from 'node:crypto';
import {
  checkSignatures,
  diskErrors,
  manifestFile,
  maxManifestBytes,
  maxSignatureFileBytes,
  parseManifest,
  parseSignatures,
  type ReleaseManifest,
  signatureFile,
  type TrustedKey,
} from '../../disk/index.ts';
import { payloadError } from './errors.ts';
import { type RemoteOptions, readSmall } from './remote-file.ts';

export interface ExpectedManifest {
  /** SHA-256 in base64, as an Omaha answer has it, or in hex. */
  readonly sha256?: string;
  readonly bytes?: number;
}

export interface Trust {
  readonly keys: readonly TrustedKey[];
  /** So many keys have to have signed. Default 1. */
  readonly threshold?: number;
  readonly nowMs: number;
}

/**
 * Fetches and checks it. Throws `update.payload.size` and `.hash` when it is not what was announced, `.unsigned` and
 * `.signature` naming keys, `.format` when what was signed is no manifest.
 */
export async function fetchManifest(
  remote: RemoteOptions,
  expected: ExpectedManifest,
  { keys, threshold = 1, nowMs }: Trust,
): Promise<ReleaseManifest> {
  let verified: ReleaseManifest | undefined;
  const content = await readSmall(remote, manifestFile, maxManifestBytes, (bytes) =>
    announced(bytes, expected),
  );
  await readSmall(remote, signatureFile, maxSignatureFileBytes, (bytes) => {
    const signatures = translated(() => parseSignatures(bytes.toString('utf8'), signatureFile));
    const { fault, reason } = checkSignatures({ manifest: content, signatures, keys, threshold, nowMs });
    if (fault !== undefined) {
      throw payloadError(fault === 'wrong' ? 'signature' : 'unsigned', reason, {
        hint: 'Keys are trusted by a file in /etc/keelson/update-keys.',
      });
    }
    verified = translated(() => parseManifest(content.toString('utf8'), manifestFile));
  });
  if (verified === undefined) throw payloadError('unsigned', 'The release has no signature.');
  return verified;
}

function announced(content: Buffer, { sha256, bytes }: ExpectedManifest): void {
  if (bytes !== undefined && content.length !== bytes) {
    throw payloadError('size', `${manifestFile} has ${content.length} bytes, ${bytes} were announced.`);
  }
  if (sha256 === undefined) return;
  const digest = createHash('sha256').update(content).digest();
  if (sha256 === digest.toString('base64') || sha256.toLowerCase() === digest.toString('hex')) return;
  const found = digest.toString('hex');
  throw payloadError('hash', `${manifestFile} has the SHA-256 ${found}; ${sha256} was announced.`);
}

/** What reading throws, as an error of the payload. */
function translated<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (cause) {
    if (!diskErrors.is(cause)) throw cause;
    throw payloadError('format', cause.message, { cause });
  }
}
