// manifest.json.sig: signatures over the bytes of manifest.json, several of them, each by a key that has a name.

import { type KeyObject, sign, verify } from 'node:crypto';
import { diskErrors } from '../errors.ts';
import { keyId, type TrustedKey } from './keys.ts';

/** Ed25519 over exactly the bytes of the file: `openssl pkeyutl -verify -rawin` says the same. */
export interface Signature {
  /** keyId of who signed. */
  readonly key: string;
  /** 64 bytes. */
  readonly value: Buffer;
}

export const maxSignatureFileBytes = 16 * 1024;
const maxSignatures = 32;

/** Signs a manifest, and keeps the signatures of other keys that were there before. */
export function signManifest(
  manifest: Uint8Array,
  key: KeyObject,
  before: readonly Signature[] = [],
): Signature[] {
  const own = { key: keyId(key), value: sign(null, manifest, key) };
  const all = [...before.filter((other) => other.key !== own.key), own];
  return all.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** manifest.json.sig of these signatures. */
export function formatSignatures(signatures: readonly Signature[]): string {
  const lines = signatures.map(({ key, value }) => ({ key, ed25519: value.toString('base64') }));
  return `${JSON.stringify({ format: 1, signatures: lines }, null, 2)}\n`;
}

/** Reads manifest.json.sig. Throws `disk.damaged`, naming `path`, for anything else. */
export function parseSignatures(text: string, path: string): Signature[] {
  const damaged = (what: string) =>
    diskErrors.error('damaged', `${path} holds no signatures of a release: ${what}.`);
  if (text.length > maxSignatureFileBytes)
    throw damaged(`it has more than ${maxSignatureFileBytes} characters`);
  let all: unknown;
  try {
    all = JSON.parse(text);
  } catch {
    throw damaged('it is no JSON');
  }
  const { format, signatures } = (all ?? {}) as { format?: unknown; signatures?: unknown };
  if (format !== 1) throw damaged('format is not 1');
  if (!Array.isArray(signatures) || signatures.length > maxSignatures) {
    throw damaged(`signatures is no list of up to ${maxSignatures}`);
  }
  return signatures.map((one: unknown, index) => {
    const { key, ed25519 } = (one ?? {}) as { key?: unknown; ed25519?: unknown };
    const where = `signatures[${index}]`;
    if (typeof key !== 'string' || !/^[0-9a-f]{16}$/.test(key))
      throw damaged(`${where}.key is no key's name`);
    if (typeof ed25519 !== 'string' || !/^[A-Za-z0-9+/]{86}==$/.test(ed25519)) {
      throw damaged(`${where}.ed25519 is no signature of 64 bytes in base64`);
    }
    return { key, value: Buffer.from(ed25519, 'base64') };
  });
}

export interface SignatureCheck {
  readonly manifest: Uint8Array;
  readonly signatures: readonly Signature[];
  readonly keys: readonly TrustedKey[];
  /** So many different keys have to have signed. */
  readonly threshold?: number;
  /** Milliseconds since 1970, for keys that are retired. */
  readonly nowMs: number;
}

/** What became of the check: the keys that signed, and why it is not enough, as a sentence. */
export interface SignatureVerdict {
  readonly signedBy: readonly string[];
  /** `unsigned`: nobody that is trusted; `wrong`: a trusted key's signature does not fit the manifest. */
  readonly fault: 'unsigned' | 'wrong' | undefined;
  readonly reason: string;
}

/** Checks signatures against trusted keys. A trusted key's signature that does not fit spoils all of them. Pure. */
export function checkSignatures(check: SignatureCheck): SignatureVerdict {
  const { manifest, signatures, keys, threshold = 1, nowMs } = check;
  const signedBy = new Set<string>();
  const strangers: string[] = [];
  const retired: string[] = [];
  for (const { key: id, value } of signatures) {
    const trusted = keys.find((key) => key.id === id);
    if (trusted === undefined) strangers.push(id);
    else if (!verify(null, manifest, trusted.key, value)) {
      const reason = `The signature by key ${id} does not fit the manifest: one of them was changed.`;
      return { signedBy: [], fault: 'wrong', reason };
    } else if (trusted.retired !== undefined && trusted.retired <= nowMs) {
      retired.push(
        `${id} (retired ${new Date(trusted.retired).toISOString().slice(0, 10)}, ${trusted.path})`,
      );
    } else signedBy.add(id);
  }
  const by = [...signedBy];
  if (by.length >= Math.max(1, threshold)) {
    return { signedBy: by, fault: undefined, reason: `Signed by ${by.join(', ')}.` };
  }
  const needed =
    threshold <= 1 ? 'no key that counts' : `${by.length} of the ${threshold} keys that it takes`;
  const facts = [
    signatures.length === 0 ? 'it has no signature' : '',
    strangers.length === 0 ? '' : `not trusted here: ${strangers.join(', ')}`,
    retired.length === 0 ? '' : `no longer valid: ${retired.join(', ')}`,
    `trusted: ${keys.map(({ id }) => id).join(', ') || 'none'}`,
  ];
  const reason = `The manifest is signed by ${needed} (${facts.filter((fact) => fact !== '').join('; ')}).`;
  return { signedBy: by, fault: 'unsigned', reason };
}
