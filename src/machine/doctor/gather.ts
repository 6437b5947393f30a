// Gathers the doctor's facts: reads files and asks systemd. Changes nothing.

import { access, constants, readFile, readlink, stat, statfs } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { dirname, join } from 'node:path';
import {
  grow,
  locateSlots,
  mergedVersion,
  readSeal,
  slotManager,
  takenExtensions,
} from '../../disk/index.ts';
import { commandLine, readFileIfExists, run } from '../../host/index.ts';
import { installedHome, manifestPath } from '../paths.ts';
import type { Facts, SpaceFact, UnitFact } from './facts.ts';

const watchedUnits = [
  'keelson-grow-root.service',
  'keelson-seal-usr.service',
  'keelson-health.service',
  'keelson-bless.service',
  'fleet.service',
  'fleet.socket',
  'etcd2.service',
  'etcd.service',
  'system-config.target',
  'user-config.target',
  'user-configdrive.service',
  'user-configvirtfs.service',
  'user-cloudinit-proc-cmdline.service',
];

/** The facts of this machine. `home` is where the running keelson is. Never throws for a fact. */
export async function gatherFacts(home: string): Promise<Facts> {
  const configured = await configuredEndpoints();
  const [systemdVersion, clock, units, endpoints, addresses, spaces, alias] = await Promise.all([
    text('systemctl', ['--version']).then(
      (said) => Number(/^systemd (\d+)/.exec(said ?? '')?.[1]) || undefined,
    ),
    text('timedatectl', ['show', '--property=NTPSynchronized', '--value']),
    unitFacts(),
    Promise.all(configured.map(health)),
    publicAddresses(),
    spacesOf(['/var', '/run'], '/var/lib/fleet'),
    readlink('/etc/systemd/system/etcd2.service').catch(() => undefined),
  ]);
  const machineId = (await readFileIfExists('/etc/machine-id'))?.trim();
  const programs = ['etcd', 'etcdctl', 'ssh', 'sshd', 'curl'] as const;
  const found = await Promise.all(programs.map(isInstalled));
  const slots = await slotFacts();
  return {
    systemdVersion,
    booted: await exists('/run/systemd/system'),
    cgroup: await cgroupLayout(),
    systemBus: await exists('/run/dbus/system_bus_socket'),
    privateSocket: await exists('/run/systemd/private'),
    machineId: machineId === '' ? undefined : machineId,
    machineIdDurable: !/ \/etc\/machine-id /.test((await readFileIfExists('/proc/self/mountinfo')) ?? ''),
    clockSynchronized: clock === undefined || clock === '' ? undefined : clock === 'yes',
    addresses,
    spaces,
    programs: {
      etcd: found[0] === true,
      etcdctl: found[1] === true,
      ssh: found[2] === true,
      sshd: found[3] === true,
      curl: found[4] === true,
    },
    endpoints,
    store: configured.length === 0 ? 'embedded' : 'etcd',
    units,
    etcdAlias: alias,
    installed: home !== installedHome ? 'checkout' : (await exists(manifestPath)) ? 'manifest' : 'package',
    fleetGroup: /^fleet:/m.test((await readFileIfExists('/etc/group')) ?? ''),
    seal: await readSeal().catch(() => undefined),
    growth: await growth(),
    extensions: await extensionFacts(),
    ...slots,
  };
}

/** What `keelson grow-root` would do; nothing is written. */
async function growth(): Promise<Facts['growth']> {
  if (process.getuid?.() !== 0) return undefined;
  if (await exists('/run/systemd/container')) {
    const none = { half: 'file-system', outcome: 'cannot', fromBytes: 0, toBytes: 0 } as const;
    return [{ ...none, subject: '/', reason: 'what a container has is given by its host.' }];
  }
  const nowhere = { keepFolders: [], lockPath: '/run/keelson/grow-root.lock', dryRun: true };
  return await grow({ mountPoint: '/' }, nowhere).catch(() => undefined);
}

async function extensionFacts(): Promise<Facts['extensions']> {
  const taken = await takenExtensions().catch(() => []);
  return await Promise.all(taken.map(async (one) => ({ ...one, merged: await mergedVersion(one.name) })));
}

