// Every error of the update server.

import { errorTable } from '../host/index.ts';

export const coreupdateErrors = errorTable('coreupdate', {
  /** The folder that is to be served is none, or cannot be read. */
  absent: { exit: 1, http: 503 },
  /** A file of the folder says something that cannot be followed; the reason names it. */
  broken: { exit: 1, http: 500 },
  /** Arguments that are none, or do not go together. */
  usage: { exit: 2, http: 500 },
  /** The address is taken, or is none of this host's. */
  listen: { exit: 1, http: 500 },
});
