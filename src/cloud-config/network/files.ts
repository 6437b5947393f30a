// The interfaces as files of systemd-networkd: systemd.network(5), systemd.netdev(5), systemd.link(5). For
// Debian's, Packet's and VMware's data names, sections and the order of keys are those of the original.

import type { Arranged } from './arrange.ts';
import type { Device, Interface, Match, NetworkFile, Section, Setting } from './model.ts';

/** The files of all interfaces: what is stacked on another sorts before it. */
export function networkFiles(all: readonly Arranged[]): readonly NetworkFile[] {
  return all.flatMap((one) => {
    const name = `${one.depth.toString(16).padStart(2, '0')}-${one.interface.label}`;
    const netdev = netdevFile(one.interface);
    const link = linkFile(one);
    return [
      ...(netdev === undefined ? [] : [{ name: `${name}.netdev`, content: netdev }]),
      ...(link === undefined ? [] : [{ name: `${name}.link`, content: link }]),
      { name: `${name}.network`, content: networkFile(one) },
    ];
  });
}

const section = (name: string, settings: readonly Setting[]): string =>
  `[${name}]\n${settings.map(([key, value]) => `${key}=${value}\n`).join('')}`;

const joined = (sections: readonly Section[]): string =>
  sections.map(({ name, settings }) => section(name, settings)).join('\n');

const optional = (key: string, value: string | undefined): readonly Setting[] =>
  value === undefined ? [] : [[key, value]];

/** A member of a bond takes the bond's MAC address; it stays known by the one it came with. */
function matchOf({ interface: { match }, children }: Arranged): Match {
  const { mac, ...rest } = match;
  const bonded = children.some(({ device }) => device.kind === 'bond');
  return bonded && mac !== undefined ? { ...rest, permanentMac: mac } : match;
}

function networkFile(arranged: Arranged): string {
  const { interface: one, children } = arranged;
  const match = matchOf(arranged);
  const ports = children.flatMap(({ device }) =>
    device.kind === 'bridge' ? (device.ports.get(one.id) ?? []) : [],
  );
  return joined([
    {
      name: 'Match',
      settings: [
        ...optional('Name', match.name),
        ...optional('MACAddress', match.mac),
        ...optional('PermanentMACAddress', match.permanentMac),
        ...optional('Driver', match.driver),
      ],
    },
    {
      name: 'Network',
      settings: [
        ...children.map((child) => childSetting(child)),
        ...children.flatMap(({ device }) => primarySetting(device, one)),
        ...one.domains.map((domain) => ['Domains', domain] as const),
        ...one.dns.map((server) => ['DNS', server] as const),
        ...optional('DHCP', one.dhcp),
        ...one.settings,
      ],
    },
    ...one.addresses.map((address) => ({ name: 'Address', settings: [['Address', address] as const] })),
    ...one.routes.map(({ destination, gateway, settings }) => ({
      name: 'Route',
      settings: [['Destination', destination] as const, ...optional('Gateway', gateway), ...settings],
    })),
    ...one.sections,
    ...(ports.length === 0 ? [] : [{ name: 'Bridge', settings: ports }]),
  ]);
}

const kinds = { vlan: 'VLAN', bond: 'Bond', bridge: 'Bridge', physical: '' } as const;

const childSetting = (child: Interface): Setting => [kinds[child.device.kind], child.match.name ?? child.id];

const primarySetting = (device: Device, member: Interface): readonly Setting[] =>
  device.kind === 'bond' && device.primary === member.id ? [['PrimarySlave', 'yes']] : [];

function netdevFile({ device, match, id }: Interface): string | undefined {
  if (device.kind === 'physical') return undefined;
  const head: Section = {
    name: 'NetDev',
    settings: [['Kind', device.kind], ['Name', match.name ?? id], ...optional('MACAddress', device.mac)],
  };
  if (device.kind === 'vlan') return joined([head, { name: 'VLAN', settings: [['Id', `${device.vlanId}`]] }]);
  // The original writes the section of a bond without settings as well.
  const empty = device.kind === 'bridge' && device.settings.length === 0;
  return joined([head, ...(empty ? [] : [{ name: kinds[device.kind], settings: device.settings }])]);
}

/** A name that udev gives; what lies on the interface has its MAC address and must not get it. */
function linkFile(arranged: Arranged): string | undefined {
  const { device } = arranged.interface;
  const match = matchOf(arranged);
  if (device.kind !== 'physical' || device.setName === undefined) return undefined;
  if (device.setName === match.name) return undefined;
  return joined([
    {
      name: 'Match',
      settings: [
        ...optional('OriginalName', match.name),
        ...optional('MACAddress', match.mac),
        ...optional('PermanentMACAddress', match.permanentMac),
        ...optional('Driver', match.driver),
        ['Type', '!vlan bond bridge'],
      ],
    },
    { name: 'Link', settings: [['Name', device.setName]] },
  ]);
}
