// The door of host: programs, files and identity of the machine we run on.

export { type BackoffOptions, backoffMs, retryPause } from './backoff.ts';
export { cacheDirectory, cacheErrors, provide } from './cache.ts';
export { type Clock, monotonicMs, pause, systemClock } from './clock.ts';
export { commandLine, commandLineWords } from './command-line.ts';
export { sourceDateEpoch } from './epoch.ts';
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
  makeDirectory,
  readFileIfExists,
  removeFileIfExists,
  replaceFile,
  replaceVolatileFile,
  syncDirectory,
  writeFileAtomic,
} from './file.ts';
export { foreground } from './foreground.ts';
export { hashFile } from './hash-file.ts';
export { homeDirectory, version } from './home.ts';
export { type Lock, lock, lockErrors } from './lock.ts';
export { type RunOptions, type RunResult, run, runErrors } from './run.ts';
export { runWhole } from './run-whole.ts';
export { keepNewest, keptMs, scratchDirectory } from './scratch.ts';
export {
  isInstalled,
  missingPackages,
  type ProvideToolsOptions,
  provideTools,
  type Tools,
  toolErrors,
} from './tools.ts';
