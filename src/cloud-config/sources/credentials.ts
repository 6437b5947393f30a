// --from-credentials: a folder of systemd's credentials, one file a credential; and what all credentials
// have in common, wherever they lie.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Metadata } from '../model.ts';
import { readBounded } from './read.ts';
import { type Seed, type SeedPart, seedSource } from './seed.ts';
import type { Source } from './source.ts';

export type ReadCredential = (name: string) => Promise<Uint8Array | undefined>;

/** Names of the credential of each document. */
const names: Readonly<Record<SeedPart, readonly string[]>> = {
  'user-data': ['keelson.cloud-config', 'keelson.user-data'],
  'meta-data': ['keelson.meta-data'],
  'vendor-data': ['keelson.vendor-data'],
  'network-config': ['keelson.network-config'],
};

/** Whether one of these names is user-data or meta-data for us. */
export function isSeedCredential(name: string): boolean {
  return names['user-data'].includes(name) || names['meta-data'].includes(name);
}

/**
 * A seed of credentials. Besides the documents, two credentials that systemd itself knows count:
 * `system.hostname`, and the keys of `ssh.authorized_keys.root`, since whoever may be root may be core.
 */
export function credentialSeed(
  place: Pick<Seed, 'type' | 'location' | 'mayAppear'>,
  read: ReadCredential,
): Source {
  const first = async (candidates: readonly string[]) => {
    for (const name of candidates) {
      const bytes = await read(name);
      if (bytes !== undefined) return bytes;
    }
    return undefined;
  };
  const source = seedSource({ ...place, read: (part) => first(names[part]) });
  return {
    ...source,
    metadata: async (signal) => merged(await source.metadata(signal), await wellKnown(read)),
  };
}

async function wellKnown(read: ReadCredential): Promise<{ hostname: string; keys: readonly string[] }> {
  const text = async (name: string) => Buffer.from((await read(name)) ?? []).toString('utf8');
  const keys = (await text('ssh.authorized_keys.root')).split('\n').map((line) => line.trim());
  return {
    hostname: (await text('system.hostname')).trim(),
    keys: keys.filter((line) => line !== '' && !line.startsWith('#')),
  };
}

function merged(metadata: Metadata, { hostname, keys }: Awaited<ReturnType<typeof wellKnown>>): Metadata {
  return {
    ...metadata,
    ...(metadata.hostname === undefined && hostname !== '' ? { hostname } : {}),
    sshKeys: [...new Set([...metadata.sshKeys, ...keys])],
  };
}

/** The source of that folder. */
export function credentialsSource(directory: string): Source {
  return credentialSeed({ type: 'credentials', location: directory, mayAppear: false }, (name) =>
    readBounded(join(directory, name)),
  );
}

/** The credential that would be read as user-data or meta-data, for who decides which source it is. */
export function seedCredentialIn(directory: string): string | undefined {
  return [...names['user-data'], ...names['meta-data']].find((name) => existsSync(join(directory, name)));
}
