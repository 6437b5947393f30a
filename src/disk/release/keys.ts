// Keys of releases: Ed25519 pairs in PEM files, and the folders of those that a machine trusts.

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../host/index.ts';
import { diskErrors } from '../errors.ts';
import { isTime } from './manifest.ts';

/** A public key that a machine trusts. */
export interface TrustedKey {
  readonly id: string;
  readonly key: KeyObject;
  /** The file it is from. */
  readonly path: string;
  /** Milliseconds since 1970: from then on what it signed no longer counts. */
  readonly retired?: number;
}

/** Where the image brings keys, and where a machine's own are: a file there hides the one of the same name. */
export const trustedKeyFolders: readonly string[] = [
  '/usr/share/keelson/update-keys',
  '/etc/keelson/update-keys',
];

/** A key's name in signatures and messages: the first 16 hexadecimal digits of the SHA-256 of its 32 bytes. */
export function keyId(key: KeyObject): string {
  const { x } = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' });
  return createHash('sha256')
    .update(Buffer.from(x ?? '', 'base64url'))
    .digest('hex')
    .slice(0, 16);
}

/** A new pair, as two PEM texts: PKCS #8 and SubjectPublicKeyInfo, which openssl reads as well. */
export function newKeyPair(): {
  readonly privatePem: string;
  readonly publicPem: string;
  readonly id: string;
} {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: publicPem(publicKey),
    id: keyId(publicKey),
  };
}

/** The public half as PEM. */
export function publicPem(key: KeyObject): string {
  const half = key.type === 'private' ? createPublicKey(key) : key;
  return half.export({ type: 'spki', format: 'pem' }).toString();
}

/** Reads a private key. Throws `disk.damaged`, naming `path`, for anything but an Ed25519 key without passphrase. */
export function parsePrivateKey(pem: string, path: string): KeyObject {
  return ed25519(() => createPrivateKey(pem), path, 'private');
}

/**
 * Reads a public key. A line `Retired: 2027-01-31T00:00:00Z` in front of it ends its time.
 * Throws `disk.damaged`, naming `path`, for anything but one Ed25519 key.
 */
export function parsePublicKey(pem: string, path: string): TrustedKey {
  const begins = pem.indexOf('-----BEGIN ');
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) {
    throw diskErrors.error('damaged', `${path} holds a private key, which no machine needs.`, {
      hint: 'keelson release key show prints the public half of a key.',
    });
  }
  const key = ed25519(() => createPublicKey(pem), path, 'public');
  const line = /^Retired:\s*(.*?)\s*$/m.exec(pem.slice(0, begins));
  if (line === null) return { id: keyId(key), key, path };
  const [, time = ''] = line;
  if (!isTime(time)) {
    throw diskErrors.error('damaged', `${path} is retired at “${time}”, expected 2027-01-31T00:00:00Z.`);
  }
  return { id: keyId(key), key, path, retired: Date.parse(time) };
}

function ed25519(read: () => KeyObject, path: string, kind: 'private' | 'public'): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch (cause) {
    throw diskErrors.error('damaged', `${path} holds no ${kind} key in PEM that can be read.`, { cause });
  }
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw diskErrors.error('damaged', `${path} holds a key for ${key.asymmetricKeyType}, expected Ed25519.`);
}

/** Both halves' file sizes are some hundred bytes. */
const maxKeyBytes = 16 * 1024;

/** Reads a private key's file. Throws `disk.absent` or `disk.damaged`. */
export async function readPrivateKey(path: string): Promise<KeyObject> {
  return parsePrivateKey(await readKeyFile(path), path);
}

/**
 * The keys in `*.pem` of these folders, the later folder first in rank: a file hides the one of the same name in
 * the folders before, and an empty one only hides. Folders that are not there hold none. A file that cannot be
 * used is told to `onProblem` and trusted for nothing.
 */
export async function readTrustedKeys(
  folders: readonly string[] = trustedKeyFolders,
  onProblem: (sentence: string) => void = () => {},
): Promise<TrustedKey[]> {
  const paths = new Map<string, string>();
  for (const folder of folders) {
    const names = await readdir(folder).catch((error: unknown) => {
      if (errnoOf(error) === 'ENOENT') return [];
      throw error;
    });
    for (const name of names) if (name.endsWith('.pem')) paths.set(name, join(folder, name));
  }
  const keys = new Map<string, TrustedKey>();
  for (const name of [...paths.keys()].sort()) {
    const path = paths.get(name) ?? '';
    try {
      const text = await readKeyFile(path);
      if (text.trim() === '') continue;
      const key = parsePublicKey(text, path);
      const before = keys.get(key.id);
      // The same key in two files: retired in one is retired.
      if (before === undefined || endOf(key) < endOf(before)) keys.set(key.id, key);
    } catch (error) {
      if (!diskErrors.is(error)) throw error;
      onProblem(error.message);
    }
  }
  return [...keys.values()];
}

const endOf = ({ retired }: TrustedKey) => retired ?? Number.POSITIVE_INFINITY;

async function readKeyFile(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw diskErrors.error('absent', `The key ${path} cannot be read (${errnoOf(cause) ?? cause}).`, {
      cause,
    });
  });
  if (text.length <= maxKeyBytes) return text;
  throw diskErrors.error('damaged', `${path} is no key: it has more than ${maxKeyBytes} bytes.`);
}
