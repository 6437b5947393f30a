// Identifiers that would otherwise be random, derived from what they stand for: the same content makes the
// same image, bit for bit.

import { createHash } from 'node:crypto';

/** The time of everything in an image that has one: 2026-01-01, in seconds since 1970, unless SOURCE_DATE_EPOCH says otherwise. */
export function imageEpoch(env: Readonly<Record<string, string | undefined>> = process.env): number {
  const given = env.SOURCE_DATE_EPOCH;
  return given !== undefined && /^\d{1,10}$/.test(given) ? Number(given) : 1_767_225_600;
}

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
