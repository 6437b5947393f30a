// A seed: user-data, meta-data and the description of the network as separate documents, in the form that
// NoCloud made common. What differs between NoCloud, fw_cfg, SMBIOS, credentials and LXD is only where a
// document lies.

import { cloudConfigErrors } from '../errors.ts';
import type { Metadata } from '../model.ts';
import { metaDataOf } from './meta-data.ts';
import { noMetadata, type Source } from './source.ts';

export type SeedPart = 'user-data' | 'meta-data' | 'vendor-data' | 'network-config';

export interface Seed {
  readonly type: string;
  readonly location: string;
  readonly mayAppear: boolean;
  /** One document; undefined when the seed does not have it. */
  read(part: SeedPart, signal: AbortSignal): Promise<Uint8Array | undefined>;
  /** Whether the seed is there. Default: it has user-data or meta-data. */
  available?(signal: AbortSignal): Promise<boolean>;
  /** What is known from elsewhere, for example from the kernel command line; it wins. */
  readonly known?: Partial<Metadata>;
}

/** The source of such a seed. */
export function seedSource(seed: Seed): Source {
  const has = async (part: SeedPart, signal: AbortSignal) => (await seed.read(part, signal)) !== undefined;
  return {
    type: seed.type,
    location: seed.location,
    mayAppear: seed.mayAppear,
    available: async (signal) =>
      seed.available === undefined
        ? (await has('user-data', signal)) || (await has('meta-data', signal))
        : seed.available(signal),
    userData: async (signal) => (await seed.read('user-data', signal)) ?? new Uint8Array(),
    vendorData: async (signal) => {
      const bytes = await seed.read('vendor-data', signal);
      return bytes === undefined || bytes.length === 0 ? [] : [bytes];
    },
    metadata: async (signal) => {
      const bytes = await seed.read('meta-data', signal);
      const metadata =
        bytes === undefined ? noMetadata : await metaDataOf(bytes, `meta-data of ${seed.location}`);
      const own = await networkOf(seed, signal);
      const network = [...(own.network ?? []), ...(metadata.network ?? [])];
      const problems = [...(metadata.problems ?? []), ...(own.problems ?? [])];
      return {
        ...metadata,
        ...(network.length === 0 ? {} : { network }),
        ...(problems.length === 0 ? {} : { problems }),
        ...seed.known,
      };
    },
  };
}

/** The description of the network; that it cannot be read costs nobody the name and the keys. */
async function networkOf(seed: Seed, signal: AbortSignal): Promise<Pick<Metadata, 'network' | 'problems'>> {
  try {
    const bytes = await seed.read('network-config', signal);
    if (bytes === undefined || bytes.length === 0) return {};
    const { readNetworkConfig } = await import('../network/read.ts');
    const text = Buffer.from(bytes).toString('utf8');
    const data = readNetworkConfig(text, `network-config of ${seed.location}`);
    return data === undefined ? {} : { network: [data] };
  } catch (error) {
    if (!cloudConfigErrors.is(error)) throw error;
    return { problems: [error.message] };
  }
}
