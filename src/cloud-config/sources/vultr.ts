// --from-vultr-metadata: the metadata service of Vultr, one document of JSON.
// https://www.vultr.com/metadata/

import { Gathering, textOfBody } from './gathering.ts';
import { type FetchLimits, parseJson, probe } from './http.ts';
import { describeInterfaces, type ListedInterface, withPrefix } from './interfaces.ts';
import { listAt, textAt, textsAt, valueAt } from './json.ts';
import type { Source } from './source.ts';
import { rootOf, webSource } from './web.ts';

/** The source at that root URL. */
export function vultrSource(url: string, limits: FetchLimits = {}): Source {
  const root = rootOf(url);
  const location = `${root}v1.json`;
  const gathering = new Gathering();
  const options = (signal: AbortSignal) =>
    ({ signal, ...limits, headers: { 'Metadata-Token': 'cloudinit' }, proxy: false }) as const;
  const document = async (signal: AbortSignal) => {
    const text = textOfBody(await gathering.optional(location, options(signal)));
    return text.trim() === '' ? {} : parseJson(text, location);
  };
  return webSource({
    type: 'vultr-metadata-service',
    location: url,
    probe: (signal) => probe(location, options(signal)),
    userData: async (signal) => {
      const within = textsWithin(await document(signal), 'user-data')[0];
      if (within !== undefined) return Buffer.from(within, 'utf8');
      return gathering.optional(`${root}user-data/user-data`, options(signal));
    },
    vendorData: async (signal) =>
      textsWithin(await document(signal), 'vendor-data').map((text) => Buffer.from(text, 'utf8')),
    metadata: async (signal) => {
      const data = await document(signal);
      const address = (type: string, family: 4 | 6) => {
        const one = listAt(data, 'interfaces').find((item) => textAt(item, 'network-type') === type);
        return gathering.address(textAt(one, `ipv${family}`, 'address'), family, `interfaces in ${location}`);
      };
      return gathering.metadata({
        hostname: textAt(data, 'hostname'),
        instanceId: textAt(data, 'instance-v2-id') ?? textAt(data, 'instanceid'),
        sshKeys: textsWithin(data, 'public-keys').flatMap((text) => text.split('\n')),
        addresses: {
          public_ipv4: address('public', 4),
          public_ipv6: address('public', 6),
          private_ipv4: address('private', 4),
          private_ipv6: address('private', 6),
        },
        network: describeInterfaces(listAt(data, 'interfaces').map(interfaceOf), location),
      });
    },
  });
}

/** The public interface speaks DHCP for its first address, a private one does not. */
function interfaceOf(item: unknown): ListedInterface {
  const isPublic = textAt(item, 'network-type') === 'public';
  const more = [
    ...listAt(item, 'ipv4', 'additional').flatMap((one) =>
      withPrefix(textAt(one, 'address'), textAt(one, 'netmask')),
    ),
    ...listAt(item, 'ipv6', 'additional').flatMap((one) =>
      withPrefix(textAt(one, 'address') ?? textAt(one, 'network'), textAt(one, 'prefix')),
    ),
  ];
  const own = isPublic ? [] : withPrefix(textAt(item, 'ipv4', 'address'), textAt(item, 'ipv4', 'netmask'));
  const mac = textAt(item, 'mac');
  return { mac, dhcp4: isPublic, dhcp6: false, addresses: [...own, ...more], gateways: [], dns: [] };
}

/** A member that is a text in some versions of the service and a list of texts in others. */
function textsWithin(data: unknown, name: string): readonly string[] {
  const value = valueAt(data, name);
  return (typeof value === 'string' ? [value] : textsAt(data, name)).filter((text) => text !== '');
}
