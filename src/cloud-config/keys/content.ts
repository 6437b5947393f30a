// Unpacks the content of a file: base64, gzip, or the one within the other.

import { errnoOf } from '../../host/index.ts';

/** Unpacked content beyond this is refused, so that a small bomb cannot fill the memory. */
const maxBytes = 256 * 1024 * 1024;

export type Decoded = { readonly content: Uint8Array } | { readonly problem: string };

/** The bytes that `data` packs in `encoding` (`gz`, `base64`, `gzip+b64`, …); of gzip no more than `most`. */
export function decodeContent(data: string | Uint8Array, encoding: string, most = maxBytes): Decoded {
  let bytes: Uint8Array = typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
  if (/b64|base64/.test(encoding)) {
    const packed = Buffer.from(bytes).toString('latin1').replace(/\s/g, '');
    if (packed.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) {
      return { problem: 'it is not base64 with padding' };
    }
    bytes = Buffer.from(packed, 'base64');
  }
  return /^gz/.test(encoding) ? gunzip(bytes, most) : { content: bytes };
}

/** The whole of a gzip stream; a truncated one is refused. */
export function gunzip(bytes: Uint8Array, most = maxBytes): Decoded {
  try {
    // Loaded only here: a start without compressed content does not pay for it.
    const { gunzipSync } = process.getBuiltinModule('node:zlib');
    return { content: gunzipSync(bytes, { maxOutputLength: Math.max(1, most) }) };
  } catch (error) {
    if (errnoOf(error) === 'ERR_BUFFER_TOO_LARGE') {
      return { problem: `it unpacks to more than ${Math.floor(most / 1024 / 1024)} MiB` };
    }
    const message = error instanceof Error ? error.message : String(error);
    return {
      problem: message.includes('unexpected end') ? 'the gzip stream is cut off' : `gzip: ${message}`,
    };
  }
}
