// Operations and their outcomes in words, and as JSON without the secrets that files may hold.

import { createHash } from 'node:crypto';
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

/** One line for the whole run. */
export function summarize(applied: readonly Applied[]): { readonly text: string; readonly failed: number } {
  const count = (result: string) => applied.filter(({ outcome }) => outcome.result === result).length;
  const failed = count('failed');
  const parts = [`${count('done')} done`, `${count('unchanged')} already so`];
  if (count('queued') > 0) parts.push(`${count('queued')} queued`);
  if (failed > 0) parts.push(`${failed} failed`);
  return { text: `cloud-config applied: ${parts.join(', ')}.`, failed };
}
