// networkd on a booted machine does what the metadata's network says: addresses, routes, a bridge, a bond with
// a VLAN where the kernel has them; with one reload, and nothing that was up goes down.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Cluster, type Machine, startCluster } from '../../src/sandbox/index.ts';
import { checkoutBind, checkoutInside } from './booted.ts';

let cluster: Cluster;
let machine: Machine;

const said = async (...argv: string[]) => (await machine.exec(argv, { accept: 'any' })).stdout.trim();
const shell = (script: string) => said('sh', '-c', script);

/** Runs the command in the machine; what it says about what it did. */
async function cloudinit(...args: string[]): Promise<{ readonly status: number; readonly stderr: string }> {
  const node = `${checkoutInside}/node_modules/.bin/node`;
  const argv = [node, `${checkoutInside}/src/coreos-cloudinit.ts`, ...args];
  const { status, stderr } = await machine.exec(argv, { accept: 'any', deadlineMs: 120_000 });
  return { status, stderr };
}

const reloads = (stderr: string) => stderr.match(/^done: reload systemd-networkd/gm)?.length ?? 0;

/** Waits until the interface has these addresses, and no other of IPv4. */
const hasAddresses = (name: string, ...addresses: string[]) =>
  machine.waitFor(
    async () => {
      const found = await shell(`ip -4 -o address show dev ${name} | awk '{print $4}' | sort | xargs`);
      return found === addresses.toSorted().join(' ');
    },
    { what: `${name} has ${addresses.join(', ')}`, hint: 'journalctl -u systemd-networkd tells more.' },
  );

/** A pair of interfaces; the first is for networkd, the second is its cable. */
const pair = (name: string, mac: string) =>
  shell(
    `ip link add ${name} address ${mac} type veth peer name ${name}p && ip link set ${name}p up; ip link set ${name} up`,
  );

const networkdSince = () =>
  said('systemctl', 'show', '-P', 'ActiveEnterTimestampMonotonic', 'systemd-networkd');

before(async () => {
  cluster = await startCluster({ binds: [checkoutBind], bootDeadlineMs: 240_000 });
  machine = cluster.machine('m1');
  await pair('up0', '00:53:00:00:00:a0');
  await pair('up1', '00:53:00:00:00:a1');
  await pair('up2', '00:53:00:00:00:a2');
  await pair('up3', '00:53:00:00:00:a3');
});
after(() => cluster?.down());

/** OpenStack's data for up0. */
const networkData = (address: string, route: string) =>
  JSON.stringify({
    links: [{ id: 'tap0', type: 'ovs', ethernet_mac_address: '00:53:00:00:00:A0', mtu: 1400 }],
    networks: [
      {
        id: 'n0',
        link: 'tap0',
        type: 'ipv4',
        ip_address: address,
        netmask: '255.255.255.0',
        routes: [{ network: route, netmask: '255.255.255.0', gateway: '192.0.2.1' }],
      },
      { id: 'n1', link: 'tap0', type: 'ipv6', ip_address: '2001:db8::7/64', routes: [] },
    ],
    services: [{ type: 'dns', address: '192.0.2.53' }],
  });

test('network_data.json of a config drive: addresses, route, MTU, with one reload that leaves others alone', async () => {
  const drive = ['--from-configdrive=/root/drive', '--convert-netconf=auto'];
  const folder = '/root/drive/openstack/latest';
  await machine.writeFile(`${folder}/network_data.json`, networkData('192.0.2.7', '198.51.100.0'));
  const before = await networkdSince();
  await shell('systemd-run --quiet --unit=watch sh -c "exec ip monitor link address route >/run/watch"');
  await machine.waitFor(async () => (await shell('pgrep -x ip')) !== '');

  const untouched = await cloudinit('--from-configdrive=/root/drive');
  assert.equal(untouched.status, 0, untouched.stderr);
  assert.doesNotMatch(untouched.stderr, /systemd\/network/);

  const first = await cloudinit(...drive);
  assert.equal(first.status, 0, first.stderr);
  assert.equal(reloads(first.stderr), 1, first.stderr);
  await hasAddresses('up0', '192.0.2.7/24');
  await machine.waitFor(['sh', '-c', 'ip -6 -o address show dev up0 | grep -q 2001:db8::7/64']);
  await machine.waitFor(['sh', '-c', 'ip route | grep -q "^198.51.100.0/24 via 192.0.2.1 dev up0"']);
  await machine.waitFor(['sh', '-c', 'ip link show dev up0 | grep -q "mtu 1400"']);

  const again = await cloudinit(...drive);
  assert.doesNotMatch(again.stderr, /^done:/m);

  await machine.writeFile(`${folder}/network_data.json`, networkData('192.0.2.8', '203.0.113.0'));
  const changed = await cloudinit(...drive);
  assert.equal(reloads(changed.stderr), 1, changed.stderr);
  assert.equal(changed.stderr.match(/^done: write \/run\/systemd\/network/gm)?.length, 1, changed.stderr);
  await hasAddresses('up0', '192.0.2.8/24');
  await machine.waitFor(['sh', '-c', 'ip route | grep -q "^203.0.113.0/24 via 192.0.2.1 dev up0"']);

  // The machine's own interface kept what it had, and networkd its process.
  await shell('systemctl stop watch');
  const events = await shell('cat /run/watch');
  assert.match(events, /up0/);
  const lost = events.split('\n').filter((line) => /\bhost0\b/.test(line) && /Deleted|state DOWN/.test(line));
  assert.deepEqual(lost, []);
  assert.equal(await networkdSince(), before);
});

