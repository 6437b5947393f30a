// fleet's rules for names and options of units; the daemon and fleetctl tell them in the same words.

import type { UnitOption } from '../systemd/index.ts';
import { checkDropIns, withDropIns } from './drop-ins.ts';
import { compileGlob } from './glob.ts';
import type { Relation, TargetState, UnitBody } from './model.ts';
import { checkPlacementValues, parsePlacement } from './placement.ts';
import { checkQuadlet, quadletTypes } from './quadlet.ts';
import { maxContentBytes, renderUnitContent, tooLarge } from './unit-content.ts';

const unitTypes = [
  ...['automount', 'busname', 'device', 'mount', 'path', 'scope', 'service'],
  ...['slice', 'snapshot', 'socket', 'swap', 'target', 'timer'],
  ...quadletTypes,
];
const templateTypes = ['path', 'service', 'socket', 'target', 'timer', 'container'];

/** What is wrong with a unit's name, or undefined. */
export function checkUnitName(name: string): string | undefined {
  if (name === '') return 'unit name cannot be empty';
  if (Buffer.byteLength(name) > 256) return 'unit name exceeds maximum length (256)';
  const dot = name.lastIndexOf('.');
  if (dot === -1) return 'unit name must contain "."';
  if (dot === name.length - 1) return 'unit name cannot end in "."';
  const type = name.slice(dot + 1);
  if (!unitTypes.includes(type)) return `invalid unit type: "${type}"`;
  if (name.includes('@') && !templateTypes.includes(type)) return `invalid unit type for template: "${type}"`;
  const wrong = /[^A-Za-z0-9:\-_.\\@]/u.exec(name.slice(0, dot));
  if (wrong !== null) return `invalid character '${wrong[0]}' in unit name`;
  if (name.startsWith('@')) return 'unit name cannot start in "@"';
  return undefined;
}

/** What is wrong with a unit's options: their form, their size, or [X-Fleet] options that exclude each other. */
export function checkUnitOptions(options: readonly UnitOption[]): string | undefined {
  return checkForm(options) ?? checkSize(options) ?? checkQuadlet(options) ?? checkPlacement(options);
}

/** The same of a unit with its drop-ins. */
export function checkUnitBody({ options, dropIns }: UnitBody): string | undefined {
  if (dropIns.length === 0) return checkUnitOptions(options);
  const everything = [...options, ...dropIns.flatMap((dropIn) => dropIn.options)];
  const bad = checkForm(options) ?? checkDropIns(dropIns);
  if (bad !== undefined) return bad;
  for (const dropIn of dropIns) {
    const problem = checkForm(dropIn.options);
    if (problem !== undefined) return `drop-in ${dropIn.name}: ${problem}`;
  }
  return checkSize(everything) ?? checkQuadlet(everything) ?? checkPlacement(withDropIns(options, dropIns));
}

export function isTargetState(value: unknown): value is TargetState {
  return value === 'inactive' || value === 'loaded' || value === 'launched';
}

/** An option must stay one option when it is written to a file. */
function checkForm(options: readonly UnitOption[]): string | undefined {
  for (const { section, name, value } of options) {
    if (section === '' || /[\]\n\r\0]/.test(section))
      return `invalid section name ${JSON.stringify(section)}`;
    if (name === '' || /[=\n\r\0]/.test(name) || name.trim() !== name || /^[[#;]/.test(name)) {
      return `invalid option name ${JSON.stringify(name)} in section [${section}]`;
    }
    const breaks = /(^|[^\\])\n|\n\s*(\n|$)|[\0\r]/.test(value);
    if (breaks || value.endsWith('\\')) {
      return `invalid value of option ${name} in section [${section}]: a line break must follow a backslash`;
    }
  }
  return undefined;
}

function checkSize(options: readonly UnitOption[]): string | undefined {
  const bytes = Buffer.byteLength(renderUnitContent(options));
  return bytes <= maxContentBytes ? undefined : tooLarge(bytes);
}

/** Why a unit of that name cannot be loaded, or undefined: systemd knows no files of some types any more. */
export function checkLoadable(name: string): string | undefined {
  const type = name.slice(name.lastIndexOf('.') + 1);
  if (type === 'scope')
    return 'systemd reads no scope from a file: "scope" units can be submitted, not loaded';
  if (type !== 'snapshot' && type !== 'busname') return undefined;
  return `systemd has no units of type "${type}" any more: they can be submitted, not loaded`;
}

/** Relations name units, no patterns; a name that an instance gives is looked at when that is known. */
export function checkRelations(name: string, relations: readonly Relation[]): string | undefined {
  for (const { kind, unit } of relations) {
    const bad = unit.includes('%') ? undefined : checkUnitName(unit);
    if (bad !== undefined) return `invalid value ${JSON.stringify(unit)} of ${kind}: ${bad}`;
    if (unit === name) return `invalid value ${JSON.stringify(unit)} of ${kind}: it is the unit itself`;
  }
  return undefined;
}

function checkPlacement(options: readonly UnitOption[]): string | undefined {
  const { machineID, machineOf, conflicts, replaces, global, ...rest } = parsePlacement(options);
  for (const [patterns, word] of [
    [conflicts, 'conflict'],
    [replaces, 'replace'],
  ] as const) {
    for (const pattern of patterns) {
      const peer = machineOf.find(compileGlob(pattern));
      if (peer !== undefined) return `unresolvable requirements: peer "${peer}" matches ${word} "${pattern}"`;
    }
  }
  if (machineID !== undefined && machineID !== '') {
    if (machineOf.length > 0) return 'MachineID cannot be used with Peers';
    if (conflicts.length > 0) return 'MachineID cannot be used with Conflicts';
    if (global) return 'MachineID cannot be used with Global';
    if (replaces.length > 0) return 'MachineID cannot be used with Replaces';
  }
  if (global && machineOf.length > 0) return 'Global cannot be used with Peers';
  if (global && replaces.length > 0) return 'Global cannot be used with Replaces';
  if (global && rest.moveAfterFailures !== undefined) return 'Global cannot be used with MoveAfterFailures';
  if (global && rest.whenCutOff !== undefined) return 'Global cannot be used with WhenCutOff=stop';
  if (conflicts.length > 0 && replaces.length > 0) return 'Conflicts cannot be used with Replaces';
  return checkPlacementValues(options);
}
