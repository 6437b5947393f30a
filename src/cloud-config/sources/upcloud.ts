// --from-upcloud-metadata: the metadata service of UpCloud, one document of JSON.
// https://developers.upcloud.com/1.3/8-servers/#metadata-service

import { Gathering, textOfBody } from './gathering.ts';
import { type FetchLimits, parseJson, probe } from './http.ts';
import { describeInterfaces, type ListedInterface, withPrefix } from './interfaces.ts';
import { listAt, textAt, textsAt, valueAt } from './json.ts';
import type { Source } from './source.ts';
import { rootOf, webSource } from './web.ts';

/** The source at that root URL. */
export function upCloudSource(url: string, limits: FetchLimits = {}): Source {
  const location = `${rootOf(url)}metadata/v1.json`;
  const gathering = new Gathering();
  const options = (signal: AbortSignal) => ({ signal, ...limits, proxy: false }) as const;
  const document = async (signal: AbortSignal) => {
    const text = textOfBody(await gathering.optional(location, options(signal)));
    return text.trim() === '' ? {} : parseJson(text, location);
  };
  return webSource({
    type: 'upcloud-metadata-service',
    location: url,
    probe: (signal) => probe(location, options(signal)),
    userData: async (signal) => Buffer.from(textAt(await document(signal), 'user_data') ?? '', 'utf8'),
    vendorData: async (signal) => {
      const text = textAt(await document(signal), 'vendor_data') ?? '';
      return text === '' ? [] : [Buffer.from(text, 'utf8')];
    },
    metadata: async (signal) => {
      const data = await document(signal);
      const address = (types: readonly string[], family: 4 | 6) =>
        gathering.address(addressIn(data, types, family), family, `network in ${location}`);
      return gathering.metadata({
        hostname: textAt(data, 'hostname'),
        instanceId: textAt(data, 'instance_id'),
        sshKeys: textsAt(data, 'public_keys'),
        addresses: {
          public_ipv4: address(['public'], 4),
          public_ipv6: address(['public'], 6),
          // A network of the user's own before the one that all machines of the place share.
          private_ipv4: address(['private', 'utility'], 4),
          private_ipv6: address(['private'], 6),
        },
        network: describeInterfaces(listAt(data, 'network', 'interfaces').map(interfaceOf), location),
      });
    },
  });
}

function interfaceOf(item: unknown): ListedInterface {
  const all = listAt(item, 'ip_addresses');
  const byDhcp = (family: string) =>
    all.some((one) => valueAt(one, 'dhcp') === true && textAt(one, 'family') === family);
  const fixed = all.filter((one) => valueAt(one, 'dhcp') !== true);
  const isPublic = textAt(item, 'type') === 'public';
  // A gateway of the network that all machines of the place share leads nowhere else.
  const routed = fixed.filter((one) => isPublic && valueAt(one, 'floating') !== true);
  return {
    mac: textAt(item, 'mac'),
    dhcp4: byDhcp('IPv4'),
    dhcp6: byDhcp('IPv6'),
    addresses: fixed.flatMap((one) => {
      const host = textAt(one, 'family') === 'IPv6' ? '128' : '32';
      return withPrefix(textAt(one, 'address'), textAt(one, 'network')?.split('/')[1] ?? host);
    }),
    gateways: routed.flatMap((one) => textAt(one, 'gateway') || []),
    dns: [...new Set(routed.flatMap((one) => textsAt(one, 'dns')))],
  };
}

function addressIn(data: unknown, types: readonly string[], family: 4 | 6): string | undefined {
  const interfaces = types.flatMap((type) =>
    listAt(data, 'network', 'interfaces').filter((item) => textAt(item, 'type') === type),
  );
  const addresses = interfaces.flatMap((item) => listAt(item, 'ip_addresses'));
  const fitting = addresses.filter((item) => textAt(item, 'family') === `IPv${family}`);
  // A floating address may move to another machine.
  const own = fitting.find((item) => valueAt(item, 'floating') !== true) ?? fitting[0];
  return textAt(own, 'address');
}
