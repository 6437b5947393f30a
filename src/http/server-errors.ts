// Every error that the server side of http itself answers with.

import { errorTable } from '../host/index.ts';

export const requestErrors = errorTable('http.request', {
  malformed: { exit: 1, http: 400 },
  notFound: { exit: 1, http: 404 },
  method: { exit: 1, http: 405 },
  tooLarge: { exit: 1, http: 413 },
  mediaType: { exit: 1, http: 415 },
});
