// What networkd itself says of the files that every form becomes: it reads them in a network of its own and
// has nothing to complain of.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import * as given from './converting.ts';

const networkd = '/lib/systemd/systemd-networkd';
const possible = existsSync(networkd) && process.getuid?.() === 0;
const options = { skip: !possible && 'needs root and systemd-networkd', timeout: 240_000 };

const script = `set -e
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/netif/links /run/systemd/netif/leases /run/systemd/netif/lldp
chown -R systemd-network:systemd-network /run/systemd/netif 2>/dev/null || :
cp -r "$1" /run/systemd/network
exec env SYSTEMD_LOG_LEVEL=debug SYSTEMD_LOG_TARGET=console SYSTEMD_LOG_LOCATION=0 "$2"`;

/** What networkd says about files and devices while it loads these. */
async function saidBy(files: Readonly<Record<string, string>>): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'networkd-'));
  await chmod(folder, 0o755);
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  const child = spawn('unshare', ['-n', '-m', '--', 'sh', '-c', script, 'sh', folder, networkd], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said: string[] = [];
  let whole = false;
  for await (const line of createInterface(child.stderr)) {
    said.push(line);
    if (!/^Enumeration completed/.test(line)) continue;
    whole = true;
    break;
  }
  child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
  assert.ok(whole, `networkd did not come so far:\n${said.join('\n')}`);
  return said;
}

const complaints = (said: readonly string[]) => said.filter((line) => line.includes('/run/systemd/network/'));

test('networkd understands every line of what every form becomes', options, async () => {
  const everyOption = `version: 1
config:
  - {type: physical, name: eth8}
  - type: bond
    name: bond8
    bond_interfaces: [eth8]
    mtu: 1400
    subnets: [{type: dhcp6, control: manual}]
    params:
      ${Object.entries({
        mode: 'balance-xor',
        'xmit-hash-policy': 'encap3+4',
        'lacp-rate': 'fast',
        updelay: 5,
        downdelay: '5ms',
        miimon: '1s',
        'ad-select': 'bandwidth',
        'ad-actor-sys-prio': 9,
        'ad-user-port-key': 9,
        'ad-actor-system': '"02:53:00:00:00:01"',
        'min-links': 1,
        'fail-over-mac': 'follow',
        'arp-interval': 20,
        'arp-ip-target': '[192.0.2.1, 192.0.2.2]',
        'arp-validate': 'all',
        'arp-all-targets': 'any',
        'primary-reselect': 'better',
        'resend-igmp': 1,
        'packets-per-slave': 2,
        'num-grat-arp': 3,
        'all-slaves-active': 1,
        'tlb-dynamic-lb': 0,
        'lp-interval': 4,
      })
        .map(([key, value]) => `bond-${key}: ${value}`)
        .join('\n      ')}
  - type: bridge
    name: br8
    bridge_interfaces: [eth9]
    params: {bridge_ageing: 250, bridge_bridgeprio: 22, bridge_fd: 1, bridge_hello: 1, bridge_maxage: 10,
             bridge_stp: 'on', bridge_pathcost: [eth9 50], bridge_portprio: [eth9 28]}
  - {type: physical, name: eth9}
`;
  const everyKey = `version: 2
ethernets:
  eth0:
    match: {macaddress: "00:53:00:00:00:01"}
    macaddress: "02:53:00:00:00:01"
    set-name: up0
    dhcp4: true
    dhcp6: true
    dhcp-identifier: mac
    dhcp4-overrides: {use-dns: no, use-ntp: no, use-mtu: no, use-hostname: no, use-routes: no,
                      send-hostname: no, use-domains: route, hostname: box, route-metric: 9}
    dhcp6-overrides: {use-dns: no, use-ntp: no, use-hostname: no, use-domains: yes, route-metric: 9}
    accept-ra: yes
    ipv6-privacy: yes
    ipv6-mtu: 1300
    ignore-carrier: yes
    critical: yes
    optional: yes
    activation-mode: off
    link-local: [ipv4, ipv6]
    mtu: 1400
    routes: [{to: 198.51.100.0/24, scope: link, from: 192.0.2.7, type: unicast, mtu: 1300, table: 9}]
    routing-policy: [{to: 198.51.100.0/24, table: 9, mark: 7, type-of-service: 8}]
`;
  for (const [form, data] of [
    ['debian', given.debian],
    ['packet', given.packet],
    ['vmware', given.vmware],
    ['openstack', given.openstack],
    ['digitalocean', given.digitalocean],
    ['yaml', given.version1],
    ['yaml', given.version2],
    ['yaml', everyOption],
    ['yaml', everyKey],
  ] as const) {
    const { files, said } = given.converted(form, data);
    assert.deepEqual(said, [], form);
    assert.ok(Object.keys(files).length > 0);
    const heard = await saidBy(files);
    assert.deepEqual(complaints(heard), [], `${form}\n${JSON.stringify(files, null, 1)}`);
    for (const name of Object.keys(files)) {
      const [, device] = /^[\da-f]{2}-(.+)\.netdev$/.exec(name) ?? [];
      if (device === undefined) continue;
      assert.ok(
        heard.some((line) => line.startsWith(`${device}: loaded "`)),
        `${device} is not known`,
      );
    }
  }
});

test('the complaints of networkd would be heard', options, async () => {
  const bond = '[NetDev]\nName=bond0\nKind=bond\n[Bond]\nmode=802.3ad\nMIIMonitorSec=soon\n';
  assert.equal(complaints(await saidBy({ '00-bond0.netdev': bond })).length, 2);
});
