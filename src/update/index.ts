// The door of update: the update engine of a machine. What decides is pure, and may be had without the daemon.

export {
  type AfterBoot,
  afterBoot,
  type BootFacts,
  type CheckEvent,
  checkEvent,
} from './after-boot.ts';
export { type CheckOutcome, firstWait, nextWait, regularWait, type Wait, waitSeconds } from './cadence.ts';
export { configPaths, type ReadSettings, readSettings, type UpdateSettings } from './config/settings.ts';
export { updateErrors } from './errors.ts';
export {
  type FailedVersion,
  type Offer,
  type Operation,
  operations,
  type StatusReport,
  type Wish,
} from './model.ts';
export { applyCrau } from './payload/crau/apply.ts';
export { crauTools } from './payload/crau/bunzip.ts';
export { parseCrauManifest, parseCrauSignature } from './payload/crau/manifest.ts';
export type { CrauManifest } from './payload/crau/model.ts';
export { type Product, productsOf } from './payload/crau/rules.ts';
export { parseCrauKey, type VerifiedPayload, verifyCrau } from './payload/crau/verify.ts';
export {
  type FetchOptions,
  fetchRelease,
  type Outcome,
  payloadCodeOf,
  payloadErrors,
} from './payload/index.ts';
export { type Decision, decide as decideOffer, type PolicyFacts } from './policy.ts';
export {
  afterBytes,
  afterDownload,
  afterFailure,
  backoffLeftMs,
  freshRetry,
  type RetryState,
  responseSignature,
  retryFor,
} from './retry.ts';
export { type Identity, requestFor, type Saying } from './server/request.ts';
export {
  type EngineEvent,
  type EngineState,
  idle as idleState,
  next as nextState,
  type Transition,
} from './state.ts';
