// What every device in cloud-init's version 2 may have, in netplan's words: addresses, routes, name servers,
// DHCP and how networkd is to treat it. https://netplan.readthedocs.io/en/stable/netplan-yaml/

import { formatAddress, formatNetwork, type Network, parseAddress } from './address.ts';
import { type Field, usable } from './field.ts';
import type { Interface, Route, Section, Setting } from './model.ts';
import { defaultRouteBy, reachable, routeOf } from './routes.ts';

export const commonKeys = [
  ...['dhcp4', 'dhcp6', 'dhcp4-overrides', 'dhcp6-overrides', 'dhcp-identifier', 'accept-ra', 'addresses'],
  ...['gateway4', 'gateway6', 'nameservers', 'routes', 'routing-policy', 'mtu', 'ipv6-mtu', 'macaddress'],
  ...[
    'optional',
    'optional-addresses',
    'critical',
    'link-local',
    'ipv6-privacy',
    'ignore-carrier',
    'renderer',
  ],
  'activation-mode',
];

type Common = Omit<Interface, 'id' | 'label' | 'field' | 'device' | 'match' | 'depth'>;

const yes = (value: boolean): string => (value ? 'yes' : 'no');

/** The common part of a device. */
export function netplanSettings(device: Field): Common {
  const given = device.get('addresses').items();
  const networks = usable(given.map(addressOf));
  const dhcp4 = device.get('dhcp4').boolean() === true;
  const dhcp6 = device.get('dhcp6').boolean() === true;
  const dhcp = dhcp4 && dhcp6 ? 'true' : dhcp4 ? 'ipv4' : dhcp6 ? 'ipv6' : undefined;
  const servers = device.get('nameservers');
  const gateways = ['gateway4', 'gateway6'].map((key) => device.get(key)).filter((field) => field.exists);
  const routes = usable([
    ...gateways.map((gateway) => defaultRouteBy(gateway)),
    ...device.get('routes').items().map(routeIn),
  ]);
  return {
    ...(dhcp === undefined ? {} : { dhcp }),
    domains: usable(
      servers
        .get('search')
        .items()
        .map((item) => item.domain()),
    ),
    dns: usable(
      servers
        .get('addresses')
        .items()
        .map((item) => item.addressText()),
    ),
    addresses: networks.map(formatNetwork),
    routes: routes.map((route) => {
      const gateway = parseAddress(route.gateway ?? '');
      return gateway === undefined || dhcp !== undefined ? route : reachable(route, gateway, networks);
    }),
    settings: networkSettings(device),
    sections: [...policies(device), ...dhcpSections(device), ...linkSection(device)],
    lost: given.length > 0 && networks.length === 0 && dhcp === undefined,
  };
}

/** `192.0.2.7/24`, or a mapping from it to details. */
function addressOf(field: Field): Network | undefined {
  if (typeof field.value !== 'object') return field.network();
  const [entry] = field.entries();
  if (entry === undefined) return field.refuse('is empty', 'an IP address with the length of its prefix');
  entry[1].warn('label and lifetime are ignored');
  return field.at(entry[0], field.path).network();
}

function routeIn(field: Field): Route | undefined {
  field.expectKeys(['to', 'via', 'from', 'metric', 'on-link', 'table', 'type', 'scope', 'mtu']);
  const settings: (readonly [string, string | undefined])[] = [
    ['Metric', field.get('metric').integer(0, 4_294_967_295)?.toString()],
    ['GatewayOnLink', field.get('on-link').boolean() === true ? 'yes' : undefined],
    ['Table', field.get('table').integer(1, 4_294_967_295)?.toString()],
    ['PreferredSource', field.get('from').addressText()],
    ['Scope', field.get('scope').word(['global', 'link', 'host'])],
    ['Type', field.get('type').word(['unicast', 'blackhole', 'unreachable', 'prohibit', 'throw', 'local'])],
    ['MTUBytes', field.get('mtu').integer(68, 65_535)?.toString()],
  ];
  return routeOf({ destination: field.get('to'), gateway: field.get('via'), settings: present(settings) });
}

const present = (settings: readonly (readonly [string, string | undefined])[]): Setting[] =>
  settings.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));

