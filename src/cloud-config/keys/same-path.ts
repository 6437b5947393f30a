// Several operations on one path: what would remain of them, and nothing that one would do and the next undo.

import type { Finding, Operation, OperationOf } from '../model.ts';

/**
 * Of several operations on one path only the last, with what is to be appended in it; a finding tells of
 * those that are left out.
 */
export function onePerPath(operations: readonly Operation[], findings: Finding[]): Operation[] {
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
    findings.push({ kind: 'warning', message, place: undefined, dropped: false });
    return [];
  });
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
