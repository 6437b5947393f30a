// The order of application. Pure.
//
// INVARIANTS
// - Who the machine is and who may log in come first; then bootcmd; then files, as the original orders them.
// - Everything is written before anything is enabled, reloaded or started: one reload of each manager.
// - What needs the network or takes its time comes last: keys to fetch, then runcmd.

import type { Operation, OperationKind } from './model.ts';

const written: readonly OperationKind[] = ['write-unit-file', 'mask-unit', 'unmask-unit'];
const late: readonly OperationKind[] = ['enable-unit', 'unit-command', 'import-keys'];
const isRuncmd = (operation: Operation) => operation.kind === 'run-commands' && operation.key === 'runcmd';

/** Puts operations into their order and adds the reloads that they call for. */
export function sequence(operations: readonly Operation[], deferred: readonly Operation[]): Operation[] {
  const of = (kind: OperationKind) => operations.filter((operation) => operation.kind === kind);
  const unitFiles = operations.filter(({ kind }) => written.includes(kind));
  const first = operations.filter(
    (operation) => ![...written, ...late].includes(operation.kind) && !isRuncmd(operation),
  );
  const all = [...first, ...unitFiles, ...deferred, ...of('enable-unit')];
  const reloads: Operation[] = [];
  if (all.some((operation) => readerOf(operation) === 'manager')) {
    reloads.push({ kind: 'reload-manager', why: 'unit files are written' });
  }
  if (all.some((operation) => readerOf(operation) === 'network')) {
    reloads.push({ kind: 'reload-network', why: 'network files are written' });
  }
  return [...all, ...reloads, ...of('unit-command'), ...of('import-keys'), ...operations.filter(isRuncmd)];
}

/** Who must read its files again once the operation is carried out. */
export function readerOf(operation: Operation): 'manager' | 'network' | undefined {
  if (operation.kind === 'enable-unit') return 'manager';
  return 'path' in operation ? readerOfPath(operation.path) : undefined;
}

/** Who reads a file at that path, of those that read only when told. */
export function readerOfPath(path: string): 'manager' | 'network' | undefined {
  if (/^\/(etc|run|usr\/lib)\/systemd\/system\//.test(path)) return 'manager';
  return /^\/(etc|run|usr\/lib)\/systemd\/network\//.test(path) ? 'network' : undefined;
}

/** The unit whose own file that is, not a drop-in of it. */
export function isFileOfUnit(path: string): string | undefined {
  const unit = unitOfPath(path);
  return unit !== undefined && path.endsWith(`/${unit}`) ? unit : undefined;
}

/** The unit that a file of the service manager belongs to. */
export function unitOfPath(path: string): string | undefined {
  const [, name] = /^\/(?:etc|run|usr\/lib)\/systemd\/system\/([^/]+?)(?:\.d\/[^/]+)?$/.exec(path) ?? [];
  return name;
}
