// What --convert-netconf may say, and what holds without it. Loaded with the flags, so it imports nothing.

import type { NetworkData } from '../model.ts';

const wishes = [
  'debian',
  'packet',
  'vmware',
  'openstack',
  'digitalocean',
  'cloud-init',
  'auto',
  'none',
] as const;

/** A form of network data to convert, `auto` for whichever there is, or `none`. */
export type NetworkWish = (typeof wishes)[number];

/** Types of the sources that the original has: it converts their network data only when told to. */
const original: readonly string[] = [
  'local-file',
  'url',
  'cloud-drive',
  'ec2-metadata-service',
  'gce-metadata-service',
  'server-context',
  'digitalocean-metadata-service',
  'waagent',
  'packet-metadata-service',
  'proc-cmdline',
  'vmware',
];

/** The wish that a flag's value states; undefined when it states none. */
export function networkWish(value: string): NetworkWish | undefined {
  return wishes.find((wish) => wish === value);
}

/** What to say of a flag that states none. */
export function wrongWish(value: string): string {
  const shown = JSON.stringify(value).slice(1, -1);
  return `Invalid option to --convert-netconf: '${shown}'. Supported options: '${wishes.join(', ')}'`;
}

/** Whether the original has sources of this type. */
export const isOfOriginal = (sourceType: string): boolean => original.includes(sourceType);

/** What holds without the flag: with --detect and for sources that the original does not know, `auto`. */
export function defaultWish(sourceType: string, detected: boolean): NetworkWish {
  return detected || !isOfOriginal(sourceType) ? 'auto' : 'none';
}

/** The forms that answer a wish. */
export function formsOf(wish: NetworkWish): readonly NetworkData['form'][] {
  if (wish === 'none') return [];
  if (wish === 'cloud-init') return ['cloud-init-v1', 'cloud-init-v2'];
  // VMware's guestinfo.metadata carries the network as cloud-init has it.
  if (wish === 'vmware') return ['vmware', 'cloud-init-v1', 'cloud-init-v2'];
  if (wish !== 'auto') return [wish];
  return ['debian', 'packet', 'vmware', 'openstack', 'digitalocean', 'cloud-init-v1', 'cloud-init-v2'];
}
