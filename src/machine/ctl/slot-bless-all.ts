// keelson slot bless --all: what this boot has on trial passed its gates, whatever it is.

import { cliErrors } from '../../cli/index.ts';
import { commandLine } from '../../host/index.ts';
import type { PlaceFlags } from './slot-options.ts';

interface BlessFlags extends PlaceFlags {
  readonly json: boolean;
  readonly quiet: boolean;
}

/**
 * Blesses the system, when /usr comes from a slot, and each extension that is on trial. One that cannot be blessed does
 * not keep the others from it; its error is thrown at the end.
 */
export async function blessAll({ json, quiet, ...place }: BlessFlags): Promise<void> {
  const { managerOf } = await import('./slot-options.ts');
  const { cmdlineValue, takenExtensions } = await import('../../disk/index.ts');
  if (Object.values(place).some((value) => typeof value === 'string')) {
    throw cliErrors.error('usage', 'slot bless --all finds by itself what runs: it takes no place.');
  }
  const isSystem = cmdlineValue(commandLine(), 'usrhash') !== undefined;
  const tried = (await takenExtensions()).filter(({ onTrial }) => onTrial);
  const places: PlaceFlags[] = [
    ...(isSystem || tried.length === 0 ? [{}] : []),
    ...tried.map(({ name }) => ({ extension: name })),
  ];
  const facts: object[] = [];
  let failure: unknown;
  for (const one of places) {
    try {
      const manager = await managerOf(one);
      const changed = await manager.bless();
      const own = (await manager.list()).find(({ running }) => running);
      facts.push({ ...one, slot: own?.slot, version: own?.version, changed });
      const what = one.extension === undefined ? 'Slot' : `Extension ${one.extension}: slot`;
      const verdict = changed ? 'is marked as good.' : 'was marked as good already.';
      if (!json && !quiet)
        process.stdout.write(`${what} ${own?.slot}, version ${own?.version}, ${verdict}\n`);
    } catch (error) {
      failure ??= error;
    }
  }
  if (json) process.stdout.write(`${JSON.stringify(facts, undefined, 2)}\n`);
  if (failure !== undefined) throw failure;
}
