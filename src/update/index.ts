// The door of update: the update engine of a machine.

export { updateErrors } from './errors.ts';
export { type FailedVersion, type Operation, operations, type StatusReport } from './model.ts';
