// Which things of earlier runs are to be undone, and where that stands among the operations. Pure.

import type { Operation, OperationKind } from '../model.ts';
import { readerOfPath } from '../sequence.ts';
import { leftovers } from './items.ts';
import type { Manifest, ManifestItem } from './manifest.ts';

/** Before these: what is undone is read again by the same reload, and out of the way of what is started. */
const later: readonly OperationKind[] = ['enable-unit', 'reload-manager', 'reload-network', 'unit-command'];
/** Disabled before its file goes, certificates told when theirs are gone. */
const order: readonly ManifestItem['kind'][] = [
  ...(['enabled', 'mask', 'append', 'file', 'certificates', 'keys', 'user'] as const),
];

/** The operations with those that undo what this source does not want any more. */
export function withRemovals(
  manifest: Manifest,
  source: string,
  operations: readonly Operation[],
): readonly Operation[] {
  const items = leftovers(manifest, source, operations);
  if (items.length === 0) return operations;
  const rank = ({ kind }: ManifestItem) => order.indexOf(kind);
  const undos = items
    // The innermost first, so that folders are empty when their turn comes.
    .toSorted((a, b) => rank(a) - rank(b) || (a.name < b.name ? 1 : -1))
    .map((item): Operation => ({ kind: 'undo', item, why: 'the cloud-config does not ask for it any more' }));
  const at = operations.findIndex(({ kind }) => later.includes(kind));
  const [before, after] = at === -1 ? [operations, []] : [operations.slice(0, at), operations.slice(at)];
  return [...before, ...undos, ...withReloads(items, after)];
}

function withReloads(items: readonly ManifestItem[], after: readonly Operation[]): Operation[] {
  const needs = (reader: 'manager' | 'network') =>
    items.some(({ kind, name }) =>
      kind === 'enabled' ? reader === 'manager' : readerOfPath(name) === reader,
    );
  const reloads: Operation[] = [];
  for (const reader of ['manager', 'network'] as const) {
    const kind = `reload-${reader}` as const;
    if (needs(reader) && !after.some((operation) => operation.kind === kind)) {
      reloads.push({ kind, why: 'files are gone' });
    }
  }
  const enables = after.filter(({ kind }) => kind === 'enable-unit');
  return [...enables, ...reloads, ...after.filter(({ kind }) => kind !== 'enable-unit')];
}
