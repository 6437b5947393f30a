// Carries out a plan, item by item; a failed one is reported and the rest goes on.

import { CodedError, syncDirectory } from '../../host/index.ts';
import type { Applied, Operation, OperationKind, Outcome } from '../model.ts';
import { appendFile } from './append.ts';
import { trustCertificates } from './certificates.ts';
import { runCommands } from './commands.ts';
import type { Executor } from './executor.ts';
import { maskUnit, unmaskUnit, writeFileExecutor, writeUnitFile } from './files.ts';
import { ensureGroup } from './groups.ts';
import { setHostname } from './hostname.ts';
import { importKeys } from './import-keys.ts';
import type { Machine } from './machine.ts';
import { runScript } from './script.ts';
import { authorizeKeys } from './ssh-keys.ts';
import { setTimezone } from './timezone.ts';
import { undo } from './undo.ts';
import { enableUnit, reloadManager, reloadNetwork, unitCommand } from './units.ts';
import { ensureUser } from './users.ts';

/** One executor a kind: the compiler finds the missing one. */
const executors: { readonly [Kind in OperationKind]: Executor<Kind> } = {
  'set-hostname': setHostname,
  'ensure-group': ensureGroup,
  'ensure-user': ensureUser,
  'authorize-keys': authorizeKeys,
  'import-keys': importKeys,
  'write-file': writeFileExecutor,
  'append-file': appendFile,
  'set-timezone': setTimezone,
  'trust-certificates': trustCertificates,
  'write-unit-file': writeUnitFile,
  'mask-unit': maskUnit,
  'unmask-unit': unmaskUnit,
  'enable-unit': enableUnit,
  'reload-manager': reloadManager,
  'reload-network': reloadNetwork,
  'unit-command': unitCommand,
  'run-script': runScript,
  'run-commands': runCommands,
  undo,
};

/** Applies the operations in order; `onApplied` hears of each as it ends. Does not throw. */
export async function applyPlan(
  operations: readonly Operation[],
  machine: Machine,
  onApplied: (applied: Applied) => void = () => {},
): Promise<readonly Applied[]> {
  const all: Applied[] = [];
  for (const operation of operations) {
    if (!writesFile.has(operation.kind)) await syncFolders(machine);
    const applied = { operation, outcome: await applyOne(operation, machine) };
    all.push(applied);
    onApplied(applied);
  }
  await syncFolders(machine);
  return all;
}

const writesFile: ReadonlySet<OperationKind> = new Set(['write-file', 'append-file', 'write-unit-file']);

/** What comes after files may be started by them, or tell of them: by then they are on the disk. */
async function syncFolders({ changes }: Machine): Promise<void> {
  for (const folder of changes.folders) await syncDirectory(folder).catch(() => {});
  changes.folders.clear();
}

async function applyOne(operation: Operation, machine: Machine): Promise<Outcome> {
  try {
    if (await isSettled(operation, machine)) return { result: 'unchanged' };
    return await executorOf(operation.kind).perform(operation, machine);
  } catch (error) {
    return { result: 'failed', error: reasonOf(error) };
  }
}

/** Whether the machine already is as the operation wants it. */
export function isSettled(operation: Operation, machine: Machine): Promise<boolean> {
  return executorOf(operation.kind).settled(operation, machine);
}

// An executor is kept under the kind of its operations; the table above is what proves it.
function executorOf(kind: OperationKind): Executor<OperationKind> {
  return executors[kind] as Executor<OperationKind>;
}

function reasonOf(error: unknown): string {
  if (error instanceof CodedError) return [error.message, error.hint].filter(Boolean).join(' ');
  return error instanceof Error ? error.message : String(error);
}
