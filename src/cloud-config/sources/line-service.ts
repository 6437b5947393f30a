// Metadata services of other clouds in EC2's old form: one document a key, a listing for a folder.

import type { Ec2Session } from './ec2-session.ts';
import { firstLine, Gathering, textOfBody } from './gathering.ts';
import type { Probe } from './http.ts';
import type { Source } from './source.ts';
import { webSource } from './web.ts';

/** Names of keys below meta-data/; of several the first that has a value counts. */
export interface LineKeys {
  readonly hostname: readonly string[];
  readonly privateIpv4: readonly string[];
  readonly publicIpv4: readonly string[];
}

export interface LinePlace {
  readonly session: Ec2Session;
  /** The folder of the version, with a slash at its end, below the session's root. */
  readonly version: string;
  /** The whole URL of that folder, for messages. */
  readonly base: string;
}

export interface LineService {
  readonly type: string;
  readonly location: string;
  /** Finds the service: asked anew each time it was not there. */
  find(signal: AbortSignal): Promise<LinePlace | { readonly reason: string }>;
  readonly keys: LineKeys;
}

/** The source that such a service is. */
export function lineSource(service: LineService): Source {
  const gathering = new Gathering();
  let place: LinePlace | undefined;
  const get = async (path: string, signal: AbortSignal): Promise<Uint8Array | undefined> => {
    if (place === undefined) return undefined;
    return gathering.bodyOf(await place.session.answer(place.version + path, signal));
  };
  return webSource({
    type: service.type,
    location: service.location,
    probe: async (signal): Promise<Probe> => {
      const found = await service.find(signal);
      if ('reason' in found) return found;
      const result = await found.session.probe(`${found.version}meta-data/`, signal);
      if ('answer' in result) place = found;
      return result;
    },
    userData: (signal) => get('user-data', signal),
    metadata: async (signal) => {
      const line = async (name: string) =>
        firstLine(await gathering.attempt(() => get(`meta-data/${name}`, signal)))?.trim();
      const first = async (names: readonly string[]) => {
        for (const name of names) {
          const value = await line(name);
          if (value !== undefined && value !== '') return value;
        }
        return undefined;
      };
      const { keys } = service;
      const [hostname, instanceId, privateIpv4, publicIpv4, sshKeys] = await Promise.all([
        first(keys.hostname),
        line('instance-id'),
        first(keys.privateIpv4),
        first(keys.publicIpv4),
        gathering.attempt(() => publicKeys((path) => get(path, signal))),
      ]);
      const base = `${place?.base ?? service.location}meta-data/`;
      return gathering.metadata({
        hostname,
        instanceId,
        sshKeys: sshKeys ?? [],
        addresses: {
          private_ipv4: gathering.address(privateIpv4, 4, base + keys.privateIpv4[0]),
          public_ipv4: gathering.address(publicIpv4, 4, base + keys.publicIpv4[0]),
        },
      });
    },
  });
}

/** Keys themselves, one a line; or a listing of lines ID=NAME, as EC2 has it. */
async function publicKeys(
  get: (path: string) => Promise<Uint8Array | undefined>,
): Promise<readonly string[]> {
  const list = 'meta-data/public-keys';
  const lines = textOfBody(await get(list))
    .split('\n')
    .map((text) => text.trim());
  const found = lines
    .filter((text) => text !== '')
    .map(async (text) => {
      const [, id] = /^(\d+)=/.exec(text) ?? [];
      return id === undefined ? text : firstLine(await get(`${list}/${id}/openssh-key`));
    });
  return (await Promise.all(found)).filter((key) => key !== undefined);
}
