// --from-vmware-ovf-env: an OVF environment, from a file or from guestinfo's key `ovfenv`.
// DMTF DSP0243, annex of the environment document.

import { existsSync } from 'node:fs';
import { cloudConfigErrors } from '../errors.ts';
import { childrenOf, parseXml } from '../parse/xml.ts';
import { readBounded } from './read.ts';
import type { Source } from './source.ts';
import { vmwareSource } from './vmware.ts';
import type { ReadKey } from './vmware-keys.ts';

/** The properties of an environment by name, without the prefix `guestinfo.`; throws `cloud-config.source`. */
export function ovfProperties(text: string, location: string): ReadonlyMap<string, string> {
  const parsed = parseXml(text);
  if ('problem' in parsed) {
    throw cloudConfigErrors.error('source', `${location} is not an OVF environment: ${parsed.problem}.`);
  }
  const properties = new Map<string, string>();
  for (const section of childrenOf(parsed.root, 'PropertySection')) {
    for (const property of childrenOf(section, 'Property')) {
      const key = property.attributes.get('key')?.replace(/^guestinfo\./, '');
      if (key !== undefined && !properties.has(key))
        properties.set(key, property.attributes.get('value') ?? '');
    }
  }
  return properties;
}

/** Keys of an environment's properties. Of Canonical's names `user-data` and so on stand for guestinfo's. */
export function ovfKeys(properties: ReadonlyMap<string, string>): ReadKey {
  const base64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/;
  const userData = properties.get('user-data') ?? '';
  const keys = new Map(properties);
  if (userData !== '' && !keys.has('userdata')) {
    keys.set('userdata', userData);
    if (base64.test(userData) && !userData.startsWith('#')) keys.set('userdata.encoding', 'base64');
  }
  const metadata = ['instance-id', 'local-hostname', 'public-keys'].flatMap((name) => {
    const value = properties.get(name);
    return value ? [`${JSON.stringify(name)}: ${JSON.stringify(value)}\n`] : [];
  });
  if (metadata.length > 0 && !keys.has('metadata')) keys.set('metadata', metadata.join(''));
  return async (key) => keys.get(key);
}

/** The source of that file. */
export function ovfSource(path: string): Source {
  const read = async () => {
    const bytes = (await readBounded(path)) ?? new Uint8Array();
    return ovfKeys(ovfProperties(Buffer.from(bytes).toString('utf8'), path));
  };
  return vmwareSource({
    location: path,
    mayAppear: true,
    available: async () => existsSync(path),
    keys: read,
  });
}
