// The flags of coreos-cloudinit, in Go's syntax: one dash or two, `-f=v` or `-f v`, `-f` alone for true.

import { nearest } from '../../cli/index.ts';
import { cloudConfigErrors } from '../errors.ts';

interface FlagDefinition {
  /** `place`: a text that may be left out. */
  readonly type: 'bool' | 'string' | 'place';
  readonly value?: string;
  /** What a place is when it is left out. */
  readonly usual?: string;
  readonly help: string;
}

export const definitions = {
  version: { type: 'bool', help: 'print the version and exit' },
  help: { type: 'bool', help: 'print this help and exit' },
  validate: { type: 'bool', help: 'check the user-data and apply nothing' },
  strict: { type: 'bool', help: 'with --validate: warnings count as errors' },
  'dry-run': { type: 'bool', help: 'print the plan and apply nothing' },
  json: { type: 'bool', help: 'print findings, plan and results as JSON' },
  'ignore-failure': { type: 'bool', help: 'exit 0 although the user-data is malformed' },
  'from-file': { type: 'string', value: 'FILE', help: 'user-data in a file' },
  'from-configdrive': { type: 'string', value: 'DIR', help: 'a config drive in OpenStack form' },
  'from-proc-cmdline': { type: 'bool', help: 'the URL in cloud-config-url= of the kernel command line' },
  'from-url': { type: 'string', value: 'URL', help: 'user-data over HTTP' },
  'from-metadata-service': { type: 'bool', help: 'deprecated: EC2 metadata at its usual address' },
  'from-ec2-metadata': { type: 'string', value: 'URL', help: 'metadata in EC2 form' },
  'from-gce-metadata': { type: 'string', value: 'URL', help: 'metadata of Google Compute Engine' },
  'from-cloudsigma-metadata': { type: 'bool', help: 'server context of CloudSigma' },
  'from-digitalocean-metadata': { type: 'string', value: 'URL', help: 'metadata of DigitalOcean' },
  'from-waagent': { type: 'string', value: 'DIR', help: "folder of Azure's agent" },
  'from-azure-metadata': { type: 'string', value: 'URL', help: 'metadata of Azure' },
  'from-azure-dvd': { type: 'string', value: 'DIR', help: 'disc that Azure puts in at the first boot' },
  'from-openstack-metadata': { type: 'string', value: 'URL', help: 'metadata of OpenStack' },
  'from-packet-metadata': { type: 'string', value: 'URL', help: 'metadata of Packet' },
  'from-vmware-guestinfo': { type: 'bool', help: 'guestinfo of VMware' },
  'from-vmware-ovf-env': { type: 'string', value: 'FILE', help: 'OVF environment of VMware' },
  'from-nocloud': { type: 'string', value: 'DIR|URL', help: "a seed in NoCloud's form" },
  'from-fw-cfg': {
    type: 'place',
    value: '[DIR]',
    usual: '/sys/firmware/qemu_fw_cfg/by_name',
    help: 'what QEMU was given with -fw_cfg',
  },
  'from-smbios': {
    type: 'place',
    value: '[DIR]',
    usual: '/sys/firmware/dmi/entries',
    help: 'credentials in strings of the SMBIOS',
  },
  'from-credentials': {
    type: 'place',
    value: '[DIR]',
    usual: '/run/credentials/@system',
    help: 'credentials of systemd',
  },
  'from-lxd': { type: 'place', value: '[SOCKET]', usual: '/dev/lxd/sock', help: 'LXD or Incus' },
  'from-hetzner-metadata': { type: 'string', value: 'URL', help: 'metadata of Hetzner' },
  'from-vultr-metadata': { type: 'string', value: 'URL', help: 'metadata of Vultr' },
  'from-oracle-metadata': { type: 'string', value: 'URL', help: 'metadata of Oracle' },
  'from-linode-metadata': { type: 'string', value: 'URL', help: 'metadata of Akamai, formerly Linode' },
  'from-scaleway-metadata': { type: 'string', value: 'URL', help: 'metadata of Scaleway' },
  'from-exoscale-metadata': { type: 'string', value: 'URL', help: 'metadata of Exoscale' },
  'from-cloudstack-metadata': {
    type: 'string',
    value: 'URL',
    help: 'metadata of CloudStack; "dhcp" for the address of the DHCP server',
  },
  'from-upcloud-metadata': { type: 'string', value: 'URL', help: 'metadata of UpCloud' },
  'from-alibaba-metadata': { type: 'string', value: 'URL', help: 'metadata of Alibaba' },
  detect: { type: 'bool', help: 'find out where this machine runs, and take the sources of there' },
  'without-network': { type: 'bool', help: 'with --detect: only what lies on the machine' },
  'detect-root': { type: 'string', value: 'DIR', help: 'with --detect: look around below this folder' },
  oem: { type: 'string', value: 'NAME', help: 'the sources of a cloud' },
  'convert-netconf': {
    type: 'string',
    value: 'NAME',
    help: 'which network data to apply: auto, none or a form',
  },
  workspace: { type: 'string', value: 'DIR', help: 'where state is kept (/var/lib/coreos-cloudinit)' },
  'ssh-key-name': { type: 'string', value: 'NAME', help: 'name of the set of SSH keys (coreos-cloudinit)' },
  root: { type: 'string', value: 'DIR', help: 'apply below this folder instead of /' },
} as const satisfies Readonly<Record<string, FlagDefinition>>;

