// --from-url: user-data over HTTP. No metadata.

import { type FetchLimits, fetchDocument, probe, webUrl } from './http.ts';
import { shown } from './request.ts';
import { noMetadata, type Source } from './source.ts';
import { webSource } from './web.ts';

/** The source of that URL; throws `cloud-config.usage` unless it is an http or https one. */
export function urlSource(text: string, limits: FetchLimits = {}): Source {
  const url = webUrl(text).href;
  // Kept, so that a URL that works only once is asked only once.
  let found: Uint8Array | undefined;
  return webSource({
    type: 'url',
    location: shown(new URL(url)),
    probe: async (signal) => {
      const result = await probe(url, { signal, ...limits });
      if ('answer' in result) found = result.answer.body;
      return result;
    },
    userData: async (signal) => found ?? fetchDocument(url, { signal, ...limits }),
    metadata: async () => noMetadata,
  });
}
