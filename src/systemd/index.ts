// The door of systemd: its manager over D-Bus, and the grammar of its files and names.

export type {
  CallOptions,
  Follower,
  Job,
  JobMode,
  JobResult,
  JobVerb,
  Manager,
  UnitChange,
  UnitFileChange,
  UnitFileLine,
  UnitOption,
  UnitRow,
} from './model.ts';
