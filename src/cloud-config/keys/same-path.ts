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
  let places: ReadonlyMap<string, Place> | undefined;
  const placeOf = (path: string): Place | undefined => {
    places ??= namedPlaces(root);
    return places.get(path.replace(unitFolder, '')) ?? places.get(path);
  };
  return operations.flatMap((operation): Operation[] => {
    if (!('path' in operation)) return [operation];
    if (operation.kind === 'append-file') return last.has(operation.path) ? [] : [operation];
    if (last.get(operation.path) === operation) return [withAppended(operation, appended)];
    const message = `${operation.path} is asked for twice; the last counts`;
    findings.push({ kind: 'warning', message, place: placeOf(operation.path), dropped: false });
    return [];
  });
}

/** Where files and pieces of units are named, the last of each: files by path, the others below their folder. */
function namedPlaces(root: Node | undefined): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  const add = (node: Node | undefined, path: (text: string) => string) => {
    const text = textOf(node);
    if (node !== undefined && text !== undefined) places.set(path(text), node.place);
  };
  for (const file of itemsOf(child(root, 'write_files'))) {
    add(child(file, 'path'), (text) => normalize(`/${text}`));
  }
  for (const unit of itemsOf(child(child(root, 'coreos'), 'units'))) {
    const name = textOf(child(unit, 'name'));
    add(child(unit, 'name'), (text) => text);
    for (const dropIn of itemsOf(child(unit, 'drop_ins')))
      add(child(dropIn, 'name'), (text) => `${name}.d/${text}`);
  }
  return places;
}

const unitFolder = /^\/(?:etc|run)\/systemd\/(?:system|network)\//;

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
