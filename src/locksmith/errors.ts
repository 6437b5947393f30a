// Every error of locksmith.

import { errorTable } from '../host/index.ts';

export const locksmithErrors = errorTable('locksmith', {
  /** A reboot window that cannot be read, or can never be. */
  window: { exit: 1, http: 400 },
  /** Settings that cannot be followed. */
  config: { exit: 1, http: 500 },
  /** Words on the command line that mean nothing. */
  usage: { exit: 2, http: 400 },
  /** No place is free. */
  full: { exit: 1, http: 409 },
  /** The machine has its place already. */
  held: { exit: 1, http: 409 },
  /** The machine has no place to give back. */
  notHeld: { exit: 1, http: 409 },
  /** The place that this machine had is no longer its own. */
  lost: { exit: 1, http: 409 },
  /** Somebody else changed the semaphore at the same moment. */
  conflict: { exit: 1, http: 409 },
  /** What holds the semaphore does not answer, or not as it should. */
  unavailable: { exit: 1, http: 503 },
  /** Which version of etcd's API keeps the semaphore cannot be told, or it is not spoken. */
  api: { exit: 1, http: 503 },
  /** Something on this machine does not let it reboot now. */
  hindered: { exit: 1, http: 409 },
});
