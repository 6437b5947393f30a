// The JSON of API v1: what is empty is left out.

import type { UnitOption } from '../../systemd/index.ts';
import type { Machine, UnitState } from '../model.ts';
import { currentState, targetMachine } from '../registry/status.ts';
import type { ClusterView, StoredUnit } from '../registry/view.ts';

/** `inList`: a list says `inactive` of a global unit, which has no current state; a single answer omits it. */
export function unitEntity(
  view: ClusterView,
  unit: StoredUnit,
  options: readonly UnitOption[],
  inList: boolean,
): unknown {
  const machineID = targetMachine(view, unit.name);
  const current = unit.placement.global ? (inList ? 'inactive' : undefined) : currentState(view, unit.name);
  return {
    name: unit.name,
    ...(options.length === 0 ? {} : { options: options.map(optionEntity) }),
    desiredState: unit.desiredState,
    ...(current === undefined ? {} : { currentState: current }),
    ...(machineID === undefined ? {} : { machineID }),
  };
}

function optionEntity({ section, name, value }: UnitOption): unknown {
  return { section, name, ...(value === '' ? {} : { value }) };
}

export function stateEntity(state: UnitState): unknown {
  const { name, hash, machineID, systemdLoadState, systemdActiveState, systemdSubState } = state;
  const fields = { name, hash, machineID, systemdLoadState, systemdActiveState, systemdSubState };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
}

export function machineEntity({ id, primaryIP, metadata }: Machine): unknown {
  return {
    id,
    ...(primaryIP === '' ? {} : { primaryIP }),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  };
}

/** A page as its body: an empty list is left out. */
export function pageEntity(
  field: string,
  items: readonly unknown[],
  nextPageToken: string | undefined,
): unknown {
  return {
    ...(items.length === 0 ? {} : { [field]: items }),
    ...(nextPageToken === undefined ? {} : { nextPageToken }),
  };
}
