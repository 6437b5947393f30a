// Plans a text as the command does, with nothing of the machine behind it.

import {
  type Facts,
  loadValidator,
  type Metadata,
  type Plan,
  planCloudConfig,
} from '../../src/cloud-config/index.ts';

export const facts: Facts = {
  hostname: 'before',
  updateConfiguration: undefined,
  environmentFile: undefined,
  keySet: 'coreos-cloudinit',
};

export const key =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJnj1Ek0Zx9gZQ7v0y8o3h7g9c0pQm2yq3b5dQm1Zc0T me@example';

/** The plan of a cloud-config without its first line. */
export async function planOf(
  body: string,
  metadata: Metadata = { sshKeys: [], addresses: {} },
  known: Facts = facts,
): Promise<Plan> {
  const document = { file: 'user-data', text: `#cloud-config\n${body}`, line: 1, column: 1 };
  return planCloudConfig({
    configs: [{ kind: 'cloud-config', document }],
    metadata,
    facts: known,
    addressOf: (name) => metadata.addresses[name],
    validator: await loadValidator(),
  });
}

/** The findings as the original would print them. */
export function lines(plan: Plan): string[] {
  return plan.findings.map(({ place, kind, message }) => `line ${place?.line ?? 0}: ${kind}: ${message}`);
}

/** The operations in a line each, with what they write. */
export function short(plan: Plan): string[] {
  return plan.operations.map((operation) => {
    if (operation.kind === 'unit-command') return `${operation.verb} ${operation.unit}`;
    if (operation.kind === 'enable-unit')
      return `enable ${operation.unit}${operation.runtime ? ' runtime' : ''}`;
    if ('path' in operation && 'content' in operation) {
      const mode = operation.kind === 'write-unit-file' ? 0o644 : operation.mode;
      const { user = '', group = '' } = ('owner' in operation && operation.owner) || {};
      const owner = user === '' && group === '' ? '' : ` ${user}:${group}`;
      const verb = operation.kind === 'append-file' ? 'append' : 'write';
      const content = JSON.stringify(Buffer.from(operation.content).toString('latin1'));
      const octal = mode === undefined ? '' : ` 0${mode.toString(8)}`;
      return `${verb} ${operation.path}${octal}${owner} ${content}`;
    }
    if ('path' in operation) return `${operation.kind.replace('-unit', '')} ${operation.path}`;
    return operation.kind;
  });
}
