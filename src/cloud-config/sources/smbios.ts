// --from-smbios: credentials in the SMBIOS' strings of the maker (type 11), as QEMU's
// -smbios type=11,value=io.systemd.credential:NAME=VALUE puts them there.
// https://systemd.io/CREDENTIALS/, SMBIOS reference specification 7.12

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../host/index.ts';
import { cloudConfigErrors } from '../errors.ts';
import { decodeContent } from '../keys/content.ts';
import { credentialSeed, isSeedCredential } from './credentials.ts';
import { readBounded } from './read.ts';
import type { Source } from './source.ts';

export const usualSmbios = '/sys/firmware/dmi/entries';

/** The strings of a raw SMBIOS structure: after its formatted area, each ended by NUL, the set by another. */
export function stringsOfStructure(raw: Uint8Array): readonly string[] {
  const strings: string[] = [];
  const bytes = Buffer.from(raw);
  for (let at = bytes[1] ?? bytes.length; at < bytes.length; ) {
    const end = bytes.indexOf(0, at);
    // A structure that is cut off: its last string cannot be trusted to be whole.
    if (end === -1 || end === at) break;
    strings.push(bytes.toString('utf8', at, end));
    at = end + 1;
  }
  return strings;
}

/**
 * The credentials among such strings, by name; of two with one name the first, as for systemd. Undefined for
 * one that is said to be base64 and is not.
 */
export function credentialsOfStrings(
  strings: readonly string[],
): ReadonlyMap<string, Uint8Array | undefined> {
  const found = new Map<string, Uint8Array | undefined>();
  for (const text of strings) {
    const match = /^io\.systemd\.credential(\.binary)?:([^=/]+)=([\s\S]*)$/.exec(text);
    if (match === null) continue;
    const [, binary, name = '', value = ''] = match;
    if (found.has(name)) continue;
    const bytes = binary === undefined ? Buffer.from(value, 'utf8') : bytesOf(value);
    found.set(name, bytes);
  }
  return found;
}

function bytesOf(base64: string): Uint8Array | undefined {
  const result = decodeContent(base64, 'base64');
  return 'content' in result ? result.content : undefined;
}

/** All credentials in the structures `11-*` of a folder like /sys/firmware/dmi/entries. */
export async function smbiosCredentials(
  directory: string,
): Promise<ReadonlyMap<string, Uint8Array | undefined>> {
  let entries: string[];
  try {
    entries = await readdir(directory);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return new Map();
  }
  const strings: string[] = [];
  for (const entry of entries.filter((name) => /^11-\d+$/.test(name)).sort()) {
    strings.push(
      ...stringsOfStructure((await readBounded(join(directory, entry, 'raw'))) ?? new Uint8Array()),
    );
  }
  return credentialsOfStrings(strings);
}

/** The source of that folder. */
export function smbiosSource(directory: string): Source {
  const credentials = smbiosCredentials(directory);
  // Reported where it is waited for.
  credentials.catch(() => {});
  return credentialSeed({ type: 'smbios', location: directory, mayAppear: false }, async (name) => {
    const found = await credentials;
    const bytes = found.get(name);
    if (bytes !== undefined || !found.has(name)) return bytes;
    throw cloudConfigErrors.error('source', `The credential ${name} in the SMBIOS is not base64.`);
  });
}

/** The credential that would be read as user-data or meta-data, for who decides which source it is. */
export async function seedCredentialInSmbios(directory: string): Promise<string | undefined> {
  return [...(await smbiosCredentials(directory)).keys()].find(isSeedCredential);
}