function networkSettings(device: Field): Setting[] {
  const linkLocal = device.get('link-local');
  const kinds = usable(linkLocal.items().map((item) => item.word(['ipv4', 'ipv6'])));
  const local = kinds.length > 1 ? 'yes' : (kinds[0] ?? 'no');
  const flag = (key: string) => {
    const value = device.get(key).boolean();
    return value === undefined ? undefined : yes(value);
  };
  return present([
    ['LinkLocalAddressing', linkLocal.exists ? local : undefined],
    ['IPv6AcceptRA', flag('accept-ra')],
    ['IPv6PrivacyExtensions', flag('ipv6-privacy')],
    ['IPv6MTUBytes', device.get('ipv6-mtu').integer(1280, 65_535)?.toString()],
    ['ConfigureWithoutCarrier', device.get('ignore-carrier').boolean() === true ? 'yes' : undefined],
    ['KeepConfiguration', device.get('critical').boolean() === true ? 'yes' : undefined],
  ]);
}

function policies(device: Field): Section[] {
  return device
    .get('routing-policy')
    .items()
    .map((field) => ({
      name: 'RoutingPolicyRule',
      settings: present([
        ['From', networkText(field.get('from'))],
        ['To', networkText(field.get('to'))],
        ['Table', field.get('table').integer(1, 4_294_967_295)?.toString()],
        ['Priority', field.get('priority').integer(0, 4_294_967_295)?.toString()],
        ['FirewallMark', field.get('mark').integer(1, 4_294_967_295)?.toString()],
        ['TypeOfService', field.get('type-of-service').integer(0, 255)?.toString()],
      ]),
    }));
}

function networkText(field: Field): string | undefined {
  const network = field.destination(undefined);
  if (network === undefined) return undefined;
  return field.text()?.includes('/') === true ? formatNetwork(network) : formatAddress(network.address);
}

/** By netplan's name: the key of networkd. */
const overrides: Readonly<Record<string, string>> = {
  'use-dns': 'UseDNS',
  'use-ntp': 'UseNTP',
  'use-mtu': 'UseMTU',
  'use-hostname': 'UseHostname',
  'use-routes': 'UseRoutes',
  'send-hostname': 'SendHostname',
};
const ipv6Overrides = ['use-dns', 'use-ntp', 'use-hostname', 'use-domains', 'route-metric'];

function dhcpSections(device: Field): Section[] {
  const four = device.get('dhcp4-overrides');
  const six = device.get('dhcp6-overrides');
  const all = [...Object.keys(overrides), 'use-domains', 'hostname', 'route-metric'];
  four.expectKeys(all);
  six.expectKeys(ipv6Overrides);
  const metric = (field: Field) => field.get('route-metric').integer(0, 4_294_967_295)?.toString();
  const flags = (field: Field, keys: readonly string[]) =>
    keys.map((key) => {
      const value = field.get(key).boolean();
      return [overrides[key] ?? key, value === undefined ? undefined : yes(value)] as const;
    });
  const domains = (field: Field) => ['UseDomains', useDomains(field.get('use-domains'))] as const;
  const identifier = device.get('dhcp-identifier').word(['mac', 'duid']);
  const sections: Section[] = [
    {
      name: 'DHCPv4',
      settings: present([
        ['ClientIdentifier', identifier],
        ...flags(four, Object.keys(overrides)),
        domains(four),
        ['Hostname', four.get('hostname').domain()],
        ['RouteMetric', metric(four)],
      ]),
    },
    {
      name: 'DHCPv6',
      settings: present([...flags(six, ['use-dns', 'use-ntp', 'use-hostname']), domains(six)]),
    },
    { name: 'IPv6AcceptRA', settings: present([['RouteMetric', metric(six)]]) },
  ];
  return sections.filter(({ settings }) => settings.length > 0);
}

function useDomains(field: Field): string | undefined {
  if (field.value === 'route') return 'route';
  const value = field.boolean();
  return value === undefined ? undefined : yes(value);
}

function linkSection(device: Field): Section[] {
  const settings = present([
    ['MTUBytes', device.get('mtu').integer(68, 65_535)?.toString()],
    ['RequiredForOnline', device.get('optional').boolean() === true ? 'no' : undefined],
    ['ActivationPolicy', activation(device.get('activation-mode'))],
  ]);
  return settings.length === 0 ? [] : [{ name: 'Link', settings }];
}

function activation(field: Field): string | undefined {
  const mode = field.word(['manual', 'off']);
  return mode === 'off' ? 'always-down' : mode;
}
