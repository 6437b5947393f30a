// The [X-Fleet] section of a unit: its options under new and old names, specifiers replaced.

import type { UnitOption } from '../systemd/index.ts';
import { bondsOf } from './bonds.ts';
import { type MetadataCondition, parseMetadataCondition } from './machine-metadata.ts';
import type { Placement } from './model.ts';
import { isQuadlet, quadletCapability, systemdName } from './quadlet.ts';

const oldNames: Readonly<Record<string, readonly string[]>> = {
  MachineID: ['MachineID', 'X-ConditionMachineID', 'X-ConditionMachineBootID'],
  MachineOf: ['MachineOf', 'X-ConditionMachineOf'],
  MachineMetadata: ['MachineMetadata', 'X-ConditionMachineMetadata'],
  Conflicts: ['Conflicts', 'X-Conflicts'],
  Global: ['Global'],
  Replaces: ['Replaces'],
  SpreadOver: ['SpreadOver'],
  MaxPerMachine: ['MaxPerMachine'],
  Weight: ['Weight'],
  ReserveMemory: ['ReserveMemory'],
  ReserveCPU: ['ReserveCPU'],
  Requires: ['Requires'],
  BindsTo: ['BindsTo'],
  PartOf: ['PartOf'],
  After: ['After'],
  MoveAfterFailures: ['MoveAfterFailures'],
  WhenCutOff: ['WhenCutOff'],
};

/** A quadlet and a service of the name that podman gives it cannot be on one machine. */
function twins(name: string | undefined): string[] {
  if (name === undefined || !isQuadlet(name)) return [];
  return [systemdName(name).replaceAll('\\', '\\\\')];
}

const relationKinds = ['BindsTo', 'Requires', 'PartOf', 'After'] as const;

/** All names that an option of [X-Fleet] may have. */
export const placementOptionNames: readonly string[] = Object.values(oldNames).flat();

/** The name of a unit taken apart. `instance` is undefined for what is neither template nor instance. */
export interface NameParts {
  /** What %p stands for: up to the first `@`, or up to the suffix. */
  readonly prefix: string;
  /** Empty for a template. */
  readonly instance: string | undefined;
  /** Without the dot. */
  readonly suffix: string;
}

export function nameParts(name: string): NameParts {
  const dot = name.lastIndexOf('.');
  const stem = dot === -1 ? name : name.slice(0, dot);
  const suffix = dot === -1 ? '' : name.slice(dot + 1);
  const at = stem.indexOf('@');
  if (at === -1) return { prefix: stem, instance: undefined, suffix };
  return { prefix: stem.slice(0, at), instance: stem.slice(at + 1), suffix };
}

/** Whether the name is of a template (`web@.service`). */
export function isTemplate(name: string): boolean {
  return nameParts(name).instance === '';
}

/** The template of an instance (`web@1.service` → `web@.service`), or undefined for what is no instance. */
export function templateOf(name: string): string | undefined {
  const { prefix, instance, suffix } = nameParts(name);
  return instance === undefined || instance === '' ? undefined : `${prefix}@.${suffix}`;
}

/** Where the unit may run, as its options say. With no `name`, specifiers stay as they are. */
export function parsePlacement(options: readonly UnitOption[], name?: string): Placement {
  const values = (option: string) => fleetValues(options, oldNames[option] ?? [], name);
  const machineID = values('MachineID')[0];
  const conditions = values('MachineMetadata').flatMap((value) => parseMetadataCondition(value) ?? []);
  const rules = conditions.filter((condition) => condition.kind !== 'equal');
  const spreadOver = values('SpreadOver').flatMap(words);
  const relations = relationKinds.flatMap((kind) =>
    [...new Set(values(kind).flatMap(words))].map((unit) => ({ kind, unit })),
  );
  const expand = (value: string) => (name === undefined ? value : replaceSpecifiers(value, name));
  const bonds = name === undefined ? [] : bondsOf(name, options, expand);
  return {
    ...(machineID === undefined ? {} : { machineID }),
    machineOf: values('MachineOf'),
    ...(bonds.length === 0 ? {} : { bonds }),
    ...(relations.length === 0 ? {} : { relations }),
    machineMetadata: equalities(conditions),
    conflicts: [...values('Conflicts').flatMap(words), ...twins(name)],
    ...(name !== undefined && isQuadlet(name) ? { needs: [quadletCapability] } : {}),
    replaces: values('Replaces'),
    global: ['true', 'yes', '1', 'on', 't'].includes(values('Global').at(-1)?.toLowerCase() ?? ''),
    ...(rules.length === 0 ? {} : { metadataRules: rules }),
    ...(spreadOver.length === 0 ? {} : { spreadOver }),
    ...amounts((option) => values(option).at(-1)),
    ...(values('WhenCutOff').at(-1) === 'stop' ? { whenCutOff: 'stop' } : {}),
  };
}

