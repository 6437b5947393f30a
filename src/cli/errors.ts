// Every error of the command line itself.

import { errorTable } from '../host/index.ts';

export const cliErrors = errorTable('cli', {
  /** Wrong flags or arguments. */
  usage: { exit: 2, http: 400 },
  /** What was asked for cannot be had here. */
  unavailable: { exit: 1, http: 400 },
});
