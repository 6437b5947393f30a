// The sources that evidence speaks for, in the order in which they count: what lies on the machine before
// what has to be asked for over the network. Decides only.

import { presetOf } from '../ctl/presets.ts';
import { noCloudSettings } from '../sources/nocloud.ts';
import { urlOnCommandLine } from '../sources/proc-cmdline.ts';
import { type Evidence, places } from './evidence.ts';
import { type Platform, platformOf } from './platform.ts';

export interface Candidate {
  /** The flag that would name the source, and its value. */
  readonly flag: string;
  readonly value: string;
  /** What tells so, as words that follow "because ". */
  readonly why: string;
  /** It is there for certain, though perhaps not yet: worth waiting for. */
  readonly certain: boolean;
  readonly overNetwork: boolean;
}

export interface Detection {
  readonly platform: Platform | undefined;
  readonly candidates: readonly Candidate[];
}

/** All that the evidence speaks for. */
export function detect(evidence: Evidence): Detection {
  const platform = platformOf(evidence);
  const all = [...onMachine(evidence, platform), ...noCloudByName(evidence), ...fromPreset(platform)];
  const url = urlOnCommandLine(evidence.commandLine);
  if (url !== undefined) {
    const why = 'the kernel command line has cloud-config-url=';
    all.push({ flag: 'from-proc-cmdline', value: 'true', why, certain: true, overNetwork: true });
  }
  const first = (candidate: Candidate, index: number) =>
    all.findIndex(({ flag, value }) => flag === candidate.flag && value === candidate.value) === index;
  const distinct = all.filter(first);
  return {
    platform,
    candidates: [...distinct.filter((one) => !one.overNetwork), ...distinct.filter((one) => one.overNetwork)],
  };
}

function onMachine(evidence: Evidence, platform: Platform | undefined): Candidate[] {
  const found: Candidate[] = [];
  const add = (flag: string, value: string, why: string, certain = true) =>
    found.push({ flag, value, why, certain, overNetwork: false });
  const { fwCfg, smbiosCredential, credential } = evidence;
  if (fwCfg !== undefined) add('from-fw-cfg', places.fwCfg, `QEMU was given ${fwCfg}`);
  if (smbiosCredential !== undefined) {
    add('from-smbios', places.smbios, `the SMBIOS has the credential ${smbiosCredential}`);
  }
  if (credential !== undefined) {
    add('from-credentials', credential.directory, `there is the credential ${credential.name}`);
  }
  for (const seed of evidence.seeds) add('from-nocloud', seed, `${seed} holds a seed`);
  const label = (pattern: RegExp) => evidence.labels.find((text) => pattern.test(text));
  const noCloud = label(/^cidata$/i);
  if (noCloud !== undefined) add('from-nocloud', '/media/cidata', `a volume is labelled ${noCloud}`);
  const drive = label(/^config-2$/i);
  if (drive !== undefined) add('from-configdrive', '/media/configdrive', `a volume is labelled ${drive}`);
  if (evidence.virtfsTags.includes('config-2')) {
    add('from-configdrive', '/media/configvirtfs', 'the host shares a folder as config-2');
  }
  for (const folder of evidence.configDrives) add('from-configdrive', folder, `${folder} holds openstack/`);
  const environment = label(/^OVF[ _]ENV$/i);
  if (environment !== undefined || evidence.ovfEnvironment) {
    const why = environment === undefined ? 'it is there' : `a volume is labelled ${environment}`;
    add('from-vmware-ovf-env', places.ovfEnvironment, why);
  }
  if (platform?.name === 'vmware') add('from-vmware-guestinfo', 'true', platform.why, false);
  if (evidence.lxd) add('from-lxd', places.lxd, `${places.lxd} is there`);
  if (evidence.azureDvd) add('from-azure-dvd', places.azureDvd, "Azure's disc is in");
  if (evidence.azureAgent) {
    add('from-waagent', places.azureAgent, "Azure's agent has provisioned the machine");
  }
  return found;
}

/** `ds=nocloud;…` on the kernel command line, or as the machine's serial number. */
function noCloudByName({ commandLine, smbios }: Evidence): Candidate[] {
  const words = commandLine.flatMap((word) => /^(?:ci\.)?ds=(.*)$/.exec(word)?.[1] ?? []);
  const found = [
    ...words.map((value) => ({ value, why: `the kernel command line says ds=${value}` })),
    { value: smbios.productSerial.replace(/^ds=/, ''), why: 'the serial number in the SMBIOS says so' },
  ];
  return found.flatMap(({ value, why }) => {
    const settings = noCloudSettings(value);
    // Without a place it means the folders and labels, which speak for themselves.
    if (settings?.seedFrom === undefined) return [];
    const overNetwork = /^https?:/i.test(settings.seedFrom);
    return [{ flag: 'from-nocloud', value: `ds=${value}`, why, certain: true, overNetwork }];
  });
}

/** What `--oem` means for the platform, as far as it is asked over the network. */
function fromPreset(platform: Platform | undefined): Candidate[] {
  if (platform === undefined) return [];
  const { name, why } = platform;
  return (presetOf(name) ?? [])
    .filter(([flag]) => /^from-.*-metadata$/.test(flag))
    .map(([flag, value]) => ({ flag, value, why, certain: true, overNetwork: true }));
}
