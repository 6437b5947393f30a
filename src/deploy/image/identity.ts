// Identifiers that would otherwise be random, derived from what they stand for: the same content makes the
// same image, bit for bit.

import { createHash } from 'node:crypto';

/** 64 hexadecimal digits for a purpose. */
export function derivedHash(seed: string, purpose: string): string {
  return createHash('sha256').update(`keelson ${purpose}\n${seed}`).digest('hex');
}

/** A UUID for a purpose, in the form of version 8 (RFC 9562: by a rule of one's own). */
export function derivedUuid(seed: string, purpose: string): string {
  const digits = derivedHash(seed, purpose).slice(0, 32).split('');
  digits[12] = '8';
  digits[16] = '89ab'[Number.parseInt(digits[16] ?? '0', 16) % 4] ?? '8';
  return digits.join('').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The volume number of a FAT: eight hexadecimal digits. */
export function derivedVolume(seed: string, purpose: string): string {
  return derivedHash(seed, purpose).slice(0, 8);
}
