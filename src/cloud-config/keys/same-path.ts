// Several operations on one path: what would remain of them, and nothing that one would do and the next undo.

import { normalize } from 'node:path/posix';
import type { Finding, Operation, OperationOf, Place } from '../model.ts';
import { child, itemsOf, type Node, textOf } from '../parse/tree.ts';

/**
 * Of several operations on one path only the last, with what is to be appended in it; a finding tells of
 * those that are left out, where the last one is asked for.
 */
export function onePerPath(
  operations: readonly Operation[],
  root: Node | undefined,
  findings: Finding[],
): Operation[] {
  const last = new Map<string, Operation>();
  const appended = new Map<string, OperationOf<'append-file'>>();
  for (const operation of operations) {
    if (operation.kind === 'append-file') appended.set(operation.path, operation);
    else if ('path' in operation) last.set(operation.path, operation);
  }
  return operations.flatMap((operation): Operation[] => {
    if (!('path' in operation)) return [operation];
    if (operation.kind === 'append-file') return last.has(operation.path) ? [] : [operation];
    if (last.get(operation.path) === operation) return [withAppended(operation, appended)];
    const message = `${operation.path} is asked for twice; the last counts`;
    findings.push({ kind: 'warning', message, place: placeOf(operation.path, root), dropped: false });
    return [];
  });
}

/** Where the last file or piece of a unit with that path is named. */
function placeOf(path: string, root: Node | undefined): Place | undefined {
  const named = (node: Node | undefined, is: (text: string) => boolean) => {
    const text = textOf(node);
    return node !== undefined && text !== undefined && is(text) ? [node.place] : [];
  };
  const files = itemsOf(child(root, 'write_files')).flatMap((file) =>
    named(child(file, 'path'), (text) => normalize(`/${text}`) === path),
  );
  const units = itemsOf(child(child(root, 'coreos'), 'units')).flatMap((unit) => {
    const name = textOf(child(unit, 'name'));
    return [
      ...named(child(unit, 'name'), (text) => path.endsWith(`/${text}`)),
      ...itemsOf(child(unit, 'drop_ins')).flatMap((dropIn) =>
        named(child(dropIn, 'name'), (text) => path.endsWith(`/${name}.d/${text}`)),
      ),
    ];
  });
  return [...files, ...units].at(-1);
}

function withAppended(
  operation: Operation & { readonly path: string },
  appended: ReadonlyMap<string, OperationOf<'append-file'>>,
): Operation {
  const more = appended.get(operation.path);
  if (more === undefined || operation.kind !== 'write-file') return operation;
  return { ...operation, content: contentWith(operation.content, more.content) };
}

/** The content with that addition at its end, unless it holds it already. */
export function contentWith(content: string | Uint8Array, addition: string | Uint8Array): Uint8Array {
  const before = Buffer.from(content);
  const more = Buffer.from(addition);
  return before.includes(more) ? before : Buffer.concat([before, more]);
}
