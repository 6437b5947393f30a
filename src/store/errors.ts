// Every error of the store.

import { errorTable } from '../host/index.ts';

export const storeErrors = errorTable('store', {
  /** No endpoint answered within the deadline; the call may or may not have taken effect. */
  unavailable: { exit: 1, http: 503 },
  /** Wrong user, password or certificate. */
  denied: { exit: 1, http: 503 },
  /** The store refuses to grow: etcd's NOSPACE alarm, or a full disk below the embedded one. */
  full: { exit: 1, http: 507 },
  /** The request itself is wrong: too large, too many operations. */
  invalid: { exit: 1, http: 500 },
  /** It was closed, or the embedded store's file is damaged, locked by another process or not writable. */
  unusable: { exit: 1, http: 500 },
});
