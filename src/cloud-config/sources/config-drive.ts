// --from-configdrive: a drive (or plain folder) in OpenStack's form.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cloudConfigErrors } from '../errors.ts';
import type { Metadata } from '../model.ts';
import { readBounded } from './read.ts';
import { noMetadata, type Source } from './source.ts';

/** The source of that folder. */
export function configDriveSource(directory: string): Source {
  const latest = join(directory, 'openstack/latest');
  return {
    type: 'cloud-drive',
    location: directory,
    mayAppear: true,
    available: async () => existsSync(directory),
    userData: async () => (await readBounded(join(latest, 'user_data'))) ?? new Uint8Array(),
    metadata: async () => {
      const path = join(latest, 'meta_data.json');
      const bytes = await readBounded(path);
      return bytes === undefined || bytes.length === 0 ? noMetadata : parseMetadata(bytes, path);
    },
  };
}

function parseMetadata(bytes: Uint8Array, path: string): Metadata {
  let data: unknown;
  try {
    data = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw cloudConfigErrors.error('source', `${path} is not JSON: ${reason}.`, { cause });
  }
  if (typeof data !== 'object' || data === null) {
    throw cloudConfigErrors.error('source', `${path} does not hold a JSON object.`);
  }
  const hostname = 'hostname' in data && typeof data.hostname === 'string' ? data.hostname : undefined;
  const keys = 'public_keys' in data && typeof data.public_keys === 'object' ? data.public_keys : undefined;
  const sshKeys = Object.values(keys ?? {}).filter((key) => typeof key === 'string');
  return { ...noMetadata, sshKeys, ...(hostname === undefined ? {} : { hostname }) };
}
