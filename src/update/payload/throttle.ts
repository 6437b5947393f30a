// A limit of bytes a second: a bucket that fills by the clock and holds one second's worth.

import { type Clock, pause } from '../../host/index.ts';

/** Waits until so many bytes may pass. */
export type Throttle = (bytes: number, signal?: AbortSignal) => Promise<void>;

/** How full the bucket is, below 0 when more was taken than was in it; and when that was. */
export interface Bucket {
  readonly bytes: number;
  readonly atMs: number;
}

/** Takes bytes out of a bucket, and says how long to wait before they may pass. Pure. */
export function takeBytes(
  bucket: Bucket,
  bytes: number,
  nowMs: number,
  bytesPerSecond: number,
): { readonly bucket: Bucket; readonly waitMs: number } {
  const filled = bucket.bytes + ((nowMs - bucket.atMs) / 1000) * bytesPerSecond;
  const left = Math.min(bytesPerSecond, filled) - bytes;
  return { bucket: { bytes: left, atMs: nowMs }, waitMs: left >= 0 ? 0 : (-left / bytesPerSecond) * 1000 };
}

/** A throttle of that clock; 0 bytes a second is no limit. */
export function throttle(bytesPerSecond: number, clock: Clock): Throttle {
  if (bytesPerSecond <= 0) return async () => {};
  let bucket: Bucket = { bytes: 0, atMs: clock.now() };
  return async (bytes, signal) => {
    const taken = takeBytes(bucket, bytes, clock.now(), bytesPerSecond);
    bucket = taken.bucket;
    if (taken.waitMs > 0) await pause(clock, taken.waitMs, signal);
  };
}
