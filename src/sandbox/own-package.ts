// keelson as the software of the machines: the Debian package made of the very code that runs now.

import { homeDirectory } from '../host/index.ts';
import { buildPackage } from '../machine/index.ts';
import type { Software } from './model.ts';

/** Our own package, built when it is needed. `home` is a checkout that was bundled, or an installation. */
export function keelsonSoftware(home: string = homeDirectory()): Software {
  return { kind: 'keelson', package: (onStep) => buildPackage({ home, onStep }) };
}
