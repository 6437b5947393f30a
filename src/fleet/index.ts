// The door of fleet: units across machines.

export { type Files, machineFiles } from './files.ts';
export type { Log } from './log.ts';
export type {
  Assignment,
  FleetEvent,
  Machine,
  Placement,
  TargetState,
  Unit,
  UnitRequest,
  UnitResult,
  UnitState,
  UnitStatus,
} from './model.ts';
export { parsePlacement } from './placement.ts';
export { fleetKeys, type Keys } from './registry/keys.ts';
export { type ClusterSnapshot, readCluster } from './registry/read.ts';
export { applyRequests, removeUnits } from './registry/write.ts';
export { type Services, type ServicesOptions, startServices } from './services.ts';
export { parseUnitContent, renderUnitContent, unitHash } from './unit-content.ts';
export { checkUnitName, checkUnitOptions } from './unit-rules.ts';
