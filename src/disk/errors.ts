// Every error of disks: partition tables, file systems, slots and boot entries.

import { errorTable } from '../host/index.ts';

export const diskErrors = errorTable('disk', {
  /** Bytes on a disk or in a file are not what their format demands; named with the offset. */
  damaged: { exit: 1, http: 422 },
  /** What is there is sound, and nothing that we can work on. */
  unsupported: { exit: 1, http: 422 },
  /** There is no such disk, partition, mount point or file. */
  absent: { exit: 1, http: 404 },
  /** It could be done and would be unwise; a flag overrides it. */
  refused: { exit: 3, http: 409 },
  /** Nobody that is trusted has signed it, or it is not what was signed. */
  untrusted: { exit: 1, http: 422 },
  /** There is not enough room for what is to be written. */
  full: { exit: 1, http: 507 },
  /** Somebody else holds or changes it. */
  busy: { exit: 1, http: 409 },
  /** Needs root. */
  denied: { exit: 77, http: 403 },
  /** A step did not do what it was to do; what was there before is told. */
  failed: { exit: 1, http: 500 },
});
