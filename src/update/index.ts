// The door of update: the update engine of a machine.

export { updateErrors } from './errors.ts';
export { type FailedVersion, type Operation, operations, type StatusReport } from './model.ts';
export { applyCrau } from './payload/crau/apply.ts';
export { crauTools } from './payload/crau/bunzip.ts';
export { parseCrauKey } from './payload/crau/verify.ts';
export {
  type FetchOptions,
  fetchRelease,
  type Outcome,
  payloadCodeOf,
  payloadErrors,
} from './payload/index.ts';
