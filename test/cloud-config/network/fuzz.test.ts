// Whatever the data are: a conversion ends, throws nothing, and what it writes is well-formed and about
// nothing else than networks.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { NetworkData } from '../../../src/cloud-config/model.ts';
import { convertNetwork } from '../../../src/cloud-config/network/convert.ts';
import { readNetworkConfig } from '../../../src/cloud-config/network/read.ts';
import * as given from './converting.ts';

const sections =
  'Match Network Address Route RoutingPolicyRule DHCPv4 DHCPv6 IPv6AcceptRA Link Bridge NetDev VLAN Bond';
const header = new RegExp(`^\\[(${sections.replaceAll(' ', '|')})\\]$`);
// Printable ASCII only, and no % by which networkd would put in something else.
const setting = /^[A-Z][A-Za-z0-9]+=[!-$&-~]([ -$&-~]*[!-$&-~])?$/;

function check(data: NetworkData): void {
  const { files, findings } = convertNetwork(data);
  const names = new Set<string>();
  for (const { name, content } of files) {
    assert.match(name, /^[\da-f]{2}-[A-Za-z0-9_][A-Za-z0-9_.:@+~-]{0,62}\.(network|netdev|link)$/);
    assert.ok(!names.has(name), `${name} twice`);
    names.add(name);
    assert.match(content, /^\[(Match|NetDev)\]\n/);
    assert.ok(content.endsWith('\n'));
    for (const line of content.slice(0, -1).split('\n')) {
      assert.ok(line === '' || header.test(line) || setting.test(line), JSON.stringify(line));
    }
    // A file that matches everything would take the whole machine's network away.
    const match = content.split('\n\n')[0] ?? '';
    if (name.endsWith('.network')) assert.match(match, /^(Name|MACAddress|PermanentMACAddress|Driver)=./m);
  }
  for (const { message } of findings) assert.match(message, /^here: [^\n\r\x1b]*$/);
}

const hostile = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    ' ',
    'eth0\n[Network]\nDHCP=yes',
    'a\r\nDNS=192.0.2.66',
    '\u2028',
    '\x1b[31m',
    '%n',
    '../../etc/passwd',
    '*',
    '!eth0',
    'eth0 eth1',
    '-x',
    'a'.repeat(5000),
    '192.0.2.1/99',
    '::/0',
    '0x10',
    'bond0',
    'eth0',
    '802.3ad',
    -1,
    0,
    1e99,
    Number.NaN,
    true,
    false,
    [],
    {},
    [[]],
    { a: { b: {} } },
    ['eth0', 'eth0', 'bond0', null, 7],
    JSON.parse('{"__proto__": {"x": 1}, "constructor": "y", "toString": {}}'),
  ),
  fc.string({ maxLength: 20 }),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Every place in the data at which another value can stand. */
function placesIn(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Object.entries(value).flatMap(([key, item]) => placesIn(item, [...path, key]));
  return path.length === 0 ? inner : [path, ...inner];
}

function replaced(value: unknown, [head, ...rest]: readonly (string | number)[], by: unknown): unknown {
  if (head === undefined) return by;
  if (Array.isArray(value)) {
    return value.map((item, index) => (String(index) === head ? replaced(item, rest, by) : item));
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([key, item]) => [key, key === head ? replaced(item, rest, by) : item]),
  );
}

const dataOf = (text: string) => readNetworkConfig(text, 'here')?.data;

for (const [form, sample] of [
  ['packet', given.packet],
  ['vmware', given.vmware],
  ['openstack', given.openstack],
  ['digitalocean', given.digitalocean],
  ['cloud-init-v1', dataOf(given.version1)],
  ['cloud-init-v2', dataOf(given.version2)],
] as const) {
  test(`${form}: any values in place of some`, () => {
    check({ form, data: sample, location: 'here' });
    const places = placesIn(sample);
    const changes = fc.array(fc.tuple(fc.constantFrom(...places), hostile), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(changes, (all) => {
        const data = all.reduce<unknown>((value, [path, by]) => replaced(value, path, by), sample);
        check({ form, data, location: 'here' });
      }),
      { numRuns: 1500 },
    );
    fc.assert(
      fc.property(hostile, (data) => check({ form, data, location: 'here' })),
      { numRuns: 100 },
    );
  });
}

test('debian: any words and lines', () => {
  const word = fc.oneof(
    fc.constantFrom(
      ...given.debian.split(/\s+/),
      ...'eth0:1 bond-master bridge_ports none mapping source vlan-id 4095 inet6 \\ # post-up ip route add via'.split(
        ' ',
      ),
      'a/../b',
      '[Network]',
      '%i',
      'x'.repeat(300),
      '0',
      '\r',
    ),
    fc.string({ maxLength: 12 }),
  );
  const line = fc.array(word, { maxLength: 7 }).map((words) => words.join(' '));
  const lines = given.debian.split('\n');
  const mixed = fc.array(fc.oneof(fc.constantFrom(...lines), line), { maxLength: 30 });
  fc.assert(
    fc.property(mixed, (all) => check({ form: 'debian', data: all.join('\n'), location: 'here' })),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(hostile, (data) => check({ form: 'debian', data, location: 'here' })),
    { numRuns: 100 },
  );
});

test('much data end soon', () => {
  const many = <Item>(item: (index: number) => Item) =>
    Array.from({ length: 30_000 }, (_, index) => item(index));
  const begin = process.cpuUsage();
  check({
    form: 'openstack',
    data: {
      links: many((n) => ({ id: `l${n}`, type: 'vlan', vlan_id: 1, vlan_link: `l${n + 1}` })),
      networks: many((n) => ({ link: `l${n}`, type: 'ipv4', ip_address: '192.0.2.1/24' })),
    },
    location: 'here',
  });
  check({
    form: 'cloud-init-v1',
    data: {
      version: 1,
      config: [
        ...many((n) => ({
          type: 'physical',
          name: `e${n}`,
          subnets: [{ type: 'static', address: '192.0.2.1/24' }],
        })).slice(0, 500),
        ...many(() => ({ type: 'route', destination: '198.51.100.0/24', gateway: '203.0.113.1' })),
      ],
    },
    location: 'here',
  });
  const stanzas = many((n) => `iface e${n} inet manual\nbond-slaves e${n + 1}`);
  check({ form: 'debian', data: stanzas.join('\n'), location: 'here' });
  // Seconds stand for minutes or for ever: a quadratic form would need those.
  const { user, system } = process.cpuUsage(begin);
  assert.ok((user + system) / 1e6 < 30, `${(user + system) / 1e6} s`);
});
