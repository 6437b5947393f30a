// Options of a bridge and of its ports, by the names that brctl, cloud-init and netplan give them, as the
// keys that networkd knows.

import type { Field } from './field.ts';
import type { Setting } from './model.ts';

type Option = readonly [key: string, read: (field: Field) => string | undefined];

const seconds = (field: Field) => {
  const text = field.text();
  if (text === undefined) return undefined;
  if (/^\d{1,6}(\.\d{1,3})?s?$/.test(text)) return text.replace(/s$/, '');
  return field.invalid('a number of seconds');
};

const flag = (field: Field) => {
  const value = field.boolean();
  return value === undefined ? undefined : value ? 'yes' : 'no';
};

const options: Readonly<Record<string, Option>> = {
  stp: ['STP', flag],
  fd: ['ForwardDelaySec', seconds],
  forward_delay: ['ForwardDelaySec', seconds],
  hello: ['HelloTimeSec', seconds],
  hello_time: ['HelloTimeSec', seconds],
  maxage: ['MaxAgeSec', seconds],
  max_age: ['MaxAgeSec', seconds],
  ageing: ['AgeingTimeSec', seconds],
  ageing_time: ['AgeingTimeSec', seconds],
  bridgeprio: ['Priority', (field) => field.integer(0, 65_535)?.toString()],
  priority: ['Priority', (field) => field.integer(0, 65_535)?.toString()],
};

/** Of a port: its key, and the least and greatest value. */
const portOptions: Readonly<Record<string, readonly [key: string, least: number, most: number]>> = {
  pathcost: ['Cost', 1, 65_535],
  path_cost: ['Cost', 1, 65_535],
  portprio: ['Priority', 0, 63],
  port_priority: ['Priority', 0, 63],
};

/** About ifupdown itself or the members, or what the kernel does by itself today. */
const elsewhere = new Set(['ports', 'waitport', 'maxwait', 'gcint', 'hw', 'interfaces']);

export interface BridgeSettings {
  readonly settings: readonly Setting[];
  readonly ports: ReadonlyMap<string, readonly Setting[]>;
}

/** The settings of the bridge and of each port in these fields; what is no such option is warned of. */
export function bridgeSettings(fields: readonly (readonly [string, Field])[]): BridgeSettings {
  const found = new Map<string, string>();
  const ports = new Map<string, Setting[]>();
  for (const [name, field] of fields) {
    const plain = name.replaceAll('-', '_').replace(/^bridge_/, '');
    const option = Object.hasOwn(options, plain) ? options[plain] : undefined;
    const portOption = Object.hasOwn(portOptions, plain) ? portOptions[plain] : undefined;
    if (elsewhere.has(plain) || !field.exists) continue;
    if (option !== undefined) {
      const value = option[1](field);
      if (value !== undefined) found.set(option[0], value);
    } else if (portOption !== undefined) {
      for (const [port, value] of portValues(field)) {
        const number = value.integer(portOption[1], portOption[2]);
        if (number === undefined) continue;
        ports.set(port, [...(ports.get(port) ?? []), [portOption[0], String(number)]]);
      }
    } else field.warn('is no option of a bridge that networkd knows; it is ignored');
  }
  return { settings: [...found], ports };
}

/** `{eth0: 50}`, or `eth0 50` once or several times. */
function portValues(field: Field): readonly (readonly [string, Field])[] {
  if (typeof field.value === 'object' && !Array.isArray(field.value)) return field.entries();
  return field.items().flatMap((item) => {
    const [port = '', value, ...rest] = (item.text() ?? '').split(/\s+/);
    if (value !== undefined && rest.length === 0) return [[port, item.at(value, item.path)] as const];
    item.refuse('is not a port and a number', 'as eth0 50');
    return [];
  });
}