test('interfaces of a config drive: a bond with its options, and a VLAN', async () => {
  const folder = '/root/old/openstack';
  const metadata = { network_config: { content_path: '/content/0000' } };
  await machine.writeFile(`${folder}/latest/meta_data.json`, JSON.stringify(metadata));
  await machine.writeFile(
    `${folder}/content/0000`,
    `iface bond0 inet static
  address 192.0.2.130
  netmask 255.255.255.128
  bond-slaves up1 up2
  bond-mode active-backup
  bond-miimon 100
iface bond0.5 inet static
  vlan-raw-device bond0
  address 10.5.0.1
  netmask 255.255.0.0
`,
  );
  const { status, stderr } = await cloudinit('--from-configdrive=/root/old', '--convert-netconf=debian');
  assert.equal(status, 0, stderr);
  assert.equal(reloads(stderr), 1);
  const journal = () => said('journalctl', '-b', '-o', 'cat', '-u', 'systemd-networkd');
  const kernelHas = async (kind: string) =>
    (await shell(`ip link add probe type ${kind} && ip link delete probe && echo yes`)) === 'yes';
  if (await kernelHas('bond')) {
    await hasAddresses('bond0', '192.0.2.130/25');
    await machine.waitFor([
      'sh',
      '-c',
      'ip -d link show dev bond0 | grep -q "mode active-backup miimon 100"',
    ]);
    for (const name of ['up1', 'up2']) {
      await machine.waitFor(['sh', '-c', `ip link show dev ${name} | grep -q "master bond0"`]);
    }
    await hasAddresses('bond0.5', '10.5.0.1/16');
    assert.match(await shell('ip -d link show dev bond0.5'), /vlan protocol 802.1Q id 5/);
  } else {
    // All that this kernel lets us see: networkd took the files, and asked for the device.
    await machine.waitFor(async () => /bond0: netdev could not be created/.test(await journal()));
  }
  assert.doesNotMatch(await journal(), /\/run\/systemd\/network\/.*(ignoring|Unknown|Failed to parse)/);
});

test('a seed in netplan form, without a flag: a bridge with its member; files that left the data go', async () => {
  await machine.writeFile('/root/seed/meta-data', 'instance-id: i-1\n');
  await machine.writeFile('/root/seed/user-data', '#cloud-config\n');
  await machine.writeFile(
    '/root/seed/network-config',
    `version: 2
ethernets:
  cable: {match: {macaddress: "00:53:00:00:00:a3"}}
bridges:
  br-in: {interfaces: [cable], addresses: [10.6.0.1/16], parameters: {stp: false, forward-delay: 4}}
`,
  );
  const { status, stderr } = await cloudinit('--from-nocloud=/root/seed');
  assert.equal(status, 0, stderr);
  assert.equal(reloads(stderr), 1, stderr);
  await hasAddresses('br-in', '10.6.0.1/16');
  await machine.waitFor(['sh', '-c', 'ip link show dev up3 | grep -q "master br-in"']);

  await machine.writeFile(
    '/root/seed/network-config',
    'version: 2\nethernets: {cable: {match: {macaddress: "00:53:00:00:00:a3"}, addresses: [10.8.0.1/16]}}\n',
  );
  const less = await cloudinit('--from-nocloud=/root/seed');
  assert.equal(less.status, 0, less.stderr);
  assert.equal(reloads(less.stderr), 1, less.stderr);
  const files = await shell('cd /run/systemd/network && ls | grep -E "br-in|cable" | xargs');
  assert.equal(files, '00-cable.network');
  await hasAddresses('up3', '10.8.0.1/16');
});

test('several network units of a cloud-config cause one reload', async () => {
  const unit = (name: string, content: string) =>
    `    - name: ${name}\n      content: |\n${content.replace(/^/gm, '        ')}\n`;
  const units = [
    unit('30-a.netdev', '[NetDev]\nKind=bridge\nName=br-units'),
    unit(
      '31-a.network',
      '[Match]\nName=br-units\n[Network]\nAddress=10.7.0.1/16\nConfigureWithoutCarrier=yes',
    ),
    unit('32-a.link', '[Match]\nOriginalName=nothing\n[Link]\nName=something'),
  ];
  await machine.writeFile('/root/units.yml', `#cloud-config\ncoreos:\n  units:\n${units.join('')}`);
  const { status, stderr } = await cloudinit('--from-file=/root/units.yml');
  assert.equal(status, 0, stderr);
  assert.equal(reloads(stderr), 1, stderr);
  await hasAddresses('br-units', '10.7.0.1/16');
  assert.doesNotMatch((await cloudinit('--from-file=/root/units.yml')).stderr, /^done:/m);
});
