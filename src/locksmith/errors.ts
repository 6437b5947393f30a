// Every error of locksmith.

import { errorTable } from '../host/index.ts';

export const locksmithErrors = errorTable('locksmith', {
  /** A reboot window that cannot be read, or can never be. */
  window: { exit: 1, http: 400 },
  /** Settings that cannot be followed. */
  config: { exit: 1, http: 500 },
  /** Words on the command line that mean nothing. */
  usage: { exit: 2, http: 400 },
});
