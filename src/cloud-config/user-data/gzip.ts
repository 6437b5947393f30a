// User-data packed with gzip: one member or several, whole or cut off.

import { errnoOf } from '../../host/index.ts';

/** Unpacked user-data beyond this are refused, so that a small bomb cannot fill the memory. */
const maxBytes = 64 * 1024 * 1024;

export interface Unpacked {
  /** All of it, or what could be read before the problem. */
  readonly content: Uint8Array;
  readonly problem?: string;
}

/** Whether these bytes begin as gzip does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Unpacks every member. */
export function unpack(bytes: Uint8Array): Unpacked {
  // Loaded only here: plain user-data do not pay for it.
  const { constants, gunzipSync } = process.getBuiltinModule('node:zlib');
  try {
    return { content: gunzipSync(bytes, { maxOutputLength: maxBytes }) };
  } catch (error) {
    if (errnoOf(error) === 'ERR_BUFFER_TOO_LARGE')
      return lost(`it is more than ${maxBytes / 1024 / 1024} MiB`);
    const message = error instanceof Error ? error.message : String(error);
    if (!message.includes('unexpected end')) return lost(message);
  }
  try {
    const options = { maxOutputLength: maxBytes, finishFlush: constants.Z_SYNC_FLUSH };
    return { content: gunzipSync(bytes, options), problem: 'the gzip stream is cut off' };
  } catch {
    return lost('the gzip stream is cut off');
  }
}

const lost = (problem: string): Unpacked => ({ content: new Uint8Array(), problem });
