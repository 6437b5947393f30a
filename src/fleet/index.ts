// The door of fleet: units across machines.

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
export { parseUnitContent, renderUnitContent, unitHash } from './unit-content.ts';
export { checkUnitName, checkUnitOptions } from './unit-rules.ts';
