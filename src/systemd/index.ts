// The door of systemd: its manager over D-Bus, and the grammar of its files and names.

export { type ConnectOptions, connectManager } from './connect.ts';
export { systemdErrors } from './errors.ts';
export { type JobOutcome, MemoryManager, type MemoryManagerOptions } from './memory.ts';
export type {
  CallOptions,
  Follower,
  Job,
  JobMode,
  JobResult,
  JobVerb,
  Manager,
  UnitChange,
  UnitFile,
  UnitFileChange,
  UnitFileLine,
  UnitFileOption,
  UnitFileProblem,
  UnitOption,
  UnitRow,
} from './model.ts';
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
