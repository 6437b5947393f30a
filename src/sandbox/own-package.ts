// keelson as the software of the machines: the Debian package made from the very code that runs now.

import { sandboxErrors } from './errors.ts';
import type { Software } from './model.ts';

/** Our own package, built when it is needed. */
export function keelsonSoftware(): Software {
  return {
    kind: 'keelson',
    package: async () => {
      throw sandboxErrors.error('build', 'The package cannot be built yet.');
    },
  };
}
