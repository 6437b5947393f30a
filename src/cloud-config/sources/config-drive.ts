// --from-configdrive: a drive (or plain folder) in OpenStack's form.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Gathering } from './gathering.ts';
import { type OpenStackPlace, openStackMetadata, openStackVendorData } from './openstack.ts';
import { readBounded } from './read.ts';
import type { Source } from './source.ts';

/** The source of that folder. */
export function configDriveSource(directory: string): Source {
  const gathering = new Gathering();
  const name = (path: string) => join(directory, 'openstack', path);
  const place: OpenStackPlace = { name, read: (path) => readBounded(name(path)) };
  return {
    type: 'cloud-drive',
    location: directory,
    mayAppear: true,
    available: async () => existsSync(directory),
    userData: async () => (await readBounded(name('latest/user_data'))) ?? new Uint8Array(),
    vendorData: (signal) => openStackVendorData(place, signal),
    metadata: (signal) => openStackMetadata(place, gathering, signal),
  };
}
