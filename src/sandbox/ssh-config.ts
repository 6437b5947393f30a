// The ssh_config(5) and known_hosts of a cluster.

import type { ClusterRecord } from './model.ts';
import type { ClusterPaths } from './paths.ts';

// Joins its standard input and output to a TCP port; sshd keeps its side open until it has said all.
const connect =
  'const s=require("net").connect(+process.argv[2],process.argv[1]);' +
  's.on("error",e=>{console.error(e.message);process.exit(1)});' +
  'process.stdin.pipe(s);s.pipe(process.stdout)';

/** The user that the cluster's key opens. */
export function loginUser(record: ClusterRecord): string {
  return record.kind === 'keelson' ? 'core' : 'root';
}

/**
 * An ssh_config with an entry a machine. A virtual machine makes its host key at its first boot, and nobody but
 * it is on the cluster's network: its key is taken as it comes.
 * `anchor` is the pid whose network the machines are in, `node` our runtime.
 */
export function sshConfig(record: ClusterRecord, paths: ClusterPaths, anchor: number, node: string): string {
  const proxy = `nsenter -t ${anchor} --net -- ${node} -e '${connect}' %h %p`;
  const entries = record.machines.map(({ name, address }) => `Host ${name}\n  HostName ${address}\n`);
  // Fleet knows machines by their addresses: what goes on to one by `fleetctl --tunnel` is also meant.
  const hosts = record.machines.flatMap(({ name, address }) => [name, address]);
  return `${entries.join('')}Host ${hosts.join(' ')}
  User ${loginUser(record)}
  IdentityFile ${paths.identity}
  IdentitiesOnly yes
  UserKnownHostsFile ${paths.knownHosts}
  GlobalKnownHostsFile none
  StrictHostKeyChecking ${record.vm === undefined ? 'yes' : 'accept-new'}
  ProxyCommand ${proxy}
`;
}

/** A known_hosts with every machine under its name and its address. */
export function knownHosts(
  machines: readonly { readonly name: string; readonly address: string; readonly key: string }[],
): string {
  return machines
    .map(({ name, address, key }) => `${name},${address} ${key.split(' ').slice(0, 2).join(' ').trim()}\n`)
    .join('');
}
