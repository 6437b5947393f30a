// What this machine can do that others may not.

import { existsSync } from 'node:fs';
import { quadletCapability } from './quadlet.ts';

const generators = ['/etc', '/usr/local/lib', '/usr/lib', '/run'].map(
  (folder) => `${folder}/systemd/system-generators`,
);

/** Whether podman's generator makes services of quadlets here, and this daemon may write them. */
export function machineCapabilities(isRoot: boolean): readonly string[] {
  const found = generators.some((folder) => existsSync(`${folder}/podman-system-generator`));
  return found && isRoot ? [quadletCapability] : [];
}
