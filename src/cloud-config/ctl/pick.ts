// Takes one of the sources, says why, and leaves word of it for this boot.

import { join } from 'node:path';
import { chooseSource } from '../sources/choose.ts';
import type { Source } from '../sources/source.ts';
import type { Flags } from './flags.ts';

const sourceWaitMs = 5 * 60_000;
/** Without the network the rest of the boot waits for us. */
const localWaitMs = 60_000;

/**
 * The source to use, after at most five minutes; throws `cloud-config.unavailable`. A later `--detect` of
 * this boot is not run by its unit once one was found: what lies on the machine comes before the network.
 */
export async function pickSource(
  flags: Flags,
  sources: readonly Source[],
  signal: AbortSignal,
  mode: 'apply' | 'diff' = 'apply',
): Promise<Source> {
  const source = await chooseSource(sources, {
    signal,
    waitMs: flags.get('without-network') === 'true' ? localWaitMs : sourceWaitMs,
    now: () => performance.now(),
    explain: (sentence) => process.stderr.write(`${sentence}\n`),
  });
  const real = mode === 'apply' && flags.get('validate') !== 'true' && flags.get('dry-run') !== 'true';
  if (flags.get('detect') === 'true' && real) await leaveWord(flags.get('root') ?? '/', source);
  return source;
}

async function leaveWord(root: string, { type, location, evidence }: Source): Promise<void> {
  const { replaceVolatileFile } = await import('../../host/index.ts');
  const word = { type, location, ...(evidence === undefined ? {} : { because: evidence.why }) };
  replaceVolatileFile(join(root, 'run/coreos-cloudinit/source'), `${JSON.stringify(word)}\n`);
}
