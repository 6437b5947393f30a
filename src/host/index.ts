// The door of host: programs, files and identity of the machine we run on.

export { type BackoffOptions, backoffMs, retryPause } from './backoff.ts';
export { type Clock, monotonicMs, pause, systemClock } from './clock.ts';
export {
  CodedError,
  type ErrorOptionsWithHint,
  type ErrorTable,
  type ErrorTraits,
  errnoOf,
  errorTable,
} from './errors.ts';
export {
  type AtomicWriteOptions,
  readFileIfExists,
  removeFileIfExists,
  replaceFile,
  replaceVolatileFile,
  syncDirectory,
  writeFileAtomic,
} from './file.ts';
export { homeDirectory, version } from './home.ts';
export { type RunOptions, type RunResult, run, runErrors } from './run.ts';
