// Every error of the sandbox.

import { errorTable } from '../host/index.ts';

export const sandboxErrors = errorTable('sandbox', {
  /** The caller may not do this: only root makes namespaces and mounts. */
  privilege: { exit: 77, http: 403 },
  /** A name, an address or an option that cannot be used. */
  invalid: { exit: 2, http: 400 },
  /** No such cluster, or no such machine in it. */
  unknown: { exit: 4, http: 404 },
  /** The machine is not in the state that was needed. */
  state: { exit: 1, http: 409 },
  /** A program of the host that is needed is missing. */
  tools: { exit: 69, http: 500 },
  /** A machine did not come up, go down or get ready in time. */
  deadline: { exit: 1, http: 504 },
});
