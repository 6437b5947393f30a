// Which machines a system is made for, in Debian's words.

import { deployErrors } from './errors.ts';

const debianNames: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** This machine's, as Debian calls it: amd64, arm64; Node's word for one that is neither. */
export function hostArchitecture(): string {
  return debianNames[process.arch] ?? process.arch;
}

/**
 * Throws `deploy.invalid` for a machine that no disk is made for: loaders and partition types are those of x86-64.
 * To be asked before anything is installed or built for it.
 */
export function requireDiskArchitecture(architecture = hostArchitecture()): void {
  if (architecture === 'amd64') return;
  throw deployErrors.error(
    'invalid',
    `Images and installations to a disk are for amd64 machines only, not for ${architecture}.`,
    { hint: '`keelson install` makes a Debian machine of another architecture a member of a cluster.' },
  );
}
