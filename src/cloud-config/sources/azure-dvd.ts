// --from-azure-dvd: the disc that Azure puts in at the first boot, with ovf-env.xml: custom data, the
// machine's name, keys. It has no addresses: with --from-azure-metadata beside it the service adds them.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cloudConfigErrors } from '../errors.ts';
import type { Metadata } from '../model.ts';
import { AzureInstance, azureMetadata, azureUserData } from './azure.ts';
import { elementsAt, readXml } from './azure-xml.ts';
import { Gathering } from './gathering.ts';
import type { FetchLimits } from './http.ts';
import { fromBase64 } from './packed.ts';
import { noMetadata, type Source } from './source.ts';

/** The source of that folder; `url` is the root of the metadata service that completes it. */
export function azureDvdSource(directory: string, url?: string, limits: FetchLimits = {}): Source {
  const path = join(directory, 'ovf-env.xml');
  const instance = url === undefined ? undefined : new AzureInstance(url, limits);
  return {
    type: 'azure-dvd',
    location: directory,
    mayAppear: true,
    available: async () => existsSync(path),
    userData: async (signal) => {
      const { customData } = await readDisc(path);
      const data = fromBase64(customData, `CustomData in ${path}`);
      if (data !== undefined || instance === undefined) return data ?? new Uint8Array();
      return azureUserData(await instance.document(signal), instance.location) ?? new Uint8Array();
    },
    metadata: async (signal) => {
      const gathering = new Gathering();
      const disc = await gathering.attempt(() => readDisc(path));
      if (disc?.keysWithoutValue === true) {
        gathering.warn(`${path} has an SSH key as a fingerprint only, which cannot be used.`);
      }
      const service =
        instance === undefined
          ? noMetadata
          : await gathering.attempt(async () =>
              azureMetadata(await instance.document(signal), instance.location),
            );
      for (const warning of service?.warnings ?? []) gathering.warn(warning);
      return merged(disc, service, gathering);
    },
  };
}

function merged(disc: Disc | undefined, service: Metadata | undefined, gathering: Gathering): Metadata {
  return gathering.metadata({
    hostname: disc?.hostname || service?.hostname,
    sshKeys: [...new Set([...(disc?.sshKeys ?? []), ...(service?.sshKeys ?? [])].map((key) => key.trim()))],
    instanceId: service?.instanceId,
    addresses: service?.addresses ?? {},
  });
}

interface Disc {
  readonly hostname: string;
  readonly customData: string;
  readonly sshKeys: readonly string[];
  readonly keysWithoutValue: boolean;
}

async function readDisc(path: string): Promise<Disc> {
  const root = await readXml(path);
  const [settings] = elementsAt(root, 'ProvisioningSection', 'LinuxProvisioningConfigurationSet');
  if (settings === undefined) {
    throw cloudConfigErrors.error('source', `${path} has no LinuxProvisioningConfigurationSet.`);
  }
  const text = (name: string) => elementsAt(settings, name)[0]?.text ?? '';
  const keys = elementsAt(settings, 'SSH', 'PublicKeys', 'PublicKey');
  const values = keys.map((key) => elementsAt(key, 'Value')[0]?.text ?? '');
  return {
    hostname: text('HostName'),
    customData: text('CustomData'),
    sshKeys: values.filter((value) => value !== ''),
    keysWithoutValue: values.includes(''),
  };
}
