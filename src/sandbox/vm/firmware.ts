// The files of the UEFI firmware, which distributions keep in different places.

import { existsSync } from 'node:fs';
import { sandboxErrors } from '../errors.ts';

/** UEFI firmware: its code, and the variables that a new machine begins with. Each machine has a copy of these. */
export interface UefiFiles {
  readonly code: string;
  readonly variables: string;
}

// Debian and Ubuntu; Fedora; Arch; openSUSE. Builds for a debugger or with Secure Boot's keys are not wanted.
const places: readonly UefiFiles[] = [
  { code: '/usr/share/OVMF/OVMF_CODE_4M.fd', variables: '/usr/share/OVMF/OVMF_VARS_4M.fd' },
  { code: '/usr/share/OVMF/OVMF_CODE.fd', variables: '/usr/share/OVMF/OVMF_VARS.fd' },
  { code: '/usr/share/edk2/ovmf/OVMF_CODE.fd', variables: '/usr/share/edk2/ovmf/OVMF_VARS.fd' },
  { code: '/usr/share/edk2/x64/OVMF_CODE.4m.fd', variables: '/usr/share/edk2/x64/OVMF_VARS.4m.fd' },
  { code: '/usr/share/qemu/ovmf-x86_64-code.bin', variables: '/usr/share/qemu/ovmf-x86_64-vars.bin' },
];

/** The UEFI firmware of this host. Throws `sandbox.tools` when there is none. */
export function uefiFiles(exists: (path: string) => boolean = existsSync): UefiFiles {
  const found = places.find(({ code, variables }) => exists(code) && exists(variables));
  if (found !== undefined) return found;
  throw sandboxErrors.error('tools', 'This host has no UEFI firmware for virtual machines (OVMF).', {
    hint: 'Install it (ovmf on Debian), or boot with --firmware seabios.',
  });
}
