// --from-packet-metadata: the metadata service of Packet, later Equinix Metal.

import { Gathering, textOfBody } from './gathering.ts';
import { type FetchLimits, parseJson, probe } from './http.ts';
import { listAt, textAt, textsAt, valueAt } from './json.ts';
import type { Source } from './source.ts';
import { rootOf, webSource } from './web.ts';

/** The name of old, and the one that took over from it. */
const successors: Readonly<Record<string, string>> = {
  'https://metadata.packet.net/': 'https://metadata.platformequinix.com/',
};

/** The source at that root URL; a root of old is left for its successor when it does not answer. */
export function packetSource(url: string, limits: FetchLimits = {}): Source {
  let root = rootOf(url);
  const gathering = new Gathering();
  const get = (path: string, signal: AbortSignal) => gathering.optional(root + path, { signal, ...limits });
  return webSource({
    type: 'packet-metadata-service',
    location: url,
    probe: async (signal) => {
      const first = await probe(root, { signal, ...limits });
      const successor = successors[root];
      if (!('reason' in first) || successor === undefined) return first;
      const second = await probe(successor, { signal, ...limits });
      if ('answer' in second) root = successor;
      return 'answer' in second ? second : { reason: `${first.reason}; ${second.reason}` };
    },
    userData: (signal) => get('userdata', signal),
    metadata: async (signal) => {
      const location = `${root}metadata`;
      const text = textOfBody(await get('metadata', signal));
      const data = text.trim() === '' ? {} : parseJson(text, location);
      const network = valueAt(data, 'network');
      return gathering.metadata({
        hostname: textAt(data, 'hostname'),
        sshKeys: textsAt(data, 'ssh_keys'),
        instanceId: textAt(data, 'id'),
        addresses: addressesOf(network, gathering, location),
        network: network === undefined ? undefined : [{ form: 'packet', data: network, location }],
      });
    },
  });
}

/** Of several addresses of a kind the last counts. */
function addressesOf(network: unknown, gathering: Gathering, location: string) {
  const last = (family: 4 | 6, isPublic: boolean) => {
    const ofKind = listAt(network, 'addresses').filter((item) => {
      const itsFamily = textAt(item, 'address_family') === '4' ? 4 : 6;
      return itsFamily === family && (valueAt(item, 'public') === true) === isPublic;
    });
    const place = `network.addresses in ${location}`;
    return gathering.address(textAt(ofKind.at(-1), 'address'), family, place);
  };
  return {
    public_ipv4: last(4, true),
    private_ipv4: last(4, false),
    public_ipv6: last(6, true) ?? last(6, false),
  };
}
