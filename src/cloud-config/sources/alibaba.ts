// --from-alibaba-metadata: the metadata service of Alibaba's ECS, with tokens where it is hardened.
// https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata

import { Ec2Session, type TokenForm } from './ec2-session.ts';
import type { FetchLimits } from './http.ts';
import { lineSource } from './line-service.ts';
import type { Source } from './source.ts';
import { rootOf } from './web.ts';

const tokens: TokenForm = {
  path: 'latest/api/token',
  lifetime: { 'X-aliyun-ecs-metadata-token-ttl-seconds': '21600' },
  header: 'X-aliyun-ecs-metadata-token',
};

/** The source at that root URL. */
export function alibabaSource(url: string, limits: FetchLimits = {}): Source {
  const root = rootOf(url);
  const session = new Ec2Session(root, { ...limits, proxy: false }, tokens);
  const version = '2016-01-01/';
  return lineSource({
    type: 'alibaba-metadata-service',
    location: url,
    find: async () => ({ session, version, base: root + version }),
    keys: {
      hostname: ['hostname'],
      privateIpv4: ['private-ipv4'],
      // An elastic address, or else the one that a machine of the classic network has.
      publicIpv4: ['eipv4', 'public-ipv4'],
    },
  });
}
