// User-data that a service always gives in base64.

import { cloudConfigErrors } from '../errors.ts';
import { decodeContent } from '../keys/content.ts';

/** The bytes of a text in base64; throws `cloud-config.source` that names the place. */
export function fromBase64(text: string | undefined, place: string): Uint8Array | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const result = decodeContent(text, 'base64');
  if ('content' in result) return result.content;
  throw cloudConfigErrors.error('source', `${place} cannot be decoded: ${result.problem}.`);
}
