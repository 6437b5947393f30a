// --from-linode-metadata: the metadata service of Akamai, formerly Linode, which wants a token.
// https://techdocs.akamai.com/cloud-computing/docs/metadata-service-api

import { Ec2Session, type TokenForm } from './ec2-session.ts';
import { Gathering, textOfBody } from './gathering.ts';
import { type FetchLimits, parseJson } from './http.ts';
import { isObject, textAt, textsAt, valueAt } from './json.ts';
import { fromBase64 } from './packed.ts';
import type { Source } from './source.ts';
import { rootOf, webSource } from './web.ts';

const tokens: TokenForm = {
  path: 'v1/token',
  lifetime: { 'Metadata-Token-Expiry-Seconds': '3600' },
  header: 'Metadata-Token',
};

const usualRoot = 'http://169.254.169.254/';
/** The same service for machines without IPv4. */
const ipv6Root = 'http://[fd00:a9fe:a9fe::1]/';

/** The source at that root URL; at the usual one the address of IPv6 is asked as well. */
export function linodeSource(url: string, limits: FetchLimits = {}): Source {
  const root = rootOf(url);
  const gathering = new Gathering();
  const sessionAt = (place: string) =>
    new Ec2Session(place, { ...limits, headers: { Accept: 'application/json' }, proxy: false }, tokens);
  let base = root;
  let session = sessionAt(root);
  const text = async (path: string, signal: AbortSignal) =>
    textOfBody(gathering.bodyOf(await session.answer(path, signal)));
  const json = (path: string, signal: AbortSignal) =>
    gathering.attempt(async () => {
      const answer = await text(path, signal);
      return answer.trim() === '' ? {} : parseJson(answer, base + path);
    });
  return webSource({
    type: 'linode-metadata-service',
    location: url,
    probe: async (signal) => {
      const reasons: string[] = [];
      for (const place of root === usualRoot ? [root, ipv6Root] : [root]) {
        const tried = sessionAt(place);
        const result = await tried.probe('v1/instance', signal);
        if ('answer' in result) {
          [base, session] = [place, tried];
          return result;
        }
        reasons.push(result.reason);
      }
      return { reason: reasons.join('; ') };
    },
    userData: async (signal) => fromBase64(await text('v1/user-data', signal), `${base}v1/user-data`),
    metadata: async (signal) => {
      const [instance, network, keys] = await Promise.all([
        json('v1/instance', signal),
        json('v1/network', signal),
        json('v1/ssh-keys', signal),
      ]);
      const users = valueAt(keys, 'users');
      const address = (path: readonly (string | number)[], family: 4 | 6) =>
        gathering.address(textAt(network, ...path)?.split('/')[0], family, `${base}v1/network`);
      return gathering.metadata({
        hostname: textAt(instance, 'label'),
        instanceId: textAt(instance, 'id'),
        // Each user of the account that may log in, the one who made the machine as root.
        sshKeys: [
          ...new Set(isObject(users) ? Object.keys(users).flatMap((name) => textsAt(users, name)) : []),
        ],
        addresses: {
          public_ipv4: address(['ipv4', 'public', 0], 4),
          private_ipv4: address(['ipv4', 'private', 0], 4),
          public_ipv6: address(['ipv6', 'slaac'], 6),
        },
      });
    },
  });
}
