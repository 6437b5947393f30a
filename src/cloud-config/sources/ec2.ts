// --from-ec2-metadata: EC2's metadata service, and those of other clouds in its form.

import { Ec2Session } from './ec2-session.ts';
import { firstLine, Gathering, textOfBody } from './gathering.ts';
import type { FetchLimits, Probe } from './http.ts';
import type { Source } from './source.ts';
import { rootOf, webSource } from './web.ts';

/** Versions of the service, the best first. EC2 has all; some services in its form have the last alone. */
const versions = ['2021-03-23', '2018-09-24', '2016-09-02', '2009-04-04', 'latest'];

/** The same service for machines without IPv4, by the service's root. */
const ipv6Roots: Readonly<Record<string, string>> = {
  'http://169.254.169.254/': 'http://[fd00:ec2::254]/',
};

/** They are all asked for at once. */
const maxKeys = 100;

interface Found {
  readonly session: Ec2Session;
  /** The root with the version. */
  readonly base: string;
  readonly version: string;
}

/** The source at that root URL; of the usual one the address in IPv6 is asked as well. */
export function ec2Source(url: string, limits: FetchLimits = {}, otherRoots = ipv6Roots): Source {
  const root = rootOf(url);
  const other = otherRoots[root];
  const roots = other === undefined ? [root] : [root, other];
  const gathering = new Gathering();
  let found: Found = foundAt(root, '2009-04-04', limits);
  const get = async (path: string, signal: AbortSignal) =>
    gathering.bodyOf(await found.session.answer(`${found.version}/${path}`, signal));
  return webSource({
    type: 'ec2-metadata-service',
    location: url,
    probe: async (signal) => {
      const reasons: string[] = [];
      for (const place of roots) {
        const result = await findVersion(place, limits, signal);
        if ('base' in result) {
          found = result;
          return result.probe;
        }
        reasons.push(result.reason);
      }
      return { reason: reasons.join('; ') };
    },
    userData: (signal) => get('user-data', signal),
    metadata: async (signal) => {
      const line = async (name: string) =>
        firstLine(await gathering.attempt(() => get(`meta-data/${name}`, signal)));
      const [sshKeys, hostname, instanceId, privateIpv4, publicIpv4, publicIpv6] = await Promise.all([
        gathering.attempt(() => publicKeys((path) => get(path, signal), found.base, gathering)),
        line('hostname'),
        line('instance-id'),
        line('local-ipv4'),
        line('public-ipv4'),
        line('ipv6'),
      ]);
      const place = (name: string) => `${found.base}meta-data/${name}`;
      return gathering.metadata({
        // With several names the service gives all of them, separated by spaces.
        hostname: hostname?.trim().split(/\s/, 1)[0],
        sshKeys: sshKeys ?? [],
        instanceId: instanceId?.trim(),
        addresses: {
          private_ipv4: gathering.address(privateIpv4, 4, place('local-ipv4')),
          public_ipv4: gathering.address(publicIpv4, 4, place('public-ipv4')),
          public_ipv6: gathering.address(publicIpv6, 6, place('ipv6')),
        },
      });
    },
  });
}

function foundAt(root: string, version: string, limits: FetchLimits): Found {
  return { session: new Ec2Session(root, limits), base: `${root}${version}/`, version };
}

/** The best version that the service has: a service that does not know one refuses it. */
async function findVersion(
  root: string,
  limits: FetchLimits,
  signal: AbortSignal,
): Promise<(Found & { readonly probe: Probe }) | { readonly reason: string }> {
  const session = new Ec2Session(root, limits);
  let reason = '';
  for (const version of versions) {
    const result = await session.probe(`${version}/`, signal);
    if ('answer' in result) return { session, base: `${root}${version}/`, version, probe: result };
    reason = result.reason;
    if (result.status === undefined) break;
  }
  return { reason };
}

/** The list has a line ID=NAME for each key; the key itself is elsewhere. */
async function publicKeys(
  get: (path: string) => Promise<Uint8Array | undefined>,
  base: string,
  gathering: Gathering,
): Promise<readonly string[]> {
  const list = 'meta-data/public-keys';
  const lines = textOfBody(await get(list)).split('\n');
  const ids = lines.flatMap((line) => {
    const text = line.trim();
    if (text === '') return [];
    const [, id] = /^([^=]+)=/.exec(text) ?? [];
    if (id === undefined) {
      gathering.problem(
        `${base}${list} has a line that is not ID=NAME: ${JSON.stringify(text.slice(0, 80))}.`,
      );
    }
    return id === undefined ? [] : [id];
  });
  if (ids.length > maxKeys) {
    gathering.problem(`${base}${list} has more than ${maxKeys} keys; the others are left out.`);
  }
  const keys = await Promise.all(
    ids
      .slice(0, maxKeys)
      .map((id) => gathering.attempt(() => get(`${list}/${encodeURIComponent(id)}/openssh-key`))),
  );
  return keys.flatMap((key) => firstLine(key) ?? []);
}
