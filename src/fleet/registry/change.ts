// What a wanted change of a unit does, decided from what exists.

import type { UnitOption } from '../../systemd/index.ts';
import { fleetErrors } from '../errors.ts';
import type { TargetState, UnitRequest, UnitResult } from '../model.ts';
import { isTemplate, parsePlacement, templateOf } from '../placement.ts';
import { unitHash } from '../unit-content.ts';
import { checkUnitName, checkUnitOptions } from '../unit-rules.ts';
import type { UnitRecord } from './records.ts';

/** The record to write (none when nothing changes), with its content when that is new to the unit. */
export interface ChangePlan {
  readonly outcome: Exclude<UnitResult['outcome'], 'refused'>;
  readonly record?: UnitRecord;
  readonly content?: readonly UnitOption[];
}

/**
 * Decides one request. `templateOptions` are those of the unit's template where it has one in the registry.
 * Throws `fleet.invalid` or `fleet.conflict` for what is refused.
 */
export function planChange(
  request: UnitRequest,
  existing: UnitRecord | undefined,
  templateOptions: readonly UnitOption[] | undefined,
): ChangePlan {
  const { name, options, desiredState } = request;
  const badName = checkUnitName(name);
  if (badName !== undefined) throw fleetErrors.error('invalid', badName);
  if (desiredState !== undefined && desiredState !== 'inactive' && isTemplate(name)) {
    throw fleetErrors.error('invalid', `cannot activate template "${name}"`);
  }
  const given = options === undefined || options.length === 0 ? undefined : options;
  if (existing === undefined) {
    const content = given ?? templateOptions;
    if (content === undefined) throw fleetErrors.error('conflict', missingOptions(name));
    return { outcome: 'created', record: newRecord(name, content, desiredState ?? 'inactive'), content };
  }
  if (given !== undefined && request.replace === true && unitHash(given) !== existing.hash) {
    const record = newRecord(name, given, desiredState ?? existing.desiredState);
    return { outcome: 'replaced', record, content: given };
  }
  if (desiredState === undefined || desiredState === existing.desiredState) return { outcome: 'unchanged' };
  return { outcome: 'changed', record: { ...existing, desiredState } };
}

function newRecord(name: string, options: readonly UnitOption[], desiredState: TargetState): UnitRecord {
  const bad = checkUnitOptions(options);
  if (bad !== undefined) throw fleetErrors.error('invalid', bad);
  return { hash: unitHash(options), desiredState, placement: parsePlacement(options, name) };
}

function missingOptions(name: string): string {
  const template = templateOf(name);
  return template === undefined
    ? 'unit does not exist and options field empty'
    : `unit does not exist and options field empty; its template ${template} does not exist either`;
}
