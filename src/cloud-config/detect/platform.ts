// Which cloud a machine is in, by the SMBIOS and the kernel command line. Decides only.

import type { Evidence, Smbios } from './evidence.ts';

export interface Platform {
  /** As in `--oem`. */
  readonly name: string;
  /** What tells so, as words that follow "because ". */
  readonly why: string;
}

/** Words after which a command line names the platform, and what they call it besides our own names. */
const platformKeys = ['flatcar.oem.id', 'coreos.oem.id', 'ignition.platform.id', 'ds', 'ci.ds'];
const otherNames: Readonly<Record<string, string>> = {
  ami: 'ec2',
  aws: 'ec2',
  'ec2-compat': 'ec2',
  gcp: 'gce',
  google: 'gce',
  equinixmetal: 'packet',
  linode: 'akamai',
  aliyun: 'alibaba',
  stackit: 'openstack',
};
/** Every one is a preset of `--oem`. */
export const platformNames: ReadonlySet<string> = new Set([
  ...['ec2', 'gce', 'azure', 'digitalocean', 'hetzner', 'vultr', 'oracle', 'akamai', 'scaleway', 'exoscale'],
  ...['cloudstack', 'upcloud', 'alibaba', 'openstack', 'packet', 'vmware', 'cloudsigma'],
]);

/** The cloud, or undefined when nothing tells. */
export function platformOf({ smbios, commandLine }: Evidence): Platform | undefined {
  for (const word of commandLine) {
    const [, key = '', value = ''] = /^([^=]+)=([^;]*)/.exec(word) ?? [];
    if (!platformKeys.includes(key)) continue;
    const lower = value.toLowerCase();
    const name = Object.hasOwn(otherNames, lower) ? otherNames[lower] : lower;
    if (name !== undefined && platformNames.has(name))
      return { name, why: `the kernel command line says ${key}=${value}` };
  }
  for (const [name, field, pattern] of marks) {
    if (pattern.test(smbios[field])) {
      return {
        name,
        why: `${fileNames[field]} of the SMBIOS is ${JSON.stringify(smbios[field].slice(0, 80))}`,
      };
    }
  }
  return undefined;
}

/** The first that fits counts, so that what is particular comes before what several clouds share. */
const marks: readonly (readonly [string, keyof Smbios, RegExp])[] = [
  ['azure', 'chassisAssetTag', /^7783-7084-3265-9085-8269-3286-77$/],
  ['oracle', 'chassisAssetTag', /^OracleCloud\.com$/],
  ['ec2', 'sysVendor', /^Amazon EC2$/],
  ['ec2', 'biosVendor', /^Amazon EC2$/],
  ['ec2', 'biosVersion', /amazon/i],
  ['ec2', 'productSerial', /^ec2|\.brightbox\.com$/i],
  ['gce', 'productName', /^Google Compute Engine$/],
  ['gce', 'productSerial', /^GoogleCloud/],
  ['digitalocean', 'sysVendor', /^DigitalOcean$/],
  ['hetzner', 'sysVendor', /^Hetzner$/],
  ['vultr', 'sysVendor', /^Vultr$/],
  ['akamai', 'sysVendor', /^(Akamai|Linode)$/],
  ['scaleway', 'sysVendor', /^Scaleway$/],
  ['exoscale', 'productName', /^Exoscale/],
  ['upcloud', 'sysVendor', /^UpCloud$/],
  ['alibaba', 'productName', /^Alibaba Cloud ECS/],
  ['alibaba', 'sysVendor', /^Alibaba Cloud$/],
  ['cloudstack', 'productName', /^CloudStack/],
  ['cloudsigma', 'productName', /^CloudSigma/],
  ['openstack', 'productName', /^(OpenStack (Nova|Compute)|OpenTelekomCloud|RHOS)/],
  ['openstack', 'chassisAssetTag', /^(OpenStack (Nova|Compute)|OpenTelekomCloud|HUAWEICLOUD|SAP CCloud VM)$/],
  ['vmware', 'sysVendor', /^VMware, Inc\.$/],
  // Xen's machines have it in the UUID only.
  ['ec2', 'productUuid', /^ec2/i],
];

const fileNames: Readonly<Record<keyof Smbios, string>> = {
  sysVendor: 'sys_vendor',
  productName: 'product_name',
  productSerial: 'product_serial',
  productUuid: 'product_uuid',
  biosVendor: 'bios_vendor',
  biosVersion: 'bios_version',
  chassisAssetTag: 'chassis_asset_tag',
};
