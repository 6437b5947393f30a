// Every error of the update engine and of its client.

import { errorTable } from '../host/index.ts';

export const updateErrors = errorTable('update', {
  /** Arguments that are none. */
  usage: { exit: 2, http: 400 },
  /** update.conf or the release file says something that cannot be followed. */
  config: { exit: 1, http: 500 },
  /** The engine cannot do that in the state in which it is. */
  busy: { exit: 1, http: 409 },
  /** Nobody answers for com.coreos.update1. */
  unavailable: { exit: 1, http: 503 },
  /** The server cannot be reached, or not in time. */
  unreachable: { exit: 1, http: 502 },
  /** The server answered with something that is no answer. */
  answer: { exit: 1, http: 502 },
  /** A file of the engine's own state is damaged. */
  state: { exit: 1, http: 500 },
  /** The attempt ended without an update. */
  failed: { exit: 1, http: 500 },
  /** A person interrupted the client. */
  interrupted: { exit: 130, http: 499 },
});
