// The files put on a machine's disk before its first boot. A machine with keelson gets only what a cloud
// would give it (an identity and a config drive); a plain one has nothing that reads a cloud-config, so its
// address, name and key are files.

import { chmod, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readFileIfExists, run, writeFileAtomic } from '../host/index.ts';
import { hostsFile } from './addresses.ts';
import type { ClusterRecord, MachineRecord } from './model.ts';
import { networkUnit, virtualMac } from './network-unit.ts';
import type { ClusterPaths, MachinePaths } from './paths.ts';
import { prepareSlots } from './slots.ts';

export interface SeedFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
}

/** The files that stand for a cloud-config on a plain machine. */
export function plainFiles(record: ClusterRecord, machine: MachineRecord, publicKey: string): SeedFile[] {
  return [
    { path: '/etc/hostname', content: `${machine.name}\n`, mode: 0o644 },
    { path: '/etc/hosts', content: hostsFile(record.machines), mode: 0o644 },
    { path: '/etc/systemd/network/10-host0.network', content: networkUnit(machine.address), mode: 0o644 },
    { path: '/root/.ssh/authorized_keys', content: publicKey, mode: 0o600 },
  ];
}

// Stands for the address that a cloud's DHCP would give; any .network file of the user's config comes before it.
function leaseFile({ release }: ClusterRecord, machine: MachineRecord): SeedFile {
  const folder = release === undefined ? '/usr/lib' : '/etc';
  const path = `${folder}/systemd/network/75-host0.network`;
  return { path, content: networkUnit(machine.address), mode: 0o644 };
}

// Units that are empty files cannot start: nobody logs in on a console that only we read, and the network of a
// machine is there as soon as it has an address.
const masked: readonly SeedFile[] = ['console-getty.service', 'systemd-networkd-wait-online.service'].map(
  (name) => ({
    path: `/etc/systemd/system/${name}`,
    content: '',
    mode: 0o644,
  }),
);

/** Makes the cluster's key pair, if there is none, and returns the public key. */
export async function provideKey(paths: ClusterPaths): Promise<string> {
  const known = await readFileIfExists(`${paths.identity}.pub`);
  if (known !== undefined) return known;
  await makeKey(paths.identity, `keelson-sandbox-${paths.run.split('/').at(-1) ?? ''}`);
  return await readFile(`${paths.identity}.pub`, 'utf8');
}

async function makeKey(path: string, comment: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  // A key without its .pub is from an interrupted run; ssh-keygen would ask whether to overwrite it.
  await run('rm', ['-f', path, `${path}.pub`]);
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', path]);
}

/** Makes a machine's disk and config drive ready to boot; what is ready stays as it is. */
export async function prepareMachine(
  record: ClusterRecord,
  machine: MachineRecord,
  paths: MachinePaths,
  publicKey: string,
  onStep: (text: string) => void = () => {},
): Promise<void> {
  if ((await readFileIfExists(paths.prepared)) !== undefined) return;
  const { vm } = record;
  if (vm !== undefined) {
    await writeDrive(record, machine, paths, publicKey);
    await (await import('./vm/prepare.ts')).prepareDisks(vm, paths);
    await writeFileAtomic(paths.prepared, '');
    return;
  }
  for (const path of [paths.upper, paths.work, paths.configDrive]) await mkdir(path, { recursive: true });
  await chmod(paths.upper, 0o755);
  const files: SeedFile[] = [{ path: '/etc/machine-id', content: `${machine.machineId}\n`, mode: 0o444 }];
  files.push(...masked);
  if (record.kind === 'plain') files.push(...plainFiles(record, machine, publicKey));
  else if (machine.ownConfig) files.push(leaseFile(record, machine));
  for (const file of files) {
    const target = join(paths.upper, file.path);
    await mkdir(dirname(target), { recursive: true, mode: file.mode === 0o600 ? 0o700 : 0o755 });
    await writeFileAtomic(target, file.content, { mode: file.mode });
  }
  const hostKey = join(paths.upper, 'etc/ssh/ssh_host_ed25519_key');
  if ((await readFileIfExists(`${hostKey}.pub`)) === undefined) await makeKey(hostKey, machine.name);
  if (record.kind === 'keelson') await writeDrive(record, machine, paths, publicKey);
  if (record.release !== undefined) {
    onStep(`Writing the first slot of ${machine.name}`);
    await prepareSlots(paths, record.release);
  }
  await writeFileAtomic(paths.prepared, '');
}

/** What a cloud's config drive would hold for the machine. */
async function writeDrive(
  record: ClusterRecord,
  machine: MachineRecord,
  paths: MachinePaths,
  publicKey: string,
): Promise<void> {
  const latest = join(paths.configDrive, 'openstack/latest');
  await writeFileAtomic(join(latest, 'user_data'), machine.cloudConfig);
  const metadata = {
    uuid: machine.machineId,
    hostname: machine.name,
    public_keys: { sandbox: publicKey.trim() },
  };
  await writeFileAtomic(join(latest, 'meta_data.json'), `${JSON.stringify(metadata, null, 2)}\n`);
  if (record.vm === undefined || !machine.ownConfig) return;
  const network = `${JSON.stringify(networkData(machine), null, 2)}\n`;
  await writeFileAtomic(join(latest, 'network_data.json'), network);
}

/** The machine's address in OpenStack's form, for a virtual machine whose cloud-config is the user's. */
function networkData({ address, machineId }: MachineRecord): object {
  const link = { id: 'host0', type: 'phy', ethernet_mac_address: virtualMac(machineId) };
  const ipv4 = {
    id: 'host0-ipv4',
    type: 'ipv4',
    link: 'host0',
    ip_address: address,
    netmask: '255.255.255.0',
  };
  return { links: [link], networks: [{ ...ipv4, routes: [] }], services: [] };
}
