// The door of systemd: its manager over D-Bus, and the grammar of its files and names.

export { type ActivatedSocket, takeActivatedSockets } from './activation.ts';
export type { BusClient, BusClientOptions } from './bus-client.ts';
export type { BusMethod, BusObject, BusProperty, BusService, BusServiceOptions } from './bus-service.ts';
export { type ConnectOptions, connectBus, connectLogin1, connectManager, serveOnBus } from './connect.ts';
export { systemdErrors } from './errors.ts';
export { type InhibitOptions, type InhibitorLock, inhibit } from './inhibit.ts';
export { type JournalEntry, type JournalOptions, parseJournalLine, readJournal } from './journal.ts';
export { type JobOutcome, MemoryManager, type MemoryManagerOptions } from './memory.ts';
export type {
  CallOptions,
  Follower,
  Inhibitor,
  Job,
  JobMode,
  JobResult,
  JobVerb,
  Login1,
  Manager,
  Session,
  UnitChange,
  UnitFile,
  UnitFileChange,
  UnitFileLine,
  UnitFileOption,
  UnitFileProblem,
  UnitOption,
  UnitRow,
} from './model.ts';
export { type Notifier, notifier } from './notify.ts';
export {
  describeProblem,
  parseUnitFile,
  parseUnitFileStrictly,
  serializeUnitFile,
  unitFileOptions,
} from './unit-file.ts';
export {
  appendOption,
  type DropIn,
  effectiveOptions,
  removeOption,
  renderOption,
  setOption,
} from './unit-file-edit.ts';
export {
  dropInFolders,
  escapePath,
  escapeUnitName,
  instantiate,
  isUnitName,
  parseUnitName,
  templateOf,
  type UnitName,
  type UnitType,
  unescapePath,
  unescapeUnitName,
  unitTypes,
} from './unit-name.ts';
