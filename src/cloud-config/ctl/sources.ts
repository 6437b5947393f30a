// Which sources the flags name.

import { cloudConfigErrors } from '../errors.ts';
import { fileSource } from '../sources/file.ts';
import type { Source } from '../sources/source.ts';
import type { FlagName, Flags } from './flags.ts';

type Maker = (value: string) => Source | Promise<Source>;

/**
 * How each source is made of its flag's value, loading no other; null: not built yet. In the order of
 * preference.
 */
const makers: readonly (readonly [FlagName, Maker | null])[] = [
  ['from-file', fileSource],
  ['from-configdrive', async (directory) => (await configDrive()).configDriveSource(directory)],
  ['from-nocloud', async (place) => (await import('../sources/nocloud.ts')).noCloudSource(place)],
  ['from-fw-cfg', async (directory) => (await import('../sources/fw-cfg.ts')).fwCfgSource(directory)],
  ['from-smbios', async (directory) => (await import('../sources/smbios.ts')).smbiosSource(directory)],
  [
    'from-credentials',
    async (directory) => (await import('../sources/credentials.ts')).credentialsSource(directory),
  ],
  ['from-vmware-ovf-env', async (path) => (await import('../sources/ovf.ts')).ovfSource(path)],
  ['from-vmware-guestinfo', async () => (await import('../sources/guestinfo.ts')).guestinfoSource()],
  ['from-cloudsigma-metadata', async () => (await import('../sources/cloudsigma.ts')).cloudSigmaSource()],
  ['from-lxd', async (socket) => (await import('../sources/lxd.ts')).lxdSource(socket)],
  ['from-waagent', null],
  ['from-proc-cmdline', async () => (await procCmdline()).procCmdlineSource()],
  ['from-url', async (url) => (await import('../sources/url.ts')).urlSource(url)],
  [
    'from-metadata-service',
    async () => (await import('../sources/ec2.ts')).ec2Source('http://169.254.169.254/'),
  ],
  ['from-ec2-metadata', async (url) => (await import('../sources/ec2.ts')).ec2Source(url)],
  ['from-gce-metadata', async (url) => (await import('../sources/gce.ts')).gceSource(url)],
  [
    'from-digitalocean-metadata',
    async (url) => (await import('../sources/digitalocean.ts')).digitalOceanSource(url),
  ],
  ['from-packet-metadata', async (url) => (await import('../sources/packet.ts')).packetSource(url)],
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
