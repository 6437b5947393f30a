// --from-digitalocean-metadata: the metadata service of DigitalOcean.
// https://docs.digitalocean.com/reference/api/metadata-api/

import { Gathering, textOfBody } from './gathering.ts';
import { type FetchLimits, parseJson, probe } from './http.ts';
import { textAt, textsAt, valueAt } from './json.ts';
import type { Source } from './source.ts';
import { rootOf, webSource } from './web.ts';

/** The source at that root URL. */
export function digitalOceanSource(url: string, limits: FetchLimits = {}): Source {
  const base = `${rootOf(url)}metadata/v1`;
  const gathering = new Gathering();
  const get = (path: string, signal: AbortSignal) => gathering.optional(base + path, { signal, ...limits });
  return webSource({
    type: 'digitalocean-metadata-service',
    location: url,
    probe: (signal) => probe(base, { signal, ...limits }),
    userData: (signal) => get('/user-data', signal),
    vendorData: async (signal) => {
      const body = await get('/vendor-data', signal);
      return body === undefined || body.length === 0 ? [] : [body];
    },
    metadata: async (signal) => {
      const location = `${base}.json`;
      const text = textOfBody(await get('.json', signal));
      const data = text.trim() === '' ? {} : parseJson(text, location);
      const address = (kind: 'public' | 'private', family: 4 | 6) => {
        const path = ['interfaces', kind, 0, `ipv${family}`, 'ip_address'] as const;
        return gathering.address(textAt(data, ...path), family, `${path.join('.')} in ${location}`);
      };
      return gathering.metadata({
        hostname: textAt(data, 'hostname'),
        sshKeys: textsAt(data, 'public_keys'),
        instanceId: textAt(data, 'droplet_id'),
        addresses: {
          public_ipv4: address('public', 4),
          public_ipv6: address('public', 6),
          private_ipv4: address('private', 4),
          private_ipv6: address('private', 6),
        },
        network:
          valueAt(data, 'interfaces') === undefined ? undefined : [{ form: 'digitalocean', data, location }],
      });
    },
  });
}
