// What stands at a path, asked without giving way: a run looks at each of its files, and does nothing else.

import { lstatSync, type Stats } from 'node:fs';

/** Undefined where there is nothing, or no way to it. Links are not followed. */
export function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
