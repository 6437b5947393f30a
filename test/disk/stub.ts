// Where this host has systemd's EFI stub, which a UKI begins with.

import { access } from 'node:fs/promises';

/** The stub's path, or undefined when it is not installed. */
export async function stubPath(): Promise<string | undefined> {
  for (const path of ['linuxx64.efi.stub', 'linuxaa64.efi.stub'].map(
    (name) => `/usr/lib/systemd/boot/efi/${name}`,
  )) {
    const found = await access(path).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}
