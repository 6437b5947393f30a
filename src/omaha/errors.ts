// Every error of the update protocol: what the other end said cannot be used.

import { errorTable } from '../host/index.ts';

export const omahaErrors = errorTable('omaha', {
  /** There is no document at all. */
  empty: { exit: 1, http: 400 },
  /** No well-formed XML, named with line and column, or XML of a kind that is refused. */
  malformed: { exit: 1, http: 400 },
  /** Longer, deeper or of more parts than anything that is honest. */
  tooLarge: { exit: 1, http: 400 },
  /** The body's media type or character set is none of the protocol's. */
  mediaType: { exit: 1, http: 400 },
  /** Another protocol than 3.0. */
  protocol: { exit: 1, http: 400 },
  /** XML, and not what the protocol says. */
  invalid: { exit: 1, http: 400 },
});
