// Bytes that look random and are the same each time.

import { createCipheriv, createHash } from 'node:crypto';

/** So many bytes of that seed: AES in counter mode over zeroes. */
export function noise(length: number, seed: string): Buffer {
  const key = createHash('sha256').update(seed).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}
