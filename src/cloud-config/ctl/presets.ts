// The presets of --oem: the sources of a cloud by its name.

import { cloudConfigErrors } from '../errors.ts';
import type { FlagName, Flags } from './flags.ts';

const presets: Readonly<Record<string, readonly (readonly [FlagName, string])[]>> = {
  'ec2-compat': [
    ['from-ec2-metadata', 'http://169.254.169.254/'],
    ['from-configdrive', '/media/configdrive'],
  ],
  gce: [['from-gce-metadata', 'http://metadata.google.internal/']],
  digitalocean: [['from-digitalocean-metadata', 'http://169.254.169.254/']],
  azure: [['from-waagent', '/var/lib/waagent']],
  cloudsigma: [['from-cloudsigma-metadata', 'true']],
  packet: [['from-packet-metadata', 'https://metadata.packet.net/']],
  'rackspace-onmetal': [
    ['from-configdrive', '/media/configdrive'],
    ['convert-netconf', 'debian'],
  ],
  vmware: [
    ['from-vmware-guestinfo', 'true'],
    ['convert-netconf', 'vmware'],
  ],
};

/** The flags with the preset of --oem in them; what was given by hand stays. */
export function withPreset(flags: Flags): Flags {
  const oem = flags.get('oem') ?? '';
  if (oem === '') return flags;
  const preset = Object.hasOwn(presets, oem) ? presets[oem] : undefined;
  if (preset === undefined) {
    const known = Object.keys(presets).sort().join(', ');
    throw cloudConfigErrors.error('usage', `There is no preset --oem=${oem}; there are ${known}.`);
  }
  const all = new Map(flags);
  for (const [name, value] of preset) if (!all.has(name)) all.set(name, value);
  return all;
}
