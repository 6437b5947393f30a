// A payload read from its first byte to its last, before anything is written: format, order, the hash of each blob,
// length, hash, and the signature. The faults are found in update_engine's order, by its codes.

import {
  createHash,
  createPublicKey,
  type Hash,
  type KeyObject,
  publicDecrypt,
  constants as rsa,
} from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { payloadError } from '../errors.ts';
import { bunzip } from './bunzip.ts';
import { parseCrauManifest, parseCrauSignature } from './manifest.ts';
import { type CrauManifest, headerBytes, type Operation } from './model.ts';
import { completed, type Part, type Product, partsOf, roomOf } from './rules.ts';

/** Manifests have some 60 bytes an operation; nobody writes one of that size. */
const maxManifestBytes = 16 * 1024 * 1024;
const maxSignatureBytes = 64 * 1024;
const pieceBytes = 1024 * 1024;

export interface VerifyOptions {
  /** The payload, a plain file. */
  readonly file: FileHandle;
  /** RSA public keys; the signature has to be by one of them. */
  readonly keys: readonly KeyObject[];
  /** As announced: SHA-256 in base64 or hex, and the length. */
  readonly expected?: { readonly sha256?: string; readonly bytes?: number };
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface VerifiedPayload {
  readonly products: readonly Product[];
  /** Where the blobs begin in the file. */
  readonly blobs: number;
}

/** Reads all of it. Throws `update.payload.…` with the code of what is wrong first. */
export async function verifyCrau(options: VerifyOptions): Promise<VerifiedPayload> {
  const { file, keys, expected = {} } = options;
  const { size } = await file.stat();
  const whole = createHash('sha256');
  const header = await take(file, 0, headerBytes, whole);
  if (!header.subarray(0, 4).equals(Buffer.from('CrAU').subarray(0, header.length))) {
    throw magic('it does not begin with CrAU');
  }
  if (header.length < headerBytes) throw endsEarly(size, headerBytes);
  const version = header.readBigUInt64BE(4);
  if (version !== 1n) throw magic(`it is of version ${version}, expected 1`);
  const length = header.readBigUInt64BE(12);
  if (length > BigInt(maxManifestBytes)) {
    const options = { code: 'DownloadInvalidMetadataSize' } as const;
    throw payloadError(
      'format',
      `The payload’s manifest would have ${length} bytes, which is too much.`,
      options,
    );
  }
  const blobs = headerBytes + Number(length);
  const bytes = await take(file, headerBytes, Number(length), whole);
  if (bytes.length < Number(length)) throw endsEarly(size, blobs);
  const manifest = parseCrauManifest(bytes);
  const parts = partsOf(manifest);
  const signed = await readBlobs(options, parts, blobs, size, whole);
  const signature = await readSignature(file, manifest, blobs, parts, whole, size);
  checkWhole(whole, size, signature.end, expected);
  const products = completed(parts);
  if (manifest.signaturesOffset === undefined || signature.data === undefined) {
    throw payloadError('unsigned', 'The payload has no signature of version 2.');
  }
  checkSignature(signature.data, signed, keys);
  return { products, blobs };
}

/** Hashes the blobs, each by itself and all together; returns the hash of what is signed. */
async function readBlobs(
  options: VerifyOptions,
  parts: readonly Part[],
  blobs: number,
  size: number,
  whole: Hash,
): Promise<Buffer> {
  for (const { name, operations } of parts) {
    for (const [index, operation] of operations.entries()) {
      options.signal?.throwIfAborted();
      const place = `operation ${index} of the ${name}`;
      const end = blobs + operation.offset + operation.length;
      if (end > size) throw endsEarly(size, end);
      await readBlob(options.file, operation, blobs, whole, place);
      options.onProgress?.(end, size);
    }
  }
  return whole.copy().digest();
}

async function readBlob(
  file: FileHandle,
  operation: Operation,
  blobs: number,
  whole: Hash,
  place: string,
): Promise<void> {
  const own = createHash('sha256');
  for await (const piece of piecesOf(file, blobs + operation.offset, operation.length)) {
    own.update(piece);
    whole.update(piece);
  }
  const found = own.digest();
  if (operation.hash?.equals(found) !== true) {
    const options = { code: 'DownloadOperationHashMismatch' } as const;
    throw payloadError('hash', `The bytes of ${place} have the SHA-256 ${found.toString('hex')}.`, options);
  }
  if (operation.type !== 1) return;
  const compressed = piecesOf(file, blobs + operation.offset, operation.length);
  for await (const _piece of bunzip(compressed, roomOf(operation)));
}

async function readSignature(
  file: FileHandle,
  { signaturesOffset, signaturesBytes }: CrauManifest,
  blobs: number,
  parts: readonly Part[],
  whole: Hash,
  size: number,
): Promise<{ data: Buffer | undefined; end: number }> {
  if (signaturesOffset === undefined || signaturesBytes === 0) {
    const operations = parts.flatMap((part) => part.operations);
    return { data: undefined, end: operations.reduce((sum, { length }) => sum + length, blobs) };
  }
  const begin = blobs + signaturesOffset;
  if (signaturesBytes > maxSignatureBytes) {
    throw payloadError('format', `The payload’s signature would have ${signaturesBytes} bytes.`, {
      code: 'DownloadMetadataSignatureError',
    });
  }
  const bytes = await take(file, begin, signaturesBytes, whole);
  if (bytes.length < signaturesBytes) throw endsEarly(size, begin + signaturesBytes);
  return { data: parseCrauSignature(bytes), end: begin + signaturesBytes };
}

function checkWhole(
  whole: Hash,
  size: number,
  end: number,
  { sha256, bytes }: NonNullable<VerifyOptions['expected']>,
): void {
  if (bytes !== undefined && bytes !== size) {
    throw payloadError('size', `The payload has ${size} bytes, ${bytes} were announced.`);
  }
  if (end !== size) throw payloadError('size', `The payload ends at ${end}; ${size - end} bytes follow.`);
  const digest = whole.digest();
  if (sha256 === undefined || sha256 === digest.toString('base64')) return;
  if (sha256.toLowerCase() === digest.toString('hex')) return;
  throw payloadError(
    'hash',
    `The payload has the SHA-256 ${digest.toString('hex')}; ${sha256} was announced.`,
  );
}

/** DigestInfo of SHA-256 (RFC 8017, 9.2), in front of the hash. */
const digestInfo = Buffer.from('3031300d060960864801650304020105000420', 'hex');

function checkSignature(signature: Buffer, digest: Buffer, keys: readonly KeyObject[]): void {
  const expected = Buffer.concat([digestInfo, digest]);
  const fits = keys.some((key) => {
    try {
      return publicDecrypt({ key, padding: rsa.RSA_PKCS1_PADDING }, signature).equals(expected);
    } catch {
      return false;
    }
  });
  if (fits) return;
  const hint = 'Keys of such payloads are RSA public keys in PEM.';
  throw payloadError('signature', `The payload is not signed by one of the ${keys.length} keys that count.`, {
    hint,
  });
}

/** An RSA public key. Throws `update.payload.signature`, naming `path`, for anything else. */
export function parseCrauKey(pem: string, path: string): KeyObject {
  try {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch {
    // Told below.
  }
  throw payloadError('signature', `${path} holds no RSA public key in PEM.`);
}

/** Pieces of a file from `offset` on; each is good until the next. Fewer bytes when the file ends before. */
export async function* piecesOf(
  file: FileHandle,
  offset: number,
  length: number,
): AsyncGenerator<Buffer, void, undefined> {
  for (let done = 0; done < length; ) {
    const buffer = Buffer.allocUnsafe(Math.min(pieceBytes, length - done));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, offset + done);
    if (bytesRead === 0) return;
    done += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function take(file: FileHandle, offset: number, length: number, whole: Hash): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of piecesOf(file, offset, length)) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  whole.update(bytes);
  return bytes;
}

const magic = (what: string) =>
  payloadError('format', `This is no payload of update_engine: ${what}.`, {
    code: 'DownloadInvalidMetadataMagicString',
  });

const endsEarly = (size: number, end: number) =>
  payloadError('size', `The payload ends at ${size}, and should go on to ${end} at least.`);
