// Which sources there are to choose from: those that flags name, and those that the machine itself speaks
// for.

import { cloudConfigErrors } from '../errors.ts';
import { fileSource } from '../sources/file.ts';
import type { Source } from '../sources/source.ts';
import type { FlagName, Flags } from './flags.ts';

/** `beside` gives the value of another source that is wished for as well. */
type Maker = (value: string, beside: (flag: FlagName) => string | undefined) => Source | Promise<Source>;
type Makers = readonly (readonly [FlagName, Maker | null])[];

/**
 * How each source is made of its flag's value, loading no other; null: not built yet. In the order of
 * preference: what lies on the machine first.
 */
const onMachine: Makers = [
  ['from-file', fileSource],
  ['from-fw-cfg', async (directory) => (await import('../sources/fw-cfg.ts')).fwCfgSource(directory)],
  ['from-smbios', async (directory) => (await import('../sources/smbios.ts')).smbiosSource(directory)],
  [
    'from-credentials',
    async (directory) => (await import('../sources/credentials.ts')).credentialsSource(directory),
  ],
  ['from-nocloud', async (place) => (await import('../sources/nocloud.ts')).noCloudSource(place)],
  [
    'from-configdrive',
    async (directory) => (await import('../sources/config-drive.ts')).configDriveSource(directory),
  ],
  ['from-vmware-ovf-env', async (path) => (await import('../sources/ovf.ts')).ovfSource(path)],
  ['from-vmware-guestinfo', async () => (await import('../sources/guestinfo.ts')).guestinfoSource()],
  ['from-lxd', async (socket) => (await import('../sources/lxd.ts')).lxdSource(socket)],
  [
    'from-azure-dvd',
    async (directory, beside) =>
      (await import('../sources/azure-dvd.ts')).azureDvdSource(directory, beside('from-azure-metadata')),
  ],
  ['from-waagent', async (directory) => (await import('../sources/waagent.ts')).waagentSource(directory)],
];

const overNetwork: Makers = [
  ['from-cloudsigma-metadata', async () => (await import('../sources/cloudsigma.ts')).cloudSigmaSource()],
  ['from-proc-cmdline', async () => (await import('../sources/proc-cmdline.ts')).procCmdlineSource()],
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
  [
    'from-openstack-metadata',
    async (url) => (await import('../sources/openstack-http.ts')).openStackSource(url),
  ],
  ['from-azure-metadata', async (url) => (await import('../sources/azure.ts')).azureSource(url)],
  ['from-packet-metadata', async (url) => (await import('../sources/packet.ts')).packetSource(url)],
  ['from-hetzner-metadata', async (url) => (await import('../sources/hetzner.ts')).hetznerSource(url)],
  ['from-vultr-metadata', async (url) => (await import('../sources/vultr.ts')).vultrSource(url)],
  ['from-oracle-metadata', async (url) => (await import('../sources/oracle.ts')).oracleSource(url)],
  ['from-linode-metadata', async (url) => (await import('../sources/linode.ts')).linodeSource(url)],
  ['from-scaleway-metadata', async (url) => (await import('../sources/scaleway.ts')).scalewaySource(url)],
  ['from-exoscale-metadata', async (url) => (await import('../sources/exoscale.ts')).exoscaleSource(url)],
  [
    'from-cloudstack-metadata',
    async (url) => (await import('../sources/cloudstack.ts')).cloudStackSource(url),
  ],
  ['from-upcloud-metadata', async (url) => (await import('../sources/upcloud.ts')).upCloudSource(url)],
  ['from-alibaba-metadata', async (url) => (await import('../sources/alibaba.ts')).alibabaSource(url)],
];

/** A source to be made: its flag and value, and what speaks for it when nobody named it. */
interface Wish {
  readonly flag: string;
  readonly value: string;
  readonly evidence?: NonNullable<Source['evidence']>;
}

/**
 * The sources to choose from, in their order; none when only `--detect` is given and finds nothing. Throws
 * `cloud-config.usage` when no flag names any, and for one that is not built.
 */
export async function sourcesOf(flags: Flags): Promise<readonly Source[]> {
  const detecting = flags.get('detect') === 'true';
  const alone = (['without-network', 'detect-root'] as const).find((flag) => flags.has(flag));
  if (alone !== undefined && !detecting) {
    throw cloudConfigErrors.error('usage', `--${alone} means something with --detect only.`);
  }
  const wishes: Wish[] = [...named(flags), ...(detecting ? await detected(flags) : [])];
  const missing: string[] = [];
  const beside = (flag: FlagName) => wishes.find((wish) => wish.flag === flag)?.value;
  const sources: Source[] = [];
  for (const [makers, remote] of [
    [onMachine, false],
    [overNetwork, true],
  ] as const) {
    for (const [flag, make] of makers) {
      for (const { value, evidence } of wishes.filter((wish) => wish.flag === flag)) {
        if (make === null) missing.push(flag);
        else {
          const source = await make(value, beside);
          if (evidence !== undefined && !(await isMeant(source, evidence, flags))) continue;
          const away = remote || /\bhttps?:\/\//i.test(source.location);
          sources.push({ ...source, overNetwork: away, ...(evidence === undefined ? {} : { evidence }) });
        }
      }
    }
  }
  if (missing.length > 0) {
    throw cloudConfigErrors.error('usage', `--${missing.join(' and --')} is not built yet.`);
  }
  if (sources.length === 0 && !detecting) {
    throw cloudConfigErrors.error('usage', 'No source of user-data is named.', {
      hint: 'Give one of --from-file, --from-configdrive, --from-url, --detect, or see --help.',
    });
  }
  return [
    ...sources.filter((one) => one.overNetwork !== true),
    ...sources.filter((one) => one.overNetwork === true),
  ];
}

/** Whether a source that nobody named is to count. */
async function isMeant(
  source: Source,
  evidence: NonNullable<Source['evidence']>,
  flags: Flags,
): Promise<boolean> {
  const signal = AbortSignal.timeout(20_000);
  const early = flags.get('without-network') === 'true' && source.needsNetwork !== undefined;
  if (evidence.certain && !early) return true;
  try {
    // What is only perhaps there, and is not, is no reason to fail.
    if (!(await source.available(signal))) return evidence.certain;
    return !early || !(await source.needsNetwork?.(signal));
  } catch (error) {
    // A hypervisor that does not answer is none. What is wrong with the data is told when they are read.
    if (signal.aborted) return false;
    if (cloudConfigErrors.is(error)) return true;
    throw error;
  }
}

function named(flags: Flags): Wish[] {
  return [...flags].flatMap(([flag, value]) =>
    flag.startsWith('from-') && value !== '' && value !== 'false' ? [{ flag, value }] : [],
  );
}

/** What the machine speaks for, without what a flag names with the same value. */
async function detected(flags: Flags): Promise<Wish[]> {
  const { gatherEvidence } = await import('../detect/evidence.ts');
  const { detect } = await import('../detect/candidates.ts');
  const evidence = await gatherEvidence(flags.get('detect-root') ?? '/', process.env);
  const local = flags.get('without-network') === 'true';
  const given = new Map<string, string>(flags);
  return detect(evidence)
    .candidates.filter((one) => !(local && one.overNetwork) && given.get(one.flag) !== one.value)
    .map(({ flag, value, why, certain }) => ({ flag, value, evidence: { why, certain } }));
}
