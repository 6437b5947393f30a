// Payloads of update_engine, good ones and such that nobody should make: a writer of its format, apart from the reader.

import { execFileSync } from 'node:child_process';
import { createHash, createSign, generateKeyPairSync } from 'node:crypto';

const varint = (number: bigint): Buffer => {
  const bytes: number[] = [];
  for (let left = number; ; left >>= 7n) {
    if (left < 128n) return Buffer.from([...bytes, Number(left)]);
    bytes.push(Number(left & 127n) | 128);
  }
};
export const uint = (field: number, value: number | bigint): Buffer =>
  Buffer.concat([varint(BigInt(field << 3)), varint(BigInt(value))]);
export const message = (field: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([varint(BigInt((field << 3) | 2)), varint(BigInt(body.length)), body]);
};

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest();
export const hole = 2n ** 64n - 1n;

export const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

export interface OperationRecipe {
  readonly type?: number;
  /** What is in the file. */
  readonly blob: Buffer;
  /** Pairs of first block and number of blocks. */
  readonly extents: readonly (readonly [number | bigint, number])[];
  /** Instead of the right one; null for none. */
  readonly hash?: Buffer | null;
  /** Instead of where it is. */
  readonly offset?: number;
}

export interface Recipe {
  readonly operations: readonly OperationRecipe[];
  /** What comes out in the end; null to say nothing of it. */
  readonly partition: Buffer | null;
  readonly kernel?: { readonly operations: readonly OperationRecipe[]; readonly result: Buffer | null };
  /** Versions of the signatures, the last by the key; none for an unsigned payload. */
  readonly signatures?: readonly number[];
  readonly version?: bigint;
  readonly blockBytes?: number;
  readonly signaturesShift?: number;
}

/** Compressed as such payloads are. */
export const bzip2 = (bytes: Buffer): Buffer => execFileSync('bzip2', ['-c'], { input: bytes });

/** The payload. */
export function makeCrau(recipe: Recipe): Buffer {
  const { signatures = [2], version = 1n, signaturesShift = 0 } = recipe;
  const blobs: Buffer[] = [];
  let at = 0;
  const operation = (field: number, one: OperationRecipe): Buffer => {
    const { type = 0, blob, extents, hash = sha256(blob), offset = at } = one;
    blobs.push(blob);
    at += blob.length;
    const places = extents.map(([start, blocks]) => message(6, uint(1, start), uint(2, blocks)));
    return message(
      field,
      ...[uint(1, type), uint(2, offset), uint(3, blob.length), ...places],
      ...(hash === null ? [] : [message(8, hash)]),
    );
  };
  const info = (field: number, result: Buffer | null): Buffer =>
    result === null ? Buffer.alloc(0) : message(field, uint(1, result.length), message(2, sha256(result)));
  const operations = recipe.operations.map((one) => operation(1, one));
  const { kernel } = recipe;
  const procedure =
    kernel === undefined
      ? Buffer.alloc(0)
      : message(10, uint(1, 0), ...kernel.operations.map((one) => operation(2, one)), info(4, kernel.result));
  const blob = (data: Buffer) =>
    Buffer.concat(signatures.map((number) => message(1, uint(1, number), message(2, data))));
  const signatureBytes = blob(Buffer.alloc(256)).length;
  const signed = signatures.length > 0;
  // Old clients write it to a hole; new ones pass over it.
  const noop = message(
    2,
    uint(1, 0),
    uint(2, at),
    uint(3, signatureBytes),
    message(6, uint(1, hole), uint(2, 1)),
  );
  const manifest = Buffer.concat([
    ...operations,
    ...(signed ? [noop] : []),
    uint(3, recipe.blockBytes ?? 4096),
    ...(signed ? [uint(4, at + signaturesShift), uint(5, signatureBytes)] : []),
    info(9, recipe.partition),
    procedure,
  ]);
  const header = Buffer.alloc(20);
  header.write('CrAU');
  header.writeBigUInt64BE(version, 4);
  header.writeBigUInt64BE(BigInt(manifest.length), 12);
  const body = Buffer.concat([header, manifest, ...blobs]);
  if (!signed) return body;
  return Buffer.concat([body, blob(createSign('sha256').update(body).sign(rsa.privateKey))]);
}
