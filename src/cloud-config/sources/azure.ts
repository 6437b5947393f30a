// --from-azure-metadata: Azure's instance metadata service, which has user data (not the older custom data).
// https://learn.microsoft.com/en-us/azure/virtual-machines/instance-metadata-service

import { cloudConfigErrors } from '../errors.ts';
import type { Metadata } from '../model.ts';
import { Gathering, textOfBody } from './gathering.ts';
import { type FetchLimits, fetchAnswer, type Probe, parseJson, probe, refused } from './http.ts';
import { listAt, textAt } from './json.ts';
import { fromBase64 } from './packed.ts';
import type { Answer } from './request.ts';
import type { Source } from './source.ts';
import { rootOf, webSource } from './web.ts';

/** The best first; a region that does not know one answers 400. User data came with 2021-01-01. */
const versions = ['2021-08-01', '2021-01-01', '2019-06-01'];

/** Statuses with which the service says "later". */
const later = [410, 429];

/** The whole document about an instance, fetched once. */
export class AzureInstance {
  readonly #root: string;
  readonly #limits: FetchLimits;
  #document: unknown;

  constructor(url: string, limits: FetchLimits) {
    this.#root = rootOf(url);
    this.#limits = limits;
  }

  /** The document's URL, without the version. */
  get location(): string {
    return `${this.#root}metadata/instance`;
  }

  async probe(signal: AbortSignal): Promise<Probe> {
    let result: Probe = { reason: '' };
    for (const version of versions) {
      result = await probe(this.#url(version), this.#options(signal));
      if ('answer' in result) return this.#keep(result.answer);
      if (result.status !== 400) break;
    }
    return result;
  }

  /** Throws as `fetchAnswer`, and `cloud-config.source`. */
  async document(signal: AbortSignal): Promise<unknown> {
    for (const version of this.#document === undefined ? versions : []) {
      const answer = await fetchAnswer(this.#url(version), { ...this.#options(signal), retried: later });
      if (answer.status < 300) this.#document = parseJson(textOfBody(answer.body), this.location);
      else if (answer.status !== 400 || version === versions.at(-1)) throw refused(answer);
      if (this.#document !== undefined) break;
    }
    return this.#document;
  }

  #keep(answer: Answer): Probe {
    try {
      this.#document = parseJson(textOfBody(answer.body), this.location);
      return { answer };
    } catch (error) {
      if (!cloudConfigErrors.is(error)) throw error;
      return { reason: error.message.replace(/\.$/, ''), status: answer.status };
    }
  }

  #url(version: string): string {
    return `${this.location}?api-version=${version}`;
  }

  #options(signal: AbortSignal) {
    return { signal, ...this.#limits, headers: { Metadata: 'true' }, proxy: false } as const;
  }
}

/** The source at that root URL. */
export function azureSource(url: string, limits: FetchLimits = {}): Source {
  const instance = new AzureInstance(url, limits);
  return webSource({
    type: 'azure-metadata-service',
    location: url,
    probe: (signal) => instance.probe(signal),
    userData: async (signal) => azureUserData(await instance.document(signal), instance.location),
    metadata: async (signal) => azureMetadata(await instance.document(signal), instance.location),
  });
}

/** The decoded user data; undefined when there are none. Throws `cloud-config.source`. */
export function azureUserData(document: unknown, location: string): Uint8Array | undefined {
  return fromBase64(textAt(document, 'compute', 'userData') ?? '', `compute.userData in ${location}`);
}

/** The metadata in that document. */
export function azureMetadata(document: unknown, location: string): Metadata {
  const gathering = new Gathering();
  const address = (family: 4 | 6, kind: 'private' | 'public') => {
    const path = ['network', 'interface', 0, `ipv${family}`, 'ipAddress', 0, `${kind}IpAddress`] as const;
    return gathering.address(textAt(document, ...path), family, `${path.join('.')} in ${location}`);
  };
  return gathering.metadata({
    hostname: textAt(document, 'compute', 'osProfile', 'computerName') || textAt(document, 'compute', 'name'),
    sshKeys: listAt(document, 'compute', 'publicKeys').flatMap((key) => textAt(key, 'keyData') ?? []),
    instanceId: textAt(document, 'compute', 'vmId'),
    addresses: {
      private_ipv4: address(4, 'private'),
      public_ipv4: address(4, 'public'),
      private_ipv6: address(6, 'private'),
      public_ipv6: address(6, 'public'),
    },
  });
}
