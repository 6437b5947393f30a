// What a wanted change of a unit does, decided from what exists.

import { joinDropIns, sortDropIns, withDropIns } from '../drop-ins.ts';
import { fleetErrors } from '../errors.ts';
import type { TargetState, UnitBody, UnitRequest, UnitResult } from '../model.ts';
import { isTemplate, parsePlacement, templateOf } from '../placement.ts';
import { unitHash } from '../unit-content.ts';
import { checkLoadable, checkRelations, checkUnitBody, checkUnitName } from '../unit-rules.ts';
import type { UnitRecord } from './records.ts';

/** The record to write (none when nothing changes), with its content when that is new to the unit. */
export interface ChangePlan {
  readonly outcome: Exclude<UnitResult['outcome'], 'refused'>;
  readonly record?: UnitRecord;
  readonly content?: UnitBody;
}

/** What is in the registry and a request may go by. */
export interface KnownContents {
  /** Of the unit's template. */
  readonly template: UnitBody | undefined;
  /** Of the unit itself; needed where the request says only a part of it. */
  readonly own: UnitBody | undefined;
}

/** Whether a request changes a part of what a unit is made of, and means the rest to stay. */
export function keepsContent({ options, dropIns, replace }: UnitRequest, existing: UnitRecord): boolean {
  if (replace !== true) return false;
  const hasOptions = options !== undefined && options.length > 0;
  return hasOptions ? dropIns === undefined && existing.dropIns !== undefined : dropIns !== undefined;
}

/** Decides one request. Throws `fleet.invalid` or `fleet.conflict` for what is refused. */
export function planChange(
  request: UnitRequest,
  existing: UnitRecord | undefined,
  known: KnownContents,
): ChangePlan {
  const { name, options, dropIns, desiredState } = request;
  const badName = checkUnitName(name);
  if (badName !== undefined) throw fleetErrors.error('invalid', badName);
  if (desiredState !== undefined && desiredState !== 'inactive' && isTemplate(name)) {
    throw fleetErrors.error('invalid', `cannot activate template "${name}"`);
  }
  const unloadable = checkLoadable(name);
  if (desiredState !== undefined && desiredState !== 'inactive' && unloadable !== undefined) {
    throw fleetErrors.error('invalid', unloadable);
  }
  const given = options === undefined || options.length === 0 ? undefined : options;
  if (existing === undefined) {
    const base = given === undefined ? known.template : { options: given, dropIns: [] };
    if (base === undefined) throw fleetErrors.error('conflict', missingOptions(name));
    const content = { options: base.options, dropIns: joinDropIns(dropIns ?? [], base.dropIns) };
    return { outcome: 'created', record: newRecord(name, content, desiredState ?? 'inactive'), content };
  }
  if (request.replace === true && (given !== undefined || dropIns !== undefined)) {
    const content = {
      options: given ?? known.own?.options ?? [],
      dropIns: sortDropIns(dropIns ?? known.own?.dropIns ?? []),
    };
    if (unitHash(content.options, content.dropIns) !== existing.hash) {
      const record = newRecord(name, content, desiredState ?? existing.desiredState);
      return { outcome: 'replaced', record, content };
    }
  }
  if (desiredState === undefined || desiredState === existing.desiredState) return { outcome: 'unchanged' };
  return { outcome: 'changed', record: { ...existing, desiredState } };
}

function newRecord(name: string, content: UnitBody, desiredState: TargetState): UnitRecord {
  const bad = checkUnitBody(content);
  if (bad !== undefined) throw fleetErrors.error('invalid', bad);
  const { options, dropIns } = content;
  const placement = parsePlacement(withDropIns(options, dropIns), name);
  const badRelation = checkRelations(name, placement.relations ?? []);
  if (badRelation !== undefined) throw fleetErrors.error('invalid', badRelation);
  const record = { hash: unitHash(options, dropIns), desiredState, placement };
  if (dropIns.length === 0) return record;
  return { ...record, dropIns: dropIns.map((dropIn) => dropIn.name), optionsHash: unitHash(options) };
}

function missingOptions(name: string): string {
  const template = templateOf(name);
  return template === undefined
    ? 'unit does not exist and options field empty'
    : `unit does not exist and options field empty; its template ${template} does not exist either`;
}
