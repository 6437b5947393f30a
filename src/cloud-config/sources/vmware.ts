// A source made of VMware's keys, wherever they are read.

import type { Source } from './source.ts';
import { type ReadKey, vmwareMetadata, vmwareUserData, vmwareVendorData } from './vmware-keys.ts';

export interface VmwarePlace {
  readonly location: string;
  readonly mayAppear: boolean;
  available(signal: AbortSignal): Promise<boolean>;
  /** Why not, where there is more to say. */
  readonly whyNot?: () => string | undefined;
  keys(signal: AbortSignal): Promise<ReadKey>;
}

/** The source of keys at that place. */
export function vmwareSource(place: VmwarePlace): Source {
  return {
    type: 'vmware',
    location: place.location,
    mayAppear: place.mayAppear,
    available: place.available,
    ...(place.whyNot === undefined ? {} : { whyNot: place.whyNot }),
    needsNetwork: async (signal) => {
      const found = await vmwareUserData(await place.keys(signal));
      return found !== undefined && 'url' in found;
    },
    userData: async (signal) => {
      const found = await vmwareUserData(await place.keys(signal));
      if (found === undefined) return new Uint8Array();
      if ('bytes' in found) return found.bytes;
      const { fetchDocument } = await import('./http.ts');
      return fetchDocument(found.url, { signal });
    },
    vendorData: async (signal) => vmwareVendorData(await place.keys(signal)),
    metadata: async (signal) => vmwareMetadata(await place.keys(signal), place.location),
  };
}
