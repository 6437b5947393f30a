// --from-exoscale-metadata: the metadata service of Exoscale.
// https://community.exoscale.com/documentation/compute/cloud-init/

import { Ec2Session } from './ec2-session.ts';
import type { FetchLimits } from './http.ts';
import { lineSource } from './line-service.ts';
import type { Source } from './source.ts';
import { rootOf } from './web.ts';

/** The source at that root URL. */
export function exoscaleSource(url: string, limits: FetchLimits = {}): Source {
  const root = rootOf(url);
  const session = new Ec2Session(root, { ...limits, proxy: false });
  const version = '1.0/';
  return lineSource({
    type: 'exoscale-metadata-service',
    location: url,
    find: async () => ({ session, version, base: root + version }),
    keys: {
      hostname: ['local-hostname', 'hostname'],
      privateIpv4: ['local-ipv4'],
      publicIpv4: ['public-ipv4'],
    },
  });
}
