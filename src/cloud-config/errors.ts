// Every error of cloud-config.

import { errorTable } from '../host/index.ts';

export const cloudConfigErrors = errorTable('cloud-config', {
  usage: { exit: 2, http: 400 },
  /** No source answered, or it has no user-data to give. */
  unavailable: { exit: 1, http: 503 },
  /** The source answered with what cannot be read. */
  source: { exit: 1, http: 502 },
  /** Another run holds the lock. */
  locked: { exit: 1, http: 409 },
  /** An operation could not be carried out. */
  apply: { exit: 1, http: 500 },
});
