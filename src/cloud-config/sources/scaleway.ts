// --from-scaleway-metadata: the metadata service of Scaleway. User-data are given only to who asks from a
// privileged port, so that no ordinary user of the machine can read them.
// https://www.scaleway.com/en/docs/instances/how-to/use-cloud-init/

import { Gathering, textOfBody } from './gathering.ts';
import { type FetchLimits, parseJson, probe } from './http.ts';
import { listAt, textAt, textsAt } from './json.ts';
import type { Source } from './source.ts';
import { rootOf, webSource } from './web.ts';

const usualRoot = 'http://169.254.42.42/';
/** The same service for machines without IPv4. */
const ipv6Root = 'http://[fd00:42::42]/';

/** Below 1024, from the top, where no service of the machine's own is. */
const privilegedPorts = Array.from({ length: 200 }, (_, index) => 1023 - index);

/** The source at that root URL; at the usual one the address of IPv6 is asked as well. */
export function scalewaySource(url: string, limits: FetchLimits = {}): Source {
  let root = rootOf(url);
  const roots = root === usualRoot ? [root, ipv6Root] : [root];
  const gathering = new Gathering();
  const options = (signal: AbortSignal) => ({ signal, ...limits, proxy: false }) as const;
  const privileged = (path: string, signal: AbortSignal) =>
    gathering.optional(root + path, { ...options(signal), localPorts: privilegedPorts });
  return webSource({
    type: 'scaleway-metadata-service',
    location: url,
    probe: async (signal) => {
      const reasons: string[] = [];
      for (const place of roots) {
        const result = await probe(`${place}conf?format=json`, options(signal));
        if ('answer' in result) {
          root = place;
          return result;
        }
        reasons.push(result.reason);
      }
      return { reason: reasons.join('; ') };
    },
    userData: (signal) => privileged('user_data/cloud-init', signal),
    vendorData: async (signal) => {
      const body = await privileged('vendor_data/cloud-init', signal);
      return body === undefined || body.length === 0 ? [] : [body];
    },
    metadata: async (signal) => {
      const location = `${root}conf?format=json`;
      const text = textOfBody(await gathering.optional(location, options(signal)));
      const data = text.trim() === '' ? {} : parseJson(text, location);
      const address = (name: string | undefined, family: 4 | 6) => gathering.address(name, family, location);
      return gathering.metadata({
        hostname: textAt(data, 'hostname') ?? textAt(data, 'name'),
        instanceId: textAt(data, 'id'),
        sshKeys: keysOf(data),
        addresses: {
          public_ipv4: address(
            textAt(data, 'public_ips_v4', 0, 'address') ?? textAt(data, 'public_ip', 'address'),
            4,
          ),
          private_ipv4: address(textAt(data, 'private_ip'), 4),
          public_ipv6: address(
            textAt(data, 'public_ips_v6', 0, 'address') ?? textAt(data, 'ipv6', 'address'),
            6,
          ),
        },
      });
    },
  });
}

/** Those of the account, and those that a tag AUTHORIZED_KEY=… gives to this machine, `_` for each space. */
function keysOf(data: unknown): string[] {
  const own = listAt(data, 'ssh_public_keys').map((item) => textAt(item, 'key') ?? '');
  const tagged = textsAt(data, 'tags').flatMap((tag) => {
    const [, key] = /^AUTHORIZED_KEY=(.+)$/.exec(tag) ?? [];
    return key === undefined ? [] : [key.replaceAll('_', ' ')];
  });
  return [...new Set([...own, ...tagged])];
}
