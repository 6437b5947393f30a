// Every error of putting keelson on a machine and taking it off.

import { errorTable } from '../host/index.ts';

export const machineErrors = errorTable('machine', {
  /** The folder that should hold keelson's files does not, or was never bundled. */
  incomplete: { exit: 1, http: 500 },
  /** Files are in the way that keelson did not put there. */
  conflict: { exit: 1, http: 409 },
  /** dpkg looks after this installation. */
  packaged: { exit: 1, http: 409 },
  /** /usr is read-only. */
  sealed: { exit: 1, http: 409 },
  /** Nothing to remove. */
  absent: { exit: 1, http: 404 },
  /** Needs root. */
  denied: { exit: 77, http: 403 },
  /** The files are in place; a step after that failed. */
  setup: { exit: 1, http: 500 },
});
