// The [X-Fleet] section of a unit: its options under new and old names, specifiers replaced.

import type { UnitOption } from '../systemd/index.ts';
import type { Placement } from './model.ts';

const oldNames: Readonly<Record<string, readonly string[]>> = {
  MachineID: ['MachineID', 'X-ConditionMachineID', 'X-ConditionMachineBootID'],
  MachineOf: ['MachineOf', 'X-ConditionMachineOf'],
  MachineMetadata: ['MachineMetadata', 'X-ConditionMachineMetadata'],
  Conflicts: ['Conflicts', 'X-Conflicts'],
  Global: ['Global'],
  Replaces: ['Replaces'],
};

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
  return {
    ...(machineID === undefined ? {} : { machineID }),
    machineOf: values('MachineOf'),
    machineMetadata: parseMetadata(values('MachineMetadata')),
    conflicts: values('Conflicts').flatMap((value) => value.split(/\s+/).filter((word) => word !== '')),
    replaces: values('Replaces'),
    global: ['true', 'yes', '1', 'on', 't'].includes(values('Global').at(-1)?.toLowerCase() ?? ''),
  };
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

function parseMetadata(pairs: readonly string[]): Map<string, readonly string[]> {
  const metadata = new Map<string, readonly string[]>();
  for (const pair of pairs) {
    const [key = '', value = '', ...rest] = pair.split('=');
    if (key === '' || value === '' || rest.length > 0) continue;
    metadata.set(key, [...(metadata.get(key) ?? []), value]);
  }
  return metadata;
}
