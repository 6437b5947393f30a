// Options of a bond, by the names that ifupdown, cloud-init, netplan and the kernel give them, as the keys
// that networkd knows. The original wrote the kernel's names, which networkd ignores.

import type { Field } from './field.ts';
import type { Setting } from './model.ts';

const modes = [
  'balance-rr',
  'active-backup',
  'balance-xor',
  'broadcast',
  '802.3ad',
  'balance-tlb',
  'balance-alb',
] as const;

/** A time; a number alone is of this unit. */
const time = (unit: 'ms' | 's') => (field: Field) => {
  const text = field.text();
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return `${Number(text)}${unit}`;
  if (/^\d{1,9}(us|ms|s)$/.test(text)) return text;
  return field.invalid(`a time, as 100${unit}`);
};

/** One of these words, or its place in their order as the kernel counts them. */
const choice =
  (...words: readonly string[]) =>
  (field: Field) =>
    (/^\d$/.test(field.plain) ? words[Number(field.plain)] : undefined) ?? field.word(words);

const number = (least: number, most: number) => (field: Field) => field.integer(least, most)?.toString();

const flag = (field: Field) => {
  const value = field.boolean();
  return value === undefined ? undefined : value ? 'yes' : 'no';
};

/** Several addresses, as a list or between commas or blanks. */
function targets(field: Field): string | undefined {
  const words = field.items().flatMap((item) => (item.text() ?? '').split(/[\s,]+/));
  const addresses = words.flatMap((word) =>
    word === '' ? [] : (field.at(word, field.path).addressText() ?? []),
  );
  return addresses.length === 0 ? undefined : addresses.join(' ');
}

type Option = readonly [key: string, read: (field: Field) => string | undefined];

/** By the kernel's name, and by netplan's where that is another. */
const options: Readonly<Record<string, Option>> = {
  mode: ['Mode', choice(...modes)],
  miimon: ['MIIMonitorSec', time('ms')],
  mii_monitor_interval: ['MIIMonitorSec', time('ms')],
  updelay: ['UpDelaySec', time('ms')],
  up_delay: ['UpDelaySec', time('ms')],
  downdelay: ['DownDelaySec', time('ms')],
  down_delay: ['DownDelaySec', time('ms')],
  lacp_rate: ['LACPTransmitRate', choice('slow', 'fast')],
  xmit_hash_policy: ['TransmitHashPolicy', choice('layer2', 'layer3+4', 'layer2+3', 'encap2+3', 'encap3+4')],
  transmit_hash_policy: [
    'TransmitHashPolicy',
    choice('layer2', 'layer3+4', 'layer2+3', 'encap2+3', 'encap3+4'),
  ],
  ad_select: ['AdSelect', choice('stable', 'bandwidth', 'count')],
  ad_actor_sys_prio: ['AdActorSystemPriority', number(1, 65_535)],
  ad_user_port_key: ['AdUserPortKey', number(0, 1023)],
  ad_actor_system: ['AdActorSystem', (field) => field.mac()],
  min_links: ['MinLinks', number(0, 1024)],
  fail_over_mac: ['FailOverMACPolicy', choice('none', 'active', 'follow')],
  fail_over_mac_policy: ['FailOverMACPolicy', choice('none', 'active', 'follow')],
  arp_interval: ['ARPIntervalSec', time('ms')],
  arp_ip_target: ['ARPIPTargets', targets],
  arp_ip_targets: ['ARPIPTargets', targets],
  arp_validate: ['ARPValidate', choice('none', 'active', 'backup', 'all')],
  arp_all_targets: ['ARPAllTargets', choice('any', 'all')],
  primary_reselect: ['PrimaryReselectPolicy', choice('always', 'better', 'failure')],
  primary_reselect_policy: ['PrimaryReselectPolicy', choice('always', 'better', 'failure')],
  resend_igmp: ['ResendIGMP', number(0, 255)],
  packets_per_slave: ['PacketsPerSlave', number(0, 65_535)],
  packets_per_member: ['PacketsPerSlave', number(0, 65_535)],
  num_grat_arp: ['GratuitousARP', number(0, 255)],
  num_unsol_na: ['GratuitousARP', number(0, 255)],
  gratuitous_arp: ['GratuitousARP', number(0, 255)],
  // A misspelling that netplan accepts for ever.
  gratuitious_arp: ['GratuitousARP', number(0, 255)],
  all_slaves_active: ['AllSlavesActive', flag],
  all_members_active: ['AllSlavesActive', flag],
  tlb_dynamic_lb: ['DynamicTransmitLoadBalancing', flag],
  lp_interval: ['LearnPacketIntervalSec', time('s')],
  learn_packet_interval: ['LearnPacketIntervalSec', time('s')],
};

/** Not options of the device but words about its members and about ifupdown itself. */
const elsewhere = new Set(['slaves', 'primary', 'master', 'links', 'interfaces']);

/** The settings of `[Bond]` in these fields, by their key; what is no option of a bond is warned of. */
export function bondSettings(fields: readonly (readonly [string, Field])[]): Setting[] {
  const found = new Map<string, string>();
  for (const [name, field] of fields) {
    const plain = name.replaceAll('-', '_').replace(/^bond_/, '');
    if (elsewhere.has(plain) || !field.exists) continue;
    const option = Object.hasOwn(options, plain) ? options[plain] : undefined;
    if (option === undefined) field.warn('is no option of a bond that networkd knows; it is ignored');
    else {
      const value = option[1](field);
      if (value !== undefined) found.set(option[0], value);
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}
