// --from-gce-metadata: the metadata service of Google Compute Engine.
// https://cloud.google.com/compute/docs/metadata/querying-metadata

import { cloudConfigErrors } from '../errors.ts';
import { decodeContent } from '../keys/content.ts';
import { Gathering, textOfBody } from './gathering.ts';
import { gceKeys } from './gce-keys.ts';
import { type FetchLimits, probe } from './http.ts';
import type { Source } from './source.ts';
import { rootOf, webSource } from './web.ts';

/** The source at that root URL; `now` gives milliseconds since 1970, for keys that expire. */
export function gceSource(url: string, limits: FetchLimits = {}, now: () => number = Date.now): Source {
  const base = `${rootOf(url)}computeMetadata/v1/`;
  const gathering = new Gathering();
  const options = (signal: AbortSignal) =>
    ({ signal, ...limits, headers: { 'Metadata-Flavor': 'Google' }, proxy: false }) as const;
  const attribute = (name: string, signal: AbortSignal) =>
    gathering.optional(`${base}instance/attributes/${name}`, options(signal));
  return webSource({
    type: 'gce-metadata-service',
    location: url,
    probe: (signal) => probe(base, options(signal)),
    userData: async (signal) => {
      const body = await attribute('user-data', signal);
      if (body === undefined || body.length === 0) return undefined;
      const encoding = textOfBody(
        await gathering.attempt(() => attribute('user-data-encoding', signal)),
      ).trim();
      return encoding === '' ? body : decoded(body, encoding, base);
    },
    metadata: async (signal) => {
      const line = (path: string) => gathering.line(`${base}${path}`, options(signal));
      const text = async (path: string) =>
        textOfBody(await gathering.attempt(() => gathering.optional(`${base}${path}`, options(signal))));
      const [hostname, instanceId, publicIpv4, privateIpv4, ...keys] = await Promise.all([
        line('instance/hostname'),
        line('instance/id'),
        line(publicPath),
        line(privatePath),
        text('instance/attributes/ssh-keys'),
        text('instance/attributes/sshKeys'),
        text('instance/attributes/block-project-ssh-keys'),
        text('project/attributes/ssh-keys'),
        text('project/attributes/sshKeys'),
      ]);
      const [instance = '', instanceOld = '', block = '', project = '', projectOld = ''] = keys;
      return gathering.metadata({
        hostname,
        instanceId,
        sshKeys: gceKeys({ instance, instanceOld, block, project, projectOld }, now()),
        addresses: {
          public_ipv4: gathering.address(publicIpv4, 4, base + publicPath, 'problem'),
          private_ipv4: gathering.address(privateIpv4, 4, base + privatePath, 'problem'),
        },
      });
    },
  });
}

const publicPath = 'instance/network-interfaces/0/access-configs/0/external-ip';
const privatePath = 'instance/network-interfaces/0/ip';

function decoded(body: Uint8Array, encoding: string, base: string): Uint8Array {
  const place = `${base}instance/attributes/user-data`;
  if (encoding !== 'base64') {
    const said = JSON.stringify(encoding.slice(0, 80));
    throw cloudConfigErrors.error('source', `${place}-encoding is ${said}; only base64 is known.`);
  }
  const result = decodeContent(body, 'base64');
  if ('content' in result) return result.content;
  throw cloudConfigErrors.error('source', `${place} cannot be decoded: ${result.problem}.`);
}
