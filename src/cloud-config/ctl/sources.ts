// Which sources the flags name, and the presets of --oem.

import { cloudConfigErrors } from '../errors.ts';
import { fileSource } from '../sources/file.ts';
import type { Source } from '../sources/source.ts';
import type { FlagName, Flags } from './flags.ts';

const presets: Readonly<Record<string, Readonly<Partial<Record<FlagName, string>>>>> = {
  'ec2-compat': {
    'from-ec2-metadata': 'http://169.254.169.254/',
    'from-configdrive': '/media/configdrive',
  },
  gce: { 'from-gce-metadata': 'http://metadata.google.internal/' },
  digitalocean: { 'from-digitalocean-metadata': 'http://169.254.169.254/' },
  azure: { 'from-waagent': '/var/lib/waagent' },
  cloudsigma: { 'from-cloudsigma-metadata': 'true' },
  packet: { 'from-packet-metadata': 'https://metadata.packet.net/' },
  'rackspace-onmetal': { 'from-configdrive': '/media/configdrive', 'convert-netconf': 'debian' },
  vmware: { 'from-vmware-guestinfo': 'true', 'convert-netconf': 'vmware' },
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
  for (const name of presetFlags) {
    const value = preset[name];
    if (value !== undefined && !all.has(name)) all.set(name, value);
  }
  return all;
}

const presetFlags: readonly FlagName[] = [
  'from-configdrive',
  'from-ec2-metadata',
  'from-gce-metadata',
  'from-digitalocean-metadata',
  'from-waagent',
  'from-cloudsigma-metadata',
  'from-packet-metadata',
  'from-vmware-guestinfo',
  'convert-netconf',
];

type Maker = (value: string) => Source | Promise<Source>;

/**
 * How each source is made of its flag's value, loading no other; null: not built yet. In the order of
 * preference.
 */
const makers: readonly (readonly [FlagName, Maker | null])[] = [
  ['from-file', fileSource],
  ['from-configdrive', async (directory) => (await configDrive()).configDriveSource(directory)],
  ['from-vmware-ovf-env', null],
  ['from-vmware-guestinfo', null],
  ['from-cloudsigma-metadata', null],
  ['from-waagent', null],
  ['from-proc-cmdline', async () => (await procCmdline()).procCmdlineSource()],
  ['from-url', null],
  ['from-metadata-service', null],
  ['from-ec2-metadata', null],
  ['from-gce-metadata', null],
  ['from-digitalocean-metadata', null],
  ['from-packet-metadata', null],
];

const configDrive = () => import('../sources/config-drive.ts');
const procCmdline = () => import('../sources/proc-cmdline.ts');

/** The sources that the flags name; throws `cloud-config.usage` for none, and for one that is not built. */
export async function sourcesOf(flags: Flags): Promise<readonly Source[]> {
  const sources: Source[] = [];
  const missing: string[] = [];
  for (const [name, make] of makers) {
    const value = flags.get(name) ?? '';
    if (value === '' || value === 'false') continue;
    if (make === null) missing.push(name);
    else sources.push(await make(value));
  }
  if (flags.has('convert-netconf')) missing.push('convert-netconf');
  if (missing.length > 0) {
    throw cloudConfigErrors.error('usage', `--${missing.join(' and --')} is not built yet.`);
  }
  if (sources.length === 0) {
    throw cloudConfigErrors.error('usage', 'No source of user-data is named.', {
      hint: 'Give one of --from-file, --from-configdrive, --from-proc-cmdline, or see --help.',
    });
  }
  return sources;
}
