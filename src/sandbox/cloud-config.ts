// The cloud-config of each machine of a cluster, rendered from its record.

import { hostsFile } from './addresses.ts';
import { blockYaml } from './block-yaml.ts';
import { sandboxErrors } from './errors.ts';
import type { CloudConfigFragment, ClusterRecord, MachineRecord } from './model.ts';
import { networkUnit, virtualMac } from './network-unit.ts';

/** How many machines of a cluster of that size are members of etcd: an odd number, three at most. */
export function memberCount(machines: number): number {
  return machines >= 3 ? 3 : 1;
}

/**
 * A whole cloud-config: name, key, address, and with etcd the member's or client's part of the cluster.
 * `publicKey` is a line of authorized_keys. Throws `sandbox.invalid` for metadata that cannot be one.
 */
export function renderCloudConfig(
  record: ClusterRecord,
  machine: MachineRecord,
  publicKey: string,
  fragment: CloudConfigFragment = {},
): string {
  const members = record.machines.filter(({ name }) => record.members.includes(name));
  const isMember = record.members.includes(machine.name);
  const units = [
    {
      name: '10-host0.network',
      content:
        record.vm === undefined
          ? networkUnit(machine.address)
          : networkUnit(machine.address, `MACAddress=${virtualMac(machine.machineId)}`),
    },
    ...(isMember ? [{ name: 'etcd2.service', command: 'start' }] : []),
    { name: 'fleet.socket', command: 'start' },
    { name: 'fleet.service', command: 'start' },
    ...(fragment.units ?? []),
  ];
  const config = {
    hostname: machine.name,
    ssh_authorized_keys: [publicKey.trim()],
    write_files: [
      { path: '/etc/hosts', permissions: '0644', owner: 'root', content: hostsFile(record.machines) },
      // As on Container Linux: core has no password to give, only the cluster's key.
      { path: '/etc/sudoers.d/core', permissions: '0440', content: 'core ALL=(ALL) NOPASSWD: ALL\n' },
      ...(fragment.write_files ?? []),
    ],
    coreos: {
      ...(isMember ? { etcd2: etcd2(record, machine, members) } : {}),
      fleet: fleet(machine, members),
      ...fragment.coreos,
      units,
    },
  };
  return `#cloud-config\n\n${blockYaml(config)}`;
}

function etcd2(record: ClusterRecord, machine: MachineRecord, members: readonly MachineRecord[]): object {
  const peer = (member: MachineRecord) => `http://${member.address}:2380`;
  return {
    name: machine.name,
    initial_cluster: members.map((member) => `${member.name}=${peer(member)}`).join(','),
    initial_cluster_state: 'new',
    initial_cluster_token: `sandbox-${record.name}`,
    initial_advertise_peer_urls: peer(machine),
    listen_peer_urls: peer(machine),
    advertise_client_urls: clientUrl(machine),
    listen_client_urls: `http://127.0.0.1:2379,${clientUrl(machine)}`,
  };
}

function fleet(machine: MachineRecord, members: readonly MachineRecord[]): object {
  const metadata = metadataText(machine.metadata);
  return {
    public_ip: machine.address,
    ...(metadata === '' ? {} : { metadata }),
    ...(members.length === 0 ? {} : { etcd_servers: members.map(clientUrl).join(',') }),
  };
}

function clientUrl(machine: MachineRecord): string {
  return `http://${machine.address}:2379`;
}

/** fleet's `key=value,key=value`. Throws `sandbox.invalid` for what that form cannot carry. */
export function metadataText(metadata: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(metadata);
  for (const [key, value] of pairs) {
    if (/^[\w.-]+$/.test(key) && /^[\w.:/@+-]+$/.test(value)) continue;
    throw sandboxErrors.error('invalid', `“${key}=${value}” cannot be metadata of a machine.`, {
      hint: 'Expected KEY=VALUE of letters, digits and “. _ -”, in the value also “: / @ +”.',
    });
  }
  return pairs.map(([key, value]) => `${key}=${value}`).join(',');
}
