// PUT /units/NAME of API v1, decided: which of fleet's checks fails first, or what is to be done.

import type { UnitOption } from '../../systemd/index.ts';
import { fleetErrors } from '../errors.ts';
import type { TargetState, UnitRequest } from '../model.ts';
import { isTemplate } from '../placement.ts';
import { asFields, readOptions } from '../registry/records.ts';
import { unitHash } from '../unit-content.ts';
import { checkUnitName, checkUnitOptions, isTargetState } from '../unit-rules.ts';
import { quote } from './body.ts';

export interface PutBody {
  readonly options: readonly UnitOption[];
  /** As sent; empty when it was not. */
  readonly desiredState: string;
}

/** What the body says of the unit of that name. Throws `fleet.invalid`. */
export function readPut(name: string, body: unknown): PutBody {
  const fields = body === null ? {} : asFields(body);
  if (fields === undefined) throw fleetErrors.error('invalid', 'unable to decode body: expected an object');
  const bodyName = textOf(fields, 'name');
  const desiredState = textOf(fields, 'desiredState');
  // Read-only, but nothing else than text.
  for (const key of ['currentState', 'machineID']) textOf(fields, key);
  const options = readOptions(anyCase(fields, 'options') ?? []);
  if (options === undefined) throw wrongType('options');
  if (bodyName !== '' && bodyName !== name) {
    const message = `name in URL ${quote(name)} differs from unit name in request body ${quote(bodyName)}`;
    throw fleetErrors.error('invalid', message);
  }
  const badName = checkUnitName(name);
  if (badName !== undefined) throw fleetErrors.error('invalid', badName);
  return { options, desiredState };
}

/** The change to ask for, and the status when it is done. Throws `fleet.invalid` and `fleet.conflict`. */
export function planPut(
  name: string,
  { options, desiredState }: PutBody,
  existing: { readonly hash: string; readonly optionsHash?: string } | undefined,
): { readonly request: UnitRequest; readonly status: 201 | 204 } {
  if (existing === undefined && options.length === 0) {
    throw fleetErrors.error('conflict', 'unit does not exist and options field empty');
  }
  // Clients of this version do not know of drop-ins, and mean the unit file alone.
  const before = existing?.optionsHash ?? existing?.hash;
  if (existing === undefined || (options.length > 0 && unitHash(options) !== before)) {
    const badOptions = checkUnitOptions(options);
    if (badOptions !== undefined) throw fleetErrors.error('invalid', badOptions);
    const wanted = desiredState === '' ? 'inactive' : desiredState;
    return { request: { name, options, replace: true, desiredState: stateOf(name, wanted) }, status: 201 };
  }
  if (desiredState === '') {
    throw fleetErrors.error('conflict', 'must provide DesiredState to update existing unit');
  }
  return { request: { name, desiredState: stateOf(name, desiredState) }, status: 204 };
}

function stateOf(name: string, state: string): TargetState {
  if (state !== 'inactive' && isTemplate(name)) {
    throw fleetErrors.error('invalid', `cannot activate template "${name}"`);
  }
  if (isTargetState(state)) return state;
  const message = `invalid desiredState ${quote(state)}: expected inactive, loaded or launched`;
  throw fleetErrors.error('invalid', message);
}

/** fleet's decoder took keys in any case, and `null` for what is not there. */
function anyCase(fields: Readonly<Record<string, unknown>>, key: string): unknown {
  const found = Object.hasOwn(fields, key)
    ? key
    : Object.keys(fields).find((other) => other.toLowerCase() === key.toLowerCase());
  return (found === undefined ? undefined : fields[found]) ?? undefined;
}

function textOf(fields: Readonly<Record<string, unknown>>, key: string): string {
  const value = anyCase(fields, key) ?? '';
  if (typeof value !== 'string') throw wrongType(key);
  return value;
}

function wrongType(key: string) {
  return fleetErrors.error('invalid', `unable to decode body: ${key} has the wrong type`);
}
