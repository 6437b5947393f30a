// --from-oracle-metadata: the metadata service of Oracle Cloud Infrastructure, version 2 or else 1.
// https://docs.oracle.com/en-us/iaas/Content/Compute/Tasks/gettingmetadata.htm

import { Gathering, textOfBody } from './gathering.ts';
import { type FetchLimits, parseJson, probe } from './http.ts';
import { textAt } from './json.ts';
import { fromBase64 } from './packed.ts';
import type { Source } from './source.ts';
import { rootOf, webSource } from './web.ts';

/** The versions, the better first: what version 2 wants to see keeps blind redirects from being answered. */
const versions = [
  { path: 'opc/v2/', headers: { Authorization: 'Bearer Oracle' } },
  { path: 'opc/v1/', headers: {} },
] as const;

/** The source at that root URL. */
export function oracleSource(url: string, limits: FetchLimits = {}): Source {
  const root = rootOf(url);
  const gathering = new Gathering();
  let found: (typeof versions)[number] = versions[0];
  const options = (headers: Readonly<Record<string, string>>, signal: AbortSignal) =>
    ({ signal, ...limits, headers, proxy: false }) as const;
  const get = async (path: string, signal: AbortSignal): Promise<unknown> => {
    const place = `${root}${found.path}${path}`;
    const text = textOfBody(await gathering.optional(place, options(found.headers, signal)));
    return text.trim() === '' ? {} : parseJson(text, place);
  };
  return webSource({
    type: 'oracle-metadata-service',
    location: url,
    probe: async (signal) => {
      const reasons: string[] = [];
      for (const version of versions) {
        const result = await probe(`${root}${version.path}instance/`, options(version.headers, signal));
        if ('answer' in result) {
          found = version;
          return result;
        }
        reasons.push(result.reason);
      }
      return { reason: reasons.join('; ') };
    },
    userData: async (signal) => {
      const instance = await get('instance/', signal);
      const place = `metadata.user_data in ${root}${found.path}instance/`;
      // What is too large for the one is in the other.
      const text =
        textAt(instance, 'metadata', 'user_data') ?? textAt(instance, 'extendedMetadata', 'user_data');
      return fromBase64(text, place);
    },
    metadata: async (signal) => {
      const instance = await get('instance/', signal);
      const vnics = await gathering.attempt(() => get('vnics/', signal));
      const place = `${root}${found.path}vnics/`;
      return gathering.metadata({
        hostname: textAt(instance, 'hostname') ?? textAt(instance, 'displayName'),
        instanceId: textAt(instance, 'id'),
        sshKeys: (textAt(instance, 'metadata', 'ssh_authorized_keys') ?? '').split('\n'),
        addresses: {
          private_ipv4: gathering.address(textAt(vnics, 0, 'privateIp'), 4, place),
          public_ipv6: gathering.address(textAt(vnics, 0, 'ipv6Addresses', 0), 6, place),
        },
      });
    },
  });
}
