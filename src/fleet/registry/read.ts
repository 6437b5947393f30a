// Reads of the whole cluster, or of what a question needs of it.

import type { Store } from '../../store/index.ts';
import type { UnitBody } from '../model.ts';
import type { Keys } from './keys.ts';
import { readContent } from './records.ts';
import { ClusterView } from './view.ts';

export interface ClusterSnapshot {
  readonly view: ClusterView;
  readonly revision: number;
}

/** Everything but unit contents, at one revision; away marks come from a second read. */
export async function readCluster(store: Store, keys: Keys): Promise<ClusterSnapshot> {
  const view = new ClusterView(keys);
  const [cluster, away] = await Promise.all([
    store.range(keys.ranges.cluster),
    store.range(keys.ranges.away),
  ]);
  view.replace(keys.ranges.cluster, cluster.keyValues);
  view.replace(keys.ranges.away, away.keyValues);
  return { view, revision: cluster.revision };
}

/** Each of these contents that the store has. */
export async function readContents(
  store: Store,
  keys: Keys,
  hashes: Iterable<string>,
): Promise<Map<string, UnitBody>> {
  const contents = new Map<string, UnitBody>();
  await Promise.all(
    [...new Set(hashes)].map(async (hash) => {
      const found = await store.get(keys.content(hash));
      const content = found && readContent(found.value);
      if (content !== undefined) contents.set(hash, content);
    }),
  );
  return contents;
}
