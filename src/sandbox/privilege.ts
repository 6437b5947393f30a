// Who may have clusters on this host.

import { sandboxErrors } from './errors.ts';

/** Throws `sandbox.privilege` unless we are root: namespaces, mounts and the clusters' folders are root's. */
export function requireRoot(): void {
  if (process.getuid?.() === 0) return;
  throw sandboxErrors.error('privilege', 'Only root can start, see and end clusters on this host.', {
    hint: 'Run the same command with sudo.',
  });
}
