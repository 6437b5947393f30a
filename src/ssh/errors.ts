// Every error of driving OpenSSH. 255 is what ssh itself, and fleetctl after it, end with when there is
// no connection.

import { errorTable } from '../host/index.ts';

export const sshErrors = errorTable('ssh', {
  /** A host or user name that must not reach a command line. */
  address: { exit: 2, http: 400 },
  /** No connection: network, name, port. */
  unreachable: { exit: 255, http: 502 },
  /** The host's key is unknown or not the one it had. */
  hostKey: { exit: 255, http: 502 },
  /** The host did not let us in. */
  login: { exit: 255, http: 502 },
  /** The host lets us in but does not forward. */
  forward: { exit: 255, http: 502 },
  /** The command there failed. */
  status: { exit: 1, http: 502 },
  /** There is no terminal to be had for the program. */
  terminal: { exit: 1, http: 500 },
  /** ssh is not installed, or ended for a reason we have no words for. */
  failed: { exit: 255, http: 502 },
});
