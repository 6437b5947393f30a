// Every error of HTTP's client side: what happened between us and the other end.

import { errorTable } from '../host/index.ts';

export const httpErrors = errorTable('http', {
  /** No connection, or it broke. */
  unreachable: { exit: 1, http: 502 },
  /** The other end's certificate, or ours, was not accepted. */
  tls: { exit: 1, http: 502 },
  /** No whole answer in time. */
  deadline: { exit: 1, http: 504 },
  /** The answer was not what the protocol says. */
  malformed: { exit: 1, http: 502 },
});
