// --from-openstack-metadata: OpenStack's metadata service.

import { firstLine, Gathering } from './gathering.ts';
import { type FetchLimits, probe } from './http.ts';
import { type OpenStackPlace, openStackMetadata, openStackVendorData } from './openstack.ts';
import type { Source } from './source.ts';
import { rootOf, webSource } from './web.ts';

/** The source at that root URL. */
export function openStackSource(url: string, limits: FetchLimits = {}): Source {
  const root = rootOf(url);
  const gathering = new Gathering();
  const options = (signal: AbortSignal) => ({ signal, ...limits });
  const name = (path: string) => `${root}openstack/${path}`;
  const place: OpenStackPlace = {
    name,
    read: (path, signal) => gathering.optional(name(path), options(signal)),
  };
  // Only the part in EC2's form knows which address the world sees; not every cloud has it.
  const address = async (kind: 'local' | 'public', signal: AbortSignal) => {
    const location = `${root}latest/meta-data/${kind}-ipv4`;
    const once = { ...options(signal), tries: Math.min(3, limits.tries ?? 3) };
    const body = await gathering.attempt(() => gathering.optional(location, once), 'warn');
    return gathering.address(firstLine(body)?.split(',')[0], 4, location);
  };
  return webSource({
    type: 'openstack-metadata-service',
    location: url,
    probe: (signal) => probe(name('latest/meta_data.json'), options(signal)),
    userData: (signal) => place.read('latest/user_data', signal),
    vendorData: (signal) => openStackVendorData(place, signal),
    metadata: async (signal) => {
      const [privateIpv4, publicIpv4] = await Promise.all([
        address('local', signal),
        address('public', signal),
      ]);
      return openStackMetadata(place, gathering, signal, {
        ...(privateIpv4 === undefined ? {} : { private_ipv4: privateIpv4 }),
        ...(publicIpv4 === undefined ? {} : { public_ipv4: publicIpv4 }),
      });
    },
  });
}
