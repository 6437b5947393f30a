// From what a source gives to a text whose kind is known.

import { gunzip } from '../keys/content.ts';
import type { Finding } from '../model.ts';
import { hintForUnknown, kindOf, type UserDataKind } from '../parse/kind.ts';

export interface UserData {
  readonly kind: UserDataKind;
  readonly text: string;
  readonly findings: readonly Finding[];
}

/** Unpacks and tells the kind; never throws. */
export function readUserData(bytes: Uint8Array): UserData {
  const refuse = (message: string, hint?: string): UserData => ({
    kind: 'unknown',
    text: '',
    findings: [malformed(message, hint)],
  });
  let unpacked = bytes;
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    const result = gunzip(bytes);
    if ('problem' in result) return refuse(`the user-data cannot be unpacked: ${result.problem}`);
    unpacked = result.content;
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(unpacked);
  } catch {
    return refuse('the user-data are not UTF-8');
  }
  const kind = kindOf(text);
  if (kind !== 'unknown') return { kind, text, findings: [] };
  const finding = malformed('must be "#cloud-config" or begin with "#!"', hintForUnknown(text));
  return { kind, text, findings: [finding] };
}

function malformed(message: string, hint: string | undefined): Finding {
  return {
    kind: 'error',
    message,
    place: { start: 0, end: 0, line: 1, column: 1 },
    dropped: true,
    ...(hint === undefined ? {} : { hint }),
  };
}
