// Bytes of user-data into parts. A plain cloud-config or script goes the short way; what is packed, joined
// or included is taken apart by code that only it loads.

import type { Finding } from '../model.ts';
import { kindOf } from './kind.ts';
import type { ReadOptions, UserData } from './model.ts';
import { wholeOf } from './problem.ts';

/** Unpacks user-data and tells their kinds; what is wrong is found, and never thrown. */
export async function readUserData(bytes: Uint8Array, options: ReadOptions): Promise<UserData> {
  return plain(bytes, options.file) ?? (await import('./expand.ts')).expandUserData(bytes, options);
}

/** No user-data at all, with the reason. */
export function noUserData(finding: Finding): UserData {
  return { parts: [], findings: [finding], ignition: false };
}

function plain(bytes: Uint8Array, file: string): UserData | undefined {
  const none = { parts: [], findings: [], ignition: false };
  if (bytes.length === 0) return none;
  // Everything that goes the short way begins with "#".
  if (bytes[0] !== 0x23) return undefined;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
  const document = wholeOf(file, text);
  const kind = kindOf(text);
  if (kind === 'cloud-config') return { ...none, parts: [{ kind, document }] };
  if (kind === 'script' && !/^[^\n]*\r\n/.test(text)) {
    return { ...none, parts: [{ kind, document, every: 'instance' }] };
  }
  return undefined;
}