/** The slots, on a machine that runs one; a problem is told only where there are some. */
async function slotFacts(): Promise<Pick<Facts, 'slots' | 'slotsProblem'>> {
  const cmdline = commandLine();
  const none = { slots: undefined, slotsProblem: '' };
  if (!/(^|\s)usrhash=/.test(cmdline) || process.getuid?.() !== 0) return none;
  try {
    return { slots: await slotManager(await locateSlots()).status(), slotsProblem: '' };
  } catch (error) {
    return { ...none, slotsProblem: error instanceof Error ? error.message : String(error) };
  }
}

async function text(program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    return (await run(program, args, { deadlineMs: 10_000 })).stdout.trim();
  } catch {
    return undefined;
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

async function cgroupLayout(): Promise<Facts['cgroup']> {
  if (await exists('/sys/fs/cgroup/cgroup.controllers')) return 'cgroup2';
  return (await exists('/sys/fs/cgroup/systemd')) ? 'hybrid' : 'none';
}

async function unitFacts(): Promise<UnitFact[]> {
  const properties = 'Id,LoadState,ActiveState,UnitFileState,FragmentPath';
  const said = await text('systemctl', ['show', `--property=${properties}`, '--', ...watchedUnits]);
  return (said ?? '').split('\n\n').flatMap((block) => {
    const value = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(block)?.[1] ?? '';
    const fact = { name: value('Id'), active: value('ActiveState'), load: value('LoadState') };
    return fact.name === '' ? [] : [{ ...fact, file: value('UnitFileState'), path: value('FragmentPath') }];
  });
}

/** Of these, and of a folder of state that is a file system of its own. */
async function spacesOf(paths: readonly string[], state: string): Promise<SpaceFact[]> {
  const own = await stat(state).catch(() => undefined);
  const isOwn = own !== undefined && own.dev !== (await stat(dirname(state))).dev;
  return Promise.all([...paths, ...(isOwn ? [state] : [])].map(space));
}

async function space(path: string): Promise<SpaceFact> {
  const { bavail, bsize, ffree, files } = await statfs(path);
  return { path, freeBytes: bavail * bsize, freeInodes: ffree, inodes: files };
}

async function isInstalled(program: string): Promise<boolean> {
  for (const directory of ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin']) {
    const found = await access(join(directory, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}

/** A setting as fleet.service would see it: its environment wins over fleet.conf. Empty when not set. */
async function fleetSetting(key: string): Promise<string> {
  const environment = await text('systemctl', ['show', '--property=Environment', '--value', 'fleet.service']);
  const variable = new RegExp(`(?:^|\\s)"?FLEET_${key.toUpperCase()}=([^\\s"]*)`);
  const fromUnit = variable.exec(environment ?? '')?.[1];
  const conf = await readFile('/etc/fleet/fleet.conf', 'utf8').catch(() => '');
  const fromFile = new RegExp(`^\\s*${key}\\s*=\\s*(.*)$`, 'im').exec(conf)?.[1];
  return fromUnit ?? fromFile ?? '';
}

async function configuredEndpoints(): Promise<string[]> {
  return (await fleetSetting('etcd_servers'))
    .split(',')
    .map((item) => item.replace(/[\s"'[\]]/g, ''))
    .filter((item) => URL.canParse(item));
}

async function health(url: string): Promise<Facts['endpoints'][number]> {
  try {
    const response = await fetch(new URL('/health', url), { signal: AbortSignal.timeout(3000) });
    const answer = (await response.text()).slice(0, 200);
    const healthy = /"health":\s*"?true/.test(answer);
    return { url, healthy, answer: healthy ? 'healthy' : `status ${response.status}` };
  } catch (error) {
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { url, healthy: false, answer: reason instanceof Error ? reason.message : String(reason) };
  }
}

/** The address that is set, or those of the interface that the default route leaves by. */
async function publicAddresses(): Promise<string[]> {
  const configured = (await fleetSetting('public_ip')).replace(/["']/g, '').trim();
  if (configured !== '') return [configured];
  const routes = (await readFileIfExists('/proc/net/route')) ?? '';
  const name = routes
    .split('\n')
    .map((line) => line.split('\t'))
    .find(([, destination]) => destination === '00000000')?.[0];
  const addresses = name === undefined ? [] : (networkInterfaces()[name] ?? []);
  return addresses
    .filter(({ internal, address }) => !internal && !/^(169\.254\.|fe80:)/.test(address))
    .sort((a, b) => a.family.localeCompare(b.family))
    .map(({ address }) => address);
}
