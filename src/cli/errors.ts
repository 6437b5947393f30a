// Every error of the command line itself.

import { errorTable } from '../host/index.ts';

export const cliErrors = errorTable('cli', {
  /** Wrong flags or arguments. */
  usage: { exit: 2, http: 400 },
});
