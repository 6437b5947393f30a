// --from-waagent: the folder of Azure's agent, which has decoded the custom data when it has provisioned
// the machine. No host name and no keys: the agent sets those itself.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { XmlElement } from '../parse/xml.ts';
import { elementsAt, readXml } from './azure-xml.ts';
import { Gathering } from './gathering.ts';
import { readBounded } from './read.ts';
import type { Source } from './source.ts';

/** The source of that folder. */
export function waagentSource(directory: string): Source {
  const sharedConfig = join(directory, 'SharedConfig.xml');
  return {
    type: 'waagent',
    location: directory,
    mayAppear: true,
    available: async () => existsSync(join(directory, 'provisioned')),
    userData: async () => (await readBounded(join(directory, 'CustomData'))) ?? new Uint8Array(),
    metadata: async () => {
      const gathering = new Gathering();
      const exists = ((await readBounded(sharedConfig))?.length ?? 0) > 0;
      const root = exists ? await gathering.attempt(() => readXml(sharedConfig)) : undefined;
      return gathering.metadata(
        root === undefined ? {} : { addresses: addressesIn(root, gathering, sharedConfig) },
      );
    },
  };
}

/** Those of the instance that this machine is: the file lists the others of its deployment as well. */
function addressesIn(root: XmlElement, gathering: Gathering, path: string) {
  const own = elementsAt(root, 'Incarnation')[0]?.attributes.get('instance');
  const instance = elementsAt(root, 'Instances', 'Instance').find(
    ({ attributes }) => attributes.get('id') === own,
  );
  if (own === undefined || instance === undefined) return {};
  const endpoints = elementsAt(instance, 'InputEndpoints', 'Endpoint');
  const hosts = endpoints.flatMap(({ attributes }) => {
    const [, host] = /^(.+):\d*$/.exec(attributes.get('loadBalancedPublicAddress') ?? '') ?? [];
    return host ?? [];
  });
  return {
    private_ipv4: gathering.address(instance.attributes.get('address'), 4, `the address in ${path}`),
    public_ipv4: gathering.address(hosts[0], 4, `loadBalancedPublicAddress in ${path}`),
  };
}
