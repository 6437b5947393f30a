// The JSON values of fleet's keys. Reading is lenient: unknown fields are passed over, and a value that
// cannot be read at all is as if it were not there, so that one bad key never stops a cluster.

import type { UnitOption } from '../../systemd/index.ts';
import type { MetadataRule } from '../machine-metadata.ts';
import type {
  Assignment,
  Bond,
  Capacity,
  Drain,
  DropIn,
  Machine,
  Placement,
  Relation,
  TargetState,
  UnitBody,
  UnitState,
} from '../model.ts';
import { isTargetState } from '../unit-rules.ts';

export interface UnitRecord {
  readonly hash: string;
  readonly desiredState: TargetState;
  readonly placement: Placement;
  /** Names of the drop-ins, where there are any; then `hash` is not that of the options alone. */
  readonly dropIns?: readonly string[];
  readonly optionsHash?: string;
}

export interface MachineRecord extends Omit<Machine, 'id'> {
  /** Tells two machines with one ID apart: made once a boot, kept in /run. */
  readonly instance: string;
}

export interface EngineRecord {
  readonly machineID: string;
  readonly version: string;
}

export interface AwayRecord {
  /** When the daemon stopped, in ISO 8601. */
  readonly since: string;
  /** The units that it had, and that may be running there. */
  readonly units?: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

export function writeUnit(record: UnitRecord): string {
  const { machineMetadata, ...placement } = record.placement;
  return JSON.stringify({
    ...record,
    placement: { ...placement, machineMetadata: Object.fromEntries(machineMetadata) },
  });
}

export function readUnit(value: string): UnitRecord | undefined {
  const fields = readFields(value);
  if (fields === undefined || typeof fields['hash'] !== 'string') return undefined;
  if (!isTargetState(fields['desiredState'])) return undefined;
  const placement = asFields(fields['placement']) ?? {};
  const metadata = Object.entries(asFields(placement['machineMetadata']) ?? {});
  return {
    hash: fields['hash'],
    desiredState: fields['desiredState'],
    ...readDropInNames(fields),
    placement: {
      ...(typeof placement['machineID'] === 'string' ? { machineID: placement['machineID'] } : {}),
      machineOf: strings(placement['machineOf']),
      machineMetadata: new Map(metadata.map(([key, values]) => [key, strings(values)])),
      conflicts: strings(placement['conflicts']),
      replaces: strings(placement['replaces']),
      global: placement['global'] === true,
      ...readExtras(placement),
    },
  };
}

function readDropInNames(fields: Fields): Pick<UnitRecord, 'dropIns' | 'optionsHash'> {
  const dropIns = strings(fields['dropIns']);
  return dropIns.length === 0 ? {} : { dropIns, optionsHash: text(fields['optionsHash']) };
}

function readExtras(fields: Fields): Partial<Placement> {
  const rules = Array.isArray(fields['metadataRules']) ? fields['metadataRules'].flatMap(readRule) : [];
  const spreadOver = strings(fields['spreadOver']);
  const bonds = Array.isArray(fields['bonds']) ? fields['bonds'].flatMap(readBond) : [];
  const relations = Array.isArray(fields['relations']) ? fields['relations'].flatMap(readRelation) : [];
  const needs = strings(fields['needs']);
  const numbers = numbersIn(fields, [
    ...['maxPerMachine', 'weight', 'memoryBytes', 'cpuMillis', 'moveAfterFailures'],
  ]);
  return {
    ...(rules.length === 0 ? {} : { metadataRules: rules }),
    ...(spreadOver.length === 0 ? {} : { spreadOver }),
    ...(bonds.length === 0 ? {} : { bonds }),
    ...(needs.length === 0 ? {} : { needs }),
    ...(relations.length === 0 ? {} : { relations }),
    ...Object.fromEntries(numbers),
    ...(fields['whenCutOff'] === 'stop' ? { whenCutOff: 'stop' } : {}),
  };
}

function readBond(value: unknown): Bond[] {
  const { unit, by } = asFields(value) ?? {};
  return typeof unit === 'string' ? [{ unit, by: text(by) }] : [];
}

function readRelation(value: unknown): Relation[] {
  const { kind, unit } = asFields(value) ?? {};
  if (typeof unit !== 'string') return [];
  return kind === 'Requires' || kind === 'BindsTo' || kind === 'PartOf' || kind === 'After'
    ? [{ kind, unit }]
    : [];
}

function readRule(value: unknown): MetadataRule[] {
  const { kind, key, values, sign, limit } = asFields(value) ?? {};
  if (typeof key !== 'string') return [];
  if (kind === 'not' || kind === 'in') return [{ kind, key, values: strings(values) }];
  if (kind !== 'compare' || typeof limit !== 'number') return [];
  return sign === '<' || sign === '<=' || sign === '>' || sign === '>=' ? [{ kind, key, sign, limit }] : [];
}

export function writeContent({ options, dropIns }: UnitBody): string {
  return JSON.stringify({ options, ...(dropIns.length === 0 ? {} : { dropIns }) });
}

export function readContent(value: string): UnitBody | undefined {
  const fields = readFields(value);
  const options = readOptions(fields?.['options']);
  const dropIns = readDropIns(fields?.['dropIns'] ?? []);
  return options === undefined || dropIns === undefined ? undefined : { options, dropIns };
}

/** A list of drop-ins as JSON has it. */
export function readDropIns(list: unknown): readonly DropIn[] | undefined {
  if (!Array.isArray(list)) return undefined;
  const dropIns: DropIn[] = [];
  for (const item of list) {
    const { name, options: own } = asFields(item) ?? {};
    const options = readOptions(own);
    if (typeof name !== 'string' || options === undefined) return undefined;
    dropIns.push({ name, options });
  }
  return dropIns;
}

/** A list of options as JSON has it; a missing value is an empty one. */
export function readOptions(list: unknown): readonly UnitOption[] | undefined {
  if (!Array.isArray(list)) return undefined;
  const options: UnitOption[] = [];
  for (const item of list) {
    const option = asFields(item);
    const { section, name, value = '' } = option ?? {};
    if (typeof section !== 'string' || typeof name !== 'string' || typeof value !== 'string')
      return undefined;
    options.push({ section, name, value });
  }
  return options;
}

export function writeAssignment({
  hash,
  targetState,
  reason,
  after = [],
  tried = [],
  stopWithinMs,
  restart,
}: Assignment): string {
  const own = { hash, targetState, reason, ...(restart === undefined ? {} : { restart }) };
  return JSON.stringify({
    ...own,
    ...(after.length === 0 ? {} : { after }),
    ...(tried.length === 0 ? {} : { tried }),
    ...(stopWithinMs === undefined ? {} : { stopWithinMs }),
  });
}

export function readAssignment(
  value: string,
  unit: string,
  machineID: string,
  revision: number,
): Assignment | undefined {
  const fields = readFields(value) ?? {};
  const { hash, targetState, reason, restart, stopWithinMs } = fields;
  if (typeof hash !== 'string' || (targetState !== 'loaded' && targetState !== 'launched')) return undefined;
  const after = strings(fields['after']);
  const tried = strings(fields['tried']);
  return {
    ...{ unit, machineID, hash, targetState, reason: text(reason), revision },
    ...(after.length === 0 ? {} : { after }),
    ...(tried.length === 0 ? {} : { tried }),
    ...(typeof stopWithinMs === 'number' ? { stopWithinMs } : {}),
    ...(typeof restart === 'string' ? { restart } : {}),
  };
}

export function writeState({ name: _name, machineID: _machine, ...state }: UnitState): string {
  return JSON.stringify(state);
}

export function readState(value: string, name: string, machineID: string): UnitState | undefined {
  const fields = readFields(value);
  if (fields === undefined || typeof fields['hash'] !== 'string') return undefined;
  const { jobResult, problem, assignmentRevision } = fields;
  return {
    name,
    machineID,
    hash: fields['hash'],
    systemdLoadState: text(fields['systemdLoadState']),
    systemdActiveState: text(fields['systemdActiveState']),
    systemdSubState: text(fields['systemdSubState']),
    reached:
      fields['reached'] === 'launched' || fields['reached'] === 'inactive' ? fields['reached'] : 'loaded',
    ...(typeof jobResult === 'string' ? { jobResult } : {}),
    ...(typeof problem === 'string' ? { problem } : {}),
    assignmentRevision: typeof assignmentRevision === 'number' ? assignmentRevision : 0,
  };
}

export function writeMachine(record: MachineRecord): string {
  return JSON.stringify(record);
}

export function readMachine(value: string): MachineRecord | undefined {
  const fields = readFields(value);
  if (fields === undefined) return undefined;
  const capacity = readCapacity(asFields(fields['capacity']));
  const capabilities = strings(fields['capabilities']);
  return {
    ...(capacity === undefined ? {} : { capacity }),
    ...(capabilities.length === 0 ? {} : { capabilities }),
    primaryIP: text(fields['primaryIP']),
    metadata: stringMap(fields['metadata']),
    version: text(fields['version']),
    instance: text(fields['instance']),
  };
}

function readCapacity(fields: Fields | undefined): Capacity | undefined {
  if (fields === undefined) return undefined;
  return Object.fromEntries(numbersIn(fields, ['units', 'memoryBytes', 'cpuMillis']));
}

function numbersIn(fields: Fields, names: readonly string[]): [string, number][] {
  return names.flatMap((name): [string, number][] => {
    const value = fields[name];
    return typeof value === 'number' ? [[name, value]] : [];
  });
}

export function writeEngine(record: EngineRecord): string {
  return JSON.stringify(record);
}

export function readEngine(value: string): EngineRecord | undefined {
  const { machineID, version } = readFields(value) ?? {};
  return typeof machineID === 'string' ? { machineID, version: text(version) } : undefined;
}

export function writeAway(record: AwayRecord): string {
  return JSON.stringify(record);
}

export function readAway(value: string): AwayRecord {
  const fields = readFields(value);
  return { since: text(fields?.['since']), units: strings(fields?.['units']) };
}

export function writeDrain(record: Drain): string {
  return JSON.stringify(record);
}

export function readDrain(value: string): Drain {
  const { since, reason, force } = readFields(value) ?? {};
  return { since: text(since), reason: text(reason), force: force === true };
}

/** Metadata set through the API; an empty value hides the machine's own. */
export function readMetadata(value: string): Readonly<Record<string, string>> {
  return stringMap(readFields(value));
}

/** A machine's own metadata with what was set through the API over it. */
export function mergeMetadata(
  own: Readonly<Record<string, string>>,
  set: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  if (set === undefined) return own;
  return Object.fromEntries(Object.entries({ ...own, ...set }).filter(([, value]) => value !== ''));
}

/** An unknown value as an object with unknown fields, or undefined. */
export function asFields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : undefined;
}

function readFields(value: string): Fields | undefined {
  try {
    return asFields(JSON.parse(value));
  } catch {
    return undefined;
  }
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function stringMap(value: unknown): Record<string, string> {
  const entries = Object.entries(asFields(value) ?? {});
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
