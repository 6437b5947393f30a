// --from-hetzner-metadata: the metadata service of Hetzner.
// https://docs.hetzner.cloud/reference/cloud#server-metadata

import { child, itemsOf, textOf } from '../parse/tree.ts';
import { Gathering } from './gathering.ts';
import { type FetchLimits, probe } from './http.ts';
import { listAt, textAt } from './json.ts';
import { documentOf, metaDataOf } from './meta-data.ts';
import type { Source } from './source.ts';
import { rootOf, webSource } from './web.ts';

/** The source at that root URL. */
export function hetznerSource(url: string, limits: FetchLimits = {}): Source {
  const base = `${rootOf(url)}hetzner/v1/`;
  const gathering = new Gathering();
  const options = (signal: AbortSignal) => ({ signal, ...limits, proxy: false }) as const;
  const get = (path: string, signal: AbortSignal) => gathering.optional(base + path, options(signal));
  return webSource({
    type: 'hetzner-metadata-service',
    location: url,
    probe: (signal) => probe(`${base}metadata`, options(signal)),
    userData: (signal) => get('userdata', signal),
    metadata: async (signal) => {
      const location = `${base}metadata`;
      const own = await metaDataOf((await get('metadata', signal)) ?? new Uint8Array(), location);
      const networks = `${base}metadata/private-networks`;
      const privateNetworks = await gathering.attempt(async () => {
        const body = await get('metadata/private-networks', signal);
        return body === undefined ? undefined : documentOf(body, networks);
      });
      const address = textOf(child(itemsOf(privateNetworks)[0], 'ip'));
      const network = own.network?.[0]?.data;
      const { addresses, problems = [], ...rest } = own;
      for (const problem of problems) gathering.problem(problem);
      return gathering.metadata({
        ...rest,
        addresses: {
          public_ipv6: gathering.address(ipv6In(network), 6, `network-config in ${location}`),
          private_ipv4: gathering.address(address, 4, networks),
          ...addresses,
        },
      });
    },
  });
}

/** The address of IPv6 is told only as part of the network's configuration. */
function ipv6In(network: unknown): string | undefined {
  const subnets = listAt(network, 'config').flatMap((item) => listAt(item, 'subnets'));
  const given = subnets.map((subnet) => textAt(subnet, 'address')).find((text) => text?.includes(':'));
  return given?.split('/')[0];
}
