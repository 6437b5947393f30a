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
