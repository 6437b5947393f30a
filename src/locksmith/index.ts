// The door of locksmith: who may reboot and when. What decides is pure, and may be had without the daemon.

export { type Decision, decide, type Facts } from './decide.ts';
export { locksmithErrors } from './errors.ts';
export {
  type FleetLockIdentity,
  readRefusal as readFleetLockRefusal,
  readRequest as readFleetLockRequest,
  writeRequest as writeFleetLockRequest,
} from './fleetlock/protocol.ts';
export {
  initialSemaphore,
  lock as lockSemaphore,
  readSemaphore,
  type Semaphore,
  setMax as setSemaphoreMax,
  unlock as unlockSemaphore,
  writeSemaphore,
} from './semaphore/rules.ts';
export { readDuration, showDuration } from './window/duration.ts';
export {
  type Exception,
  firstOpenings,
  nextOpening,
  type Opening,
  openings,
  type Schedule,
} from './window/schedule.ts';
export { readExceptions, readWindows } from './window/schedule-text.ts';
export type { Read, TextProblem } from './window/text.ts';
export {
  currentOccurrence,
  msToStart,
  nextOccurrence,
  type Occurrence,
  occurrencesFrom,
  previousOccurrence,
  type ReadWindow,
  type RebootWindow,
  readWindow,
} from './window/window.ts';
export { utc, type Zone, zoneNamed } from './window/zone.ts';
