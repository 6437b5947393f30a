// What a machine shows of where it runs, without a question to the network. Reads only; platform.ts and
// candidates.ts decide.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLineWords } from '../../host/index.ts';
import { seedCredentialIn } from '../sources/credentials.ts';
import { fwCfgUserData } from '../sources/fw-cfg.ts';
import { seedCredentialInSmbios } from '../sources/smbios.ts';

/** Of /sys/class/dmi/id; the empty text where there is nothing. */
export interface Smbios {
  readonly sysVendor: string;
  readonly productName: string;
  readonly productSerial: string;
  readonly productUuid: string;
  readonly biosVendor: string;
  readonly biosVersion: string;
  readonly chassisAssetTag: string;
}

export interface Evidence {
  readonly smbios: Smbios;
  /** Of volumes, as they are written on them. */
  readonly labels: readonly string[];
  /** Folders that the host shares by 9p. */
  readonly virtfsTags: readonly string[];
  readonly commandLine: readonly string[];
  /** Folders that hold user-data or meta-data in NoCloud's form. */
  readonly seeds: readonly string[];
  /** Folders that hold openstack/. */
  readonly configDrives: readonly string[];
  /** The name of user-data in fw_cfg. */
  readonly fwCfg?: string;
  /** The name of a credential of ours in the SMBIOS. */
  readonly smbiosCredential?: string;
  readonly credential?: { readonly directory: string; readonly name: string };
  readonly ovfEnvironment: boolean;
  readonly lxd: boolean;
  /** Azure's agent has provisioned the machine. */
  readonly azureAgent: boolean;
  /** Azure's disc of the first boot is in, mounted or not yet. */
  readonly azureDvd: boolean;
}

export const places = {
  seeds: ['/var/lib/cloud/seed/nocloud', '/var/lib/cloud/seed/nocloud-net', '/media/cidata'],
  configDrives: ['/media/configdrive', '/media/configvirtfs'],
  ovfEnvironment: '/media/ovfenv/ovf-env.xml',
  credentials: ['/run/credentials/@system', '/run/credentials/@encrypted'],
  fwCfg: '/sys/firmware/qemu_fw_cfg/by_name',
  smbios: '/sys/firmware/dmi/entries',
  lxd: '/dev/lxd/sock',
  azureAgent: '/var/lib/waagent',
  azureDvd: '/media/azuredvd',
} as const;

/** Looks around below `root`; `environment` may name the folder of our own credentials. */
export async function gatherEvidence(root: string, environment: NodeJS.ProcessEnv): Promise<Evidence> {
  const at = (path: string) => join(root, path);
  const has = (...paths: string[]) => paths.some((path) => existsSync(at(path)));
  // In a container the firmware in /sys is the host's, and says nothing of us.
  const firmware = !has('/run/systemd/container');
  const fwCfg = firmware ? fwCfgUserData(at(places.fwCfg)) : undefined;
  const smbiosCredential = firmware ? await seedCredentialInSmbios(at(places.smbios)) : undefined;
  const credential = credentialIn(root, environment);
  return {
    smbios: smbiosAt(firmware ? at('/sys/class/dmi/id') : undefined),
    labels: names(at('/dev/disk/by-label')).map(unescapeLabel),
    virtfsTags: virtfsTags(at('/sys/bus/virtio/drivers/9pnet_virtio')),
    commandLine: commandLineWords(root),
    seeds: places.seeds.filter((seed) => has(join(seed, 'user-data'), join(seed, 'meta-data'))),
    configDrives: places.configDrives.filter((drive) => has(join(drive, 'openstack'))),
    ovfEnvironment: has(places.ovfEnvironment),
    lxd: has(places.lxd),
    azureAgent: has(join(places.azureAgent, 'provisioned')),
    azureDvd: has('/dev/disk/keelson/azuredvd', join(places.azureDvd, 'ovf-env.xml')),
    ...(fwCfg === undefined ? {} : { fwCfg }),
    ...(smbiosCredential === undefined ? {} : { smbiosCredential }),
    ...(credential === undefined ? {} : { credential }),
  };
}

function credentialIn(root: string, environment: NodeJS.ProcessEnv): Evidence['credential'] {
  const own = environment['CREDENTIALS_DIRECTORY'];
  for (const directory of [...(own === undefined ? [] : [own]), ...places.credentials]) {
    const name = seedCredentialIn(join(root, directory));
    if (name !== undefined) return { directory, name };
  }
  return undefined;
}

function smbiosAt(directory: string | undefined): Smbios {
  const of = (name: string) => (directory === undefined ? '' : textAt(join(directory, name)));
  return {
    sysVendor: of('sys_vendor'),
    productName: of('product_name'),
    productSerial: of('product_serial'),
    productUuid: of('product_uuid'),
    biosVendor: of('bios_vendor'),
    biosVersion: of('bios_version'),
    chassisAssetTag: of('chassis_asset_tag'),
  };
}

const virtfsTags = (driver: string): string[] =>
  names(driver)
    .map((device) => textAt(join(driver, device, 'mount_tag')).replaceAll('\0', ''))
    .filter((tag) => tag !== '');

/** udev writes what may not be in a file name as \xNN. */
const unescapeLabel = (name: string): string =>
  name.replace(/\\x([\da-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));

function names(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}

/** What may not be read counts as not there. */
function textAt(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
