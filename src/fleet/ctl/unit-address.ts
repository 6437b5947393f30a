// A unit, or a unit on one machine: "web.service", "node-exporter.service@1a2b3c4d". Pure.

import { basename } from 'node:path';
import type { Machine, UnitStatus } from '../model.ts';
import { quadletTypes } from '../quadlet.ts';

/** Types that a name may end in; a name without gets ".service". */
const unitTypes = [
  ...['service', 'socket', 'target', 'timer', 'path', 'device', 'mount', 'automount'],
  ...['slice', 'scope', 'swap', 'snapshot', 'busname'],
  ...quadletTypes,
];

/** The name of the unit that an argument means: without folders, with ".service" where no type is given. */
export function unitName(argument: string): string {
  const name = basename(argument);
  const type = name.slice(name.lastIndexOf('.') + 1);
  return name.includes('.') && unitTypes.includes(type) ? name : `${name}.service`;
}

export interface UnitAddress {
  readonly name: string;
  /** The machine as it was given: the beginning of its ID, or its address. */
  readonly machine?: string;
}

/**
 * Reads `UNIT` or `UNIT@MACHINE`. A machine is named behind the last "@" that follows a unit name with its
 * type, and itself ends in no type: so "a@b.service" is an instance, "a.service@b" the unit a.service on
 * machine b, and "a.service@b.service" again an instance.
 */
export function unitAddress(argument: string): UnitAddress {
  const match = onMachine.exec(argument);
  const [, unit = '', machine = ''] = match ?? [];
  if (match === null || endsInType.test(machine)) return { name: unitName(argument) };
  return { name: unitName(unit), machine };
}

const types = unitTypes.join('|');
const onMachine = new RegExp(`^(.*[^/]\\.(?:${types}))@([^@/]+)$`);
const endsInType = new RegExp(`\\.(?:${types})$`);

/** Machines whose ID begins so, or whose address it is. */
export function machinesLike(
  text: string,
  machines: ReadonlyMap<string, Pick<Machine, 'primaryIP'>>,
): string[] {
  if (text === '') return [];
  const start = text.toLowerCase();
  const byAddress = [...machines].filter(([, { primaryIP }]) => primaryIP === start).map(([id]) => id);
  return byAddress.length > 0 ? byAddress : [...machines.keys()].filter((id) => id.startsWith(start));
}

/** The machines that have, or are to have, the unit. */
export function machinesOf({ assignments, states }: Pick<UnitStatus, 'assignments' | 'states'>): string[] {
  return [...new Set([...assignments, ...states].map(({ machineID }) => machineID))].sort();
}