/** What is wrong with values of [X-Fleet] that have a form of their own, or undefined. */
export function checkPlacementValues(options: readonly UnitOption[]): string | undefined {
  for (const { option, read, expected } of amountOptions) {
    // An instance may stand for the number: it is looked at when its name is known.
    const bad = fleetValues(options, [option]).find(
      (value) => !value.includes('%') && read(value) === undefined,
    );
    if (bad !== undefined) return `invalid value ${JSON.stringify(bad)} of ${option}: expected ${expected}`;
  }
  const odd = fleetValues(options, ['WhenCutOff']).find((value) => value !== 'keep' && value !== 'stop');
  if (odd !== undefined) return `invalid value ${JSON.stringify(odd)} of WhenCutOff: expected keep or stop`;
  return undefined;
}

/** Values of MachineMetadata that say nothing, and are passed over as fleet does. */
export function meaninglessMetadata(options: readonly UnitOption[]): string[] {
  return fleetValues(options, oldNames['MachineMetadata'] ?? []).filter(
    (value) => parseMetadataCondition(value) === undefined,
  );
}

const amountOptions = [
  {
    option: 'MaxPerMachine',
    field: 'maxPerMachine',
    read: (text: string) => whole(text, 1),
    expected: 'a whole number from 1',
  },
  {
    option: 'Weight',
    field: 'weight',
    read: (text: string) => whole(text, 0),
    expected: 'a whole number from 0',
  },
  {
    option: 'ReserveMemory',
    field: 'memoryBytes',
    read: readBytes,
    expected: 'an amount of memory, such as 512M or 2G',
  },
  {
    option: 'ReserveCPU',
    field: 'cpuMillis',
    read: readCpu,
    expected: 'a number of processors, such as 0.5, or 50%',
  },
  {
    option: 'MoveAfterFailures',
    field: 'moveAfterFailures',
    read: (text: string) => whole(text, 1),
    expected: 'a whole number from 1',
  },
] as const;

function amounts(value: (option: string) => string | undefined): Partial<Placement> {
  const found: Partial<Record<(typeof amountOptions)[number]['field'], number>> = {};
  for (const { option, field, read } of amountOptions) {
    const text = value(option);
    const amount = text === undefined ? undefined : read(text);
    if (amount !== undefined) found[field] = amount;
  }
  return found;
}

function whole(text: string, from: number): number | undefined {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : undefined;
  return number === undefined || number < from ? undefined : number;
}

/** Bytes of an amount as systemd writes them: `512M`, with 1024 to the K; see systemd.resource-control(5). */
export function readBytes(text: string): number | undefined {
  const [, amount, suffix = ''] = /^(\d+(?:\.\d+)?)([KMGT]?)B?$/.exec(text) ?? [];
  return amount === undefined
    ? undefined
    : Math.round(Number(amount) * 1024 ** ['', 'K', 'M', 'G', 'T'].indexOf(suffix));
}

/** Thousandths of a processor, of `1.5` or of systemd's `150%`. */
export function readCpu(text: string): number | undefined {
  const [, amount, percent = ''] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text) ?? [];
  return amount === undefined ? undefined : Math.round(Number(amount) * (percent === '' ? 1000 : 10));
}

function words(value: string): string[] {
  return value.split(/\s+/).filter((word) => word !== '');
}

/** Options of [X-Fleet] that mean nothing to fleet. */
export function unknownPlacementOptions(options: readonly UnitOption[]): string[] {
  return options
    .filter(({ section, name }) => section === 'X-Fleet' && !placementOptionNames.includes(name))
    .map(({ name }) => name);
}

/** Values under the newest name first: where only one counts, the new name wins over the old. */
function fleetValues(options: readonly UnitOption[], names: readonly string[], unit?: string): string[] {
  return names.flatMap((name) =>
    options
      .filter((option) => option.section === 'X-Fleet' && option.name === name)
      .flatMap((option) => splitQuoted(option.value))
      .map((value) => (unit === undefined ? value : replaceSpecifiers(value, unit))),
  );
}

/** A value wholly in quotes is several: `"a=1" "b=2"`; any other is taken as it is. */
function splitQuoted(value: string): string[] {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return [value];
  const parts: string[] = [''];
  let quoted = false;
  for (const character of value) {
    if (character === '"') quoted = !quoted;
    else if (/\s/.test(character) && !quoted) parts.push('');
    else parts.push((parts.pop() ?? '') + character);
  }
  return parts;
}

function replaceSpecifiers(value: string, unit: string): string {
  const { prefix, instance } = nameParts(unit);
  const dot = unit.lastIndexOf('.');
  return value
    .replaceAll('%n', () => unit)
    .replaceAll('%N', () => (dot === -1 ? unit : unit.slice(0, dot)))
    .replaceAll('%p', () => prefix)
    .replaceAll('%i', () => instance ?? '');
}

function equalities(conditions: readonly MetadataCondition[]): Map<string, readonly string[]> {
  const metadata = new Map<string, readonly string[]>();
  for (const condition of conditions) {
    if (condition.kind !== 'equal') continue;
    const { key, value } = condition;
    metadata.set(key, [...(metadata.get(key) ?? []), value]);
  }
  return metadata;
}
