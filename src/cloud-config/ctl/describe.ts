// Operations and their outcomes in words, and as JSON without the secrets that files may hold.

import { createHash } from 'node:crypto';
import type { ManifestItem } from '../apply/manifest.ts';
import type { Applied, Operation } from '../model.ts';

/** What an operation does, with its reason. */
export function describeOperation(operation: Operation): string {
  return `${actionOf(operation)} (${operation.why})`;
}

function actionOf(operation: Operation): string {
  switch (operation.kind) {
    case 'set-hostname':
      return `set the hostname to ${operation.hostname}`;
    case 'ensure-group': {
      const joining = operation.members.length === 0 ? '' : ` with ${operation.members.join(', ')}`;
      return `ensure group ${operation.group}${joining}`;
    }
    case 'ensure-user':
      return `ensure user ${operation.user.name}`;
    case 'authorize-keys':
      return `authorize keys of ${operation.user} as set ${operation.set}`;
    case 'import-keys':
      return `fetch keys of ${operation.user} from ${operation.url} as set ${operation.set}`;
    case 'append-file':
      return `append to ${operation.path}`;
    case 'set-timezone':
      return `set the time zone to ${operation.zone}`;
    case 'trust-certificates': {
      const count = operation.certificates.length;
      const others = operation.removeDefaults ? ' and no others' : '';
      return `trust ${count} more certificate${count === 1 ? '' : 's'}${others}`;
    }
    case 'run-commands':
      return operation.key === 'bootcmd' ? 'run bootcmd' : 'run runcmd once the boot is done';
    case 'write-file':
      return `write ${operation.path} mode ${operation.mode.toString(8).padStart(4, '0')}${ownerOf(operation)}`;
    case 'write-unit-file':
      return `write ${operation.path}`;
    case 'mask-unit':
      return `mask ${operation.unit} at ${operation.path}`;
    case 'unmask-unit':
      return `unmask ${operation.unit} at ${operation.path}`;
    case 'enable-unit':
      return `enable ${operation.unit}${operation.runtime ? ' until the next boot' : ''}`;
    case 'reload-manager':
      return 'reload the service manager';
    case 'reload-network':
      return 'reload systemd-networkd';
    case 'unit-command':
      return `${operation.verb} ${operation.unit}`;
    case 'run-script':
      return 'run the script';
    case 'undo':
      return describeUndo(operation.item);
  }
}

function describeUndo({ kind, name, before }: ManifestItem): string {
  switch (kind) {
    case 'file':
      return before === undefined ? `remove ${name}` : `give ${name} back what it held`;
    case 'append':
      return `take from ${name} what was appended`;
    case 'mask':
      return `unmask ${name}`;
    case 'enabled':
      return `disable ${name}`;
    case 'user':
      return `let user ${name} log in no more`;
    case 'keys':
      return `take away the keys ${name}`;
    case 'certificates':
      return 'trust the certificates no more';
  }
}

function ownerOf(operation: Extract<Operation, { kind: 'write-file' }>): string {
  const { user = 'root', group = operation.owner.loginGroup === true ? '' : 'root' } = operation.owner;
  return user === 'root' && group === 'root' ? '' : ` owner ${user}:${group}`;
}

/** An operation as JSON: contents by size and hash, a password hash not at all. */
export function operationJson(operation: Operation): object {
  if (
    operation.kind === 'write-file' ||
    operation.kind === 'append-file' ||
    operation.kind === 'write-unit-file'
  ) {
    const { content, ...rest } = operation;
    return { ...rest, ...octal(operation), ...fingerprint(content) };
  }
  if (operation.kind === 'run-script' || operation.kind === 'run-commands') {
    const { script, ...rest } = operation;
    return { ...rest, ...fingerprint(script) };
  }
  if (operation.kind === 'ensure-user') {
    const { passwordHash, ...user } = operation.user;
    return { ...operation, user: { ...user, password: passwordHash !== undefined } };
  }
  return operation;
}

function octal(operation: Operation): object {
  return 'mode' in operation && operation.mode !== undefined
    ? { mode: operation.mode.toString(8).padStart(4, '0') }
    : {};
}

function fingerprint(content: string | Uint8Array): object {
  return {
    bytes: Buffer.byteLength(content),
    sha256: createHash('sha256').update(content).digest('hex'),
  };
}

type Counts = Readonly<Record<'done' | 'unchanged' | 'queued' | 'failed', number>>;

/** How many operations ended in which way. */
export function countOutcomes(applied: readonly Applied[]): Counts {
  const counts = { done: 0, unchanged: 0, queued: 0, failed: 0 };
  for (const { outcome } of applied) counts[outcome.result]++;
  return counts;
}

/** Counts in words. */
export function showCounts({ done, unchanged, queued, failed }: Counts, leftOut: number): string {
  return [
    `${done} done`,
    `${unchanged} already so`,
    ...(queued > 0 ? [`${queued} queued`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(leftOut > 0 ? [`${leftOut} left out`] : []),
  ].join(', ');
}

/** One line for the whole run. */
export function summarize(
  applied: readonly Applied[],
  leftOut: number,
): { readonly text: string; readonly failed: number } {
  const counts = countOutcomes(applied);
  return { text: `cloud-config applied: ${showCounts(counts, leftOut)}.`, failed: counts.failed };
}
