// Every error of making and installing a host's operating system.

import { errorTable } from '../host/index.ts';

export const deployErrors = errorTable('deploy', {
  /** The definition of a machine has a mistake; the message names file, line and column. */
  definition: { exit: 2, http: 400 },
  /** An option, a name or a folder that cannot be used. */
  invalid: { exit: 2, http: 400 },
  /** What was built is not what it should be. */
  damaged: { exit: 1, http: 500 },
  /** There is no space for what is being made. */
  full: { exit: 1, http: 507 },
  /** The disk that was to be installed to cannot be used; the message says why. */
  disk: { exit: 1, http: 409 },
  /** There is nothing to install in what was named, or it is not whole. */
  source: { exit: 1, http: 422 },
  /** Needs root. */
  privilege: { exit: 77, http: 403 },
});
