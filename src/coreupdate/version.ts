// Which versions can be offered.

import { isVersion } from '../disk/index.ts';

/** Whether it is a version of a release: one of ours, or with a `+` in it, as Flatcar's nightlies have. */
export function isOfferable(text: string): boolean {
  return isVersion(text.replaceAll('+', '-'));
}
