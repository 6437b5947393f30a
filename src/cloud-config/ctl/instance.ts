// Which instance of a machine this is, for what runs once an instance.

import { join } from 'node:path';
import { readFileIfExists } from '../../host/index.ts';
import { noMetadata } from '../sources/source.ts';
import type { Fetched } from './fetch.ts';

/**
 * The id that the metadata give; of a source that has no metadata at all, as a file, the machine's own, which
 * a copy of the disk does not have. Empty when there should be one that could not be learned.
 */
export async function instanceOf(root: string, { metadata, metadataLost }: Fetched): Promise<string> {
  if (metadata.instanceId !== undefined) return metadata.instanceId;
  if (metadata !== noMetadata || metadataLost) return '';
  const id = (await readFileIfExists(join(root, '/etc/machine-id')))?.trim() ?? '';
  return id === '' ? '' : `machine ${id}`;
}
