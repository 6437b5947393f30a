// Removes contents that no unit and no schedule names any more, while we lead.
//
// INVARIANTS
// - A unit is written together with its content, in one transaction, also when the content is there already;
//   so a content that was written later than all we have seen of the units is left alone: its unit is coming.
// - It is deleted only as the revision that was looked at, and only by the leader.

import type { Guard, KeyValue, Operation, Store } from '../../store/index.ts';
import { type Keys, parseKey } from '../registry/keys.ts';
import type { ClusterView } from '../registry/view.ts';

export interface CollectorOptions {
  readonly store: Store;
  readonly keys: Keys;
  /** Holds while we lead. */
  readonly guard: Guard;
  /** Units and schedule as the leader knows them. */
  readonly view: ClusterView;
  /** Up to which revision of the store the view has the units. */
  readonly seenRevision: () => number;
}

export class Collector {
  readonly #options: CollectorOptions;
  readonly #suspects = new Set<string>();

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  /** Something named this content, and does so no longer. */
  suspect(hash: string | undefined): void {
    if (hash !== undefined) this.#suspects.add(hash);
  }

  /** Looks at every content there is: what was left behind while nobody led. */
  async sweep(): Promise<void> {
    const { store, keys } = this.#options;
    const { keyValues } = await store.range(keys.ranges.contents);
    for (const { key } of keyValues) {
      const name = parseKey(keys, key);
      if (name?.kind === 'content') this.suspect(name.id);
    }
    await this.collect();
  }

  /** Removes the suspects that are unused; what cannot be judged yet stays for the next time. */
  async collect(): Promise<void> {
    const { store, keys, seenRevision } = this.#options;
    if (this.#suspects.size === 0) return;
    const used = this.#used();
    for (const hash of this.#suspects) if (used.has(hash)) this.#suspects.delete(hash);
    const hashes = [...this.#suspects];
    // One place is the leader's guard.
    const size = store.maxOperations - 1;
    for (let start = 0; start < hashes.length; start += size) {
      const chunk = hashes.slice(start, start + size);
      const seen = seenRevision();
      const found = await Promise.all(chunk.map((hash) => store.get(keys.content(hash))));
      const old: KeyValue[] = [];
      for (const [index, content] of found.entries()) {
        if (content === undefined) this.#suspects.delete(chunk[index] ?? '');
        else if (content.modRevision <= seen) old.push(content);
      }
      await this.#remove(old);
    }
  }

  async #remove(contents: readonly KeyValue[]): Promise<void> {
    const { store, keys, guard } = this.#options;
    // The view may have learned of a new use while the contents were read.
    const used = this.#used();
    const unused = contents.filter(({ key }) => {
      const name = parseKey(keys, key);
      return name?.kind === 'content' && !used.has(name.id);
    });
    if (unused.length === 0) return;
    const guards = unused.map(({ key, modRevision }) => ({ key, modRevision }));
    const operations = unused.map(({ key }): Operation => ({ kind: 'delete', key }));
    const { committed } = await store.transact([guard, ...guards], operations);
    // Not committed: one of them was written again, or we lead no more. They are looked at again.
    if (!committed) return;
    for (const { key } of unused) {
      const name = parseKey(keys, key);
      if (name?.kind === 'content') this.#suspects.delete(name.id);
    }
  }

  #used(): Set<string> {
    const { view } = this.#options;
    const used = new Set<string>();
    for (const { hash } of view.units.values()) used.add(hash);
    for (const machines of view.assignments.values()) {
      for (const { hash } of machines.values()) used.add(hash);
    }
    return used;
  }
}
