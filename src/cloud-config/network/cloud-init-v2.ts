// cloud-init's network configuration, version 2: netplan's `ethernets`, `bonds`, `bridges` and `vlans`.
// https://cloudinit.readthedocs.io/en/latest/reference/network-config-format-v2.html

import { bondSettings } from './bond.ts';
import { bridgeSettings } from './bridge.ts';
import { type Field, usable } from './field.ts';
import type { Device, Interface, Match, Section } from './model.ts';
import { commonKeys, netplanSettings } from './netplan.ts';

const groups = ['ethernets', 'bonds', 'bridges', 'vlans'] as const;
type Group = (typeof groups)[number];

const ownKeys: Readonly<Record<Group, readonly string[]>> = {
  ethernets: ['match', 'set-name', 'wakeonlan'],
  bonds: ['interfaces', 'parameters'],
  bridges: ['interfaces', 'parameters'],
  vlans: ['id', 'link'],
};

/** The interfaces that the data describe. */
export function cloudInitV2Interfaces(data: Field): readonly Interface[] {
  for (const [key, field] of data.entries()) {
    if (key === 'version' || key === 'renderer' || groups.some((group) => group === key)) continue;
    field.refuse('is not supported; these devices are left out', groups.join(', '));
  }
  return groups.flatMap((group) =>
    data
      .get(group)
      .entries()
      .flatMap(([id, device]) => interfaceOf(group, id, device) ?? []),
  );
}

function interfaceOf(group: Group, id: string, field: Field): Interface | undefined {
  const name = field.at(id, field.path);
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.:@+~-]{0,62}$/.test(id)) return name.refuse('cannot name a device');
  field.expectKeys([...commonKeys, ...ownKeys[group]]);
  const own = group === 'ethernets' ? found(id, name, field) : made(group, name, field);
  if (own === undefined) return undefined;
  const common = netplanSettings(field);
  return { id, label: id, field: field.path, ...common, ...own, sections: withMac(common.sections, own.mac) };
}

interface Own {
  readonly device: Device;
  readonly match: Match;
  /** To be set on an interface that was found. */
  readonly mac?: string;
}

/** An interface of the machine: by its MAC address, driver, a pattern of its name, or its name. */
function found(id: string, name: Field, field: Field): Own | undefined {
  const set = field.get('macaddress').mac();
  const match = field.get('match');
  const setName = field.get('set-name').interfaceName();
  const device = { kind: 'physical', ...(setName === undefined ? {} : { setName }) } as const;
  const own = { device, ...(set === undefined ? {} : { mac: set }) };
  if (!match.exists) return name.interfaceName() === undefined ? undefined : { ...own, match: { name: id } };
  match.expectKeys(['name', 'macaddress', 'driver']);
  const wanted = match.get('macaddress').mac();
  const pattern = match.get('name').exists
    ? patternOf(match.get('name'), /^[\w.@+~*?[\]!-]{1,60}$/)
    : undefined;
  const driver = match.get('driver').exists
    ? patternOf(match.get('driver'), /^[\w.*?[\]-]{1,60}$/)
    : undefined;
  const keys = ['name', 'macaddress', 'driver'].filter((key) => match.get(key).exists);
  const parts = usable([wanted, pattern, driver]);
  // Half of a condition would match interfaces that are not meant.
  if (parts.length < keys.length) return undefined;
  if (parts.length === 0) return match.refuse('is empty', 'one of name, macaddress, driver');
  // Once it has another address it is known by the one it came with only.
  const mac = wanted === undefined ? {} : set === undefined ? { mac: wanted } : { permanentMac: wanted };
  return {
    ...own,
    match: {
      ...(pattern === undefined ? {} : { name: pattern }),
      ...mac,
      ...(driver === undefined ? {} : { driver }),
    },
  };
}

function patternOf(field: Field, allowed: RegExp): string | undefined {
  const texts = field.items().map((item) => item.text() ?? '');
  if (texts.length > 0 && texts.every((text) => allowed.test(text) && !text.startsWith('!')))
    return texts.join(' ');
  return field.invalid('a name, perhaps with * or ?');
}

/** A device that networkd makes. */
function made(group: Exclude<Group, 'ethernets'>, name: Field, field: Field): Own | undefined {
  const id = name.interfaceName();
  if (id === undefined) return undefined;
  const set = field.get('macaddress').mac();
  const mac = set === undefined ? {} : { mac: set };
  const match = { name: id };
  if (group === 'vlans') {
    const vlanId = field.get('id').integer(0, 4094);
    const parent = field.get('link').text();
    for (const key of ['id', 'link']) if (!field.get(key).exists) field.get(key).refuse('is missing');
    if (vlanId === undefined || parent === undefined) return undefined;
    return { match, device: { kind: 'vlan', vlanId, parent, ...mac } };
  }
  const members = field
    .get('interfaces')
    .items()
    .flatMap((item) => item.text() ?? []);
  const parameters = field.get('parameters').entries();
  if (group === 'bridges') {
    return { match, device: { kind: 'bridge', members, ...bridgeSettings(parameters), ...mac } };
  }
  const first = field.get('parameters').get('primary').text();
  const primary = first === undefined ? {} : { primary: first };
  return { match, device: { kind: 'bond', members, settings: bondSettings(parameters), ...primary, ...mac } };
}

function withMac(sections: readonly Section[], mac: string | undefined): readonly Section[] {
  if (mac === undefined) return sections;
  const link = sections.find(({ name }) => name === 'Link');
  const settings = [['MACAddress', mac] as const, ...(link?.settings ?? [])];
  return [...sections.filter((section) => section !== link), { name: 'Link', settings }];
}
