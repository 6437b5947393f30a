// Every error of fleet.

import { errorTable } from '../host/index.ts';

export const fleetErrors = errorTable('fleet', {
  /** The text of a unit file cannot be read as one. */
  content: { exit: 1, http: 400 },
  /** A unit name, option or request breaks one of fleet's rules. */
  invalid: { exit: 1, http: 400 },
  /** No such unit, state, machine or path. */
  missing: { exit: 1, http: 404 },
  /** The request does not fit what exists. */
  conflict: { exit: 1, http: 409 },
  /** The server is too old for what is asked. */
  unsupported: { exit: 1, http: 501 },
  mediaType: { exit: 1, http: 415 },
  /** This daemon cannot serve now: not registered, or the store is away. */
  unavailable: { exit: 1, http: 503 },
  /** fleet.conf or its environment says something that cannot be followed. */
  config: { exit: 1, http: 500 },
  /** Arguments of fleetd that are none. */
  usage: { exit: 1, http: 500 },
});
