// What all metadata services on the web have in common: a root URL, a question whether they are there.

import type { Metadata } from '../model.ts';
import { type Probe, webUrl } from './http.ts';
import type { Source } from './source.ts';

export interface WebService {
  readonly type: string;
  readonly location: string;
  /** Asks once whether the service is there. */
  probe(signal: AbortSignal): Promise<Probe>;
  userData(signal: AbortSignal): Promise<Uint8Array | undefined>;
  vendorData?(signal: AbortSignal): Promise<readonly Uint8Array[]>;
  metadata(signal: AbortSignal): Promise<Metadata>;
}

/** The source that such a service is. */
export function webSource(service: WebService): Source {
  let reason: string | undefined;
  const { vendorData } = service;
  return {
    type: service.type,
    location: service.location,
    mayAppear: true,
    available: async (signal) => {
      try {
        const found = await service.probe(signal);
        reason = 'reason' in found ? found.reason : undefined;
        return reason === undefined;
      } catch (error) {
        if (!signal.aborted) throw error;
        reason = `${service.location} did not answer in time`;
        return false;
      }
    },
    whyNot: () => reason,
    userData: async (signal) => (await service.userData(signal)) ?? new Uint8Array(),
    ...(vendorData === undefined ? {} : { vendorData: (signal: AbortSignal) => vendorData(signal) }),
    metadata: (signal) => service.metadata(signal),
  };
}

/** A root given by a person, with one slash at its end; throws `cloud-config.usage`. */
export function rootOf(url: string): string {
  return `${webUrl(url).href.replace(/\/+$/, '')}/`;
}