export type FlagName = keyof typeof definitions;

/** The flags that were given; a string's value, or 'true' and 'false' of a boolean. */
export type Flags = ReadonlyMap<FlagName, string>;

const isFlagName = (name: string): name is FlagName => Object.hasOwn(definitions, name);

/** Parses arguments; throws `cloud-config.usage` with what is wrong. */
export function parseFlags(args: readonly string[]): Flags {
  const flags = new Map<FlagName, string>();
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    const [, word = '', , given] = /^--?([a-z0-9-]+)(=([\s\S]*))?$/.exec(arg) ?? [];
    const name = word === 'h' ? 'help' : word;
    if (name === '') throw cloudConfigErrors.error('usage', `Unexpected argument ${JSON.stringify(arg)}.`);
    if (!isFlagName(name)) {
      const near = nearest(name, Object.keys(definitions));
      const hint = near === undefined ? 'See coreos-cloudinit --help.' : `Did you mean --${near}?`;
      throw cloudConfigErrors.error('usage', `There is no flag --${name}.`, { hint });
    }
    const definition: FlagDefinition = definitions[name];
    if (definition.type === 'bool') {
      flags.set(name, booleanOf(name, given));
      continue;
    }
    if (definition.type === 'place') {
      flags.set(name, given ?? definition.usual ?? '');
      continue;
    }
    const value = given ?? args[++index];
    if (value === undefined) throw cloudConfigErrors.error('usage', `Flag --${name} needs a value.`);
    flags.set(name, value);
  }
  return flags;
}

function booleanOf(name: string, given: string | undefined): string {
  if (given === undefined || /^(1|t|true)$/i.test(given)) return 'true';
  if (/^(0|f|false)$/i.test(given)) return 'false';
  throw cloudConfigErrors.error('usage', `Flag --${name} is true or false, not ${JSON.stringify(given)}.`);
}

/** The help text. */
export function usage(): string {
  const lines = Object.entries(definitions).map(([name, definition]) => {
    const value = 'value' in definition ? `=${definition.value}`.replace(/^=\[(.*)\]$/, '[=$1]') : '';
    return `  --${`${name}${value}`.padEnd(32)} ${definition.help}\n`;
  });
  return `coreos-cloudinit reads user-data, makes a plan of them and applies it to this machine.\n\nUsage: coreos-cloudinit --from-…  [--validate | --dry-run] [--json]\n       coreos-cloudinit diff --from-… [--json]     what it would change here\n       coreos-cloudinit status [--json] [--wait]   what the last runs did\n       coreos-cloudinit completion bash|zsh|fish\n\n${lines.join('')}`;
}
