// The mark of being away: a machine's daemon was stopped there, and its units run on.

import type { Store } from '../store/index.ts';
import type { Keys } from './registry/keys.ts';
import { type AwayRecord, writeAway } from './registry/records.ts';

/** Puts the mark of a stopped daemon in the place of its presence, if that is still under this lease. */
export async function markAway(
  store: Store,
  keys: Keys,
  id: string,
  lease: string,
  away: AwayRecord,
): Promise<boolean> {
  const [present, leader] = await Promise.all([store.get(keys.machine(id)), store.get(keys.engine)]);
  if (present === undefined || present.lease !== lease) return false;
  const leads = leader?.lease === lease;
  const { committed } = await store.transact(
    [
      { key: keys.machine(id), modRevision: present.modRevision },
      ...(leads ? [{ key: keys.engine, modRevision: leader.modRevision }] : []),
    ],
    [
      { kind: 'delete', key: keys.machine(id) },
      { kind: 'put', key: keys.away(id), value: writeAway(away) },
      ...(leads ? [{ kind: 'delete', key: keys.engine } as const] : []),
    ],
  );
  return committed;
}
