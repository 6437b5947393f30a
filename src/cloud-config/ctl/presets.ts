// The presets of --oem: the sources of a cloud by its name.

import { cloudConfigErrors } from '../errors.ts';
import type { FlagName, Flags } from './flags.ts';

type Preset = readonly (readonly [FlagName, string])[];

/** Where the metadata services of most clouds are. */
const linkLocal = 'http://169.254.169.254/';
const configDrive = ['from-configdrive', '/media/configdrive'] as const;
const ec2: Preset = [configDrive, ['from-ec2-metadata', linkLocal]];

const presets: Readonly<Record<string, Preset>> = {
  'ec2-compat': ec2,
  ec2,
  gce: [['from-gce-metadata', 'http://metadata.google.internal/']],
  digitalocean: [['from-digitalocean-metadata', linkLocal]],
  azure: [
    ['from-azure-dvd', '/media/azuredvd'],
    ['from-waagent', '/var/lib/waagent'],
    ['from-azure-metadata', linkLocal],
  ],
  cloudsigma: [['from-cloudsigma-metadata', 'true']],
  openstack: [configDrive, ['from-openstack-metadata', linkLocal]],
  packet: [['from-packet-metadata', 'https://metadata.packet.net/']],
  equinix: [['from-packet-metadata', 'https://metadata.platformequinix.com/']],
  'rackspace-onmetal': [configDrive, ['convert-netconf', 'debian']],
  vmware: [
    ['from-vmware-guestinfo', 'true'],
    ['convert-netconf', 'vmware'],
  ],
  hetzner: [['from-hetzner-metadata', linkLocal]],
  vultr: [configDrive, ['from-vultr-metadata', linkLocal]],
  oracle: [['from-oracle-metadata', linkLocal]],
  akamai: [['from-linode-metadata', linkLocal]],
  linode: [['from-linode-metadata', linkLocal]],
  scaleway: [['from-scaleway-metadata', 'http://169.254.42.42/']],
  exoscale: [['from-exoscale-metadata', linkLocal]],
  cloudstack: [configDrive, ['from-cloudstack-metadata', 'dhcp']],
  upcloud: [configDrive, ['from-upcloud-metadata', linkLocal]],
  lxd: [['from-lxd', '/dev/lxd/sock']],
  nocloud: [['from-nocloud', '/media/cidata']],
  qemu: [
    ['from-fw-cfg', '/sys/firmware/qemu_fw_cfg/by_name'],
    ['from-smbios', '/sys/firmware/dmi/entries'],
  ],
  alibaba: [['from-alibaba-metadata', 'http://100.100.100.200/']],
};

export const presetNames: readonly string[] = Object.keys(presets).sort();

/** What that name stands for. */
export const presetOf = (name: string): Preset | undefined =>
  Object.hasOwn(presets, name) ? presets[name] : undefined;

/** The flags with the preset of --oem in them; what was given by hand stays. */
export function withPreset(flags: Flags): Flags {
  const oem = flags.get('oem') ?? '';
  if (oem === '') return flags;
  const preset = presetOf(oem);
  if (preset === undefined) {
    throw cloudConfigErrors.error(
      'usage',
      `There is no preset --oem=${oem}; there are ${presetNames.join(', ')}.`,
    );
  }
  const all = new Map(flags);
  for (const [name, value] of preset) if (!all.has(name)) all.set(name, value);
  return all;
}
