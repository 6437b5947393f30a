// coreos.etcd, etcd2, fleet, locksmith and flannel: options as environment of the services, in the order of
// these tables. The schema holds the types.

import type { Operation } from '../model.ts';
import { child, type ScalarNode } from '../parse/tree.ts';
import { isSingleLine } from './checks.ts';
import type { KeyContext } from './context.ts';
import { shortestFloat, wholeNumber } from './number.ts';
import { environmentAssignment, environmentFileValue } from './quote.ts';

export interface ServiceTable {
  /** The key under coreos. */
  readonly section: string;
  /** The unit whose drop-in carries the options; without one they go to /run/flannel/options.env. */
  readonly unit: string | undefined;
  readonly prefix: string;
  /** The options in the order in which they are written, `NAME` or `NAME:TYPE` when not a string. */
  readonly options: string;
  /** Options whose variable is not the prefix and the key in capitals. */
  readonly exceptions: Readonly<Record<string, string>>;
}

export const services: readonly ServiceTable[] = [
  {
    section: 'etcd',
    unit: 'etcd.service',
    prefix: 'ETCD_',
    exceptions: { snapshot_count: 'ETCD_SNAPSHOTCOUNT' },
    options: `
      addr advertise_client_urls bind_addr ca_file cert_file cluster_active_size:int
      cluster_remove_delay:float cluster_sync_interval:float cors data_dir discovery
      discovery_fallback discovery_srv discovery_proxy election_timeout:int force_new_cluster:bool
      graphite_host heartbeat_interval:int http_read_timeout:float http_write_timeout:float
      initial_advertise_peer_urls initial_cluster initial_cluster_state initial_cluster_token
      key_file listen_client_urls listen_peer_urls max_result_buffer:int max_retry_attempts:int
      max_snapshots:int max_wals:int name peer_addr peer_bind_addr peer_ca_file peer_cert_file
      peer_election_timeout:int peer_heartbeat_interval:int peer_key_file peers peers_file proxy
      retry_interval:float snapshot:bool snapshot_count:int trace verbose:bool very_verbose:bool
      very_very_verbose:bool`,
  },
  {
    section: 'etcd2',
    unit: 'etcd2.service',
    prefix: 'ETCD_',
    exceptions: {},
    options: `
      advertise_client_urls ca_file cert_file client_cert_auth:bool cors data_dir debug:bool
      discovery discovery_fallback discovery_srv discovery_proxy election_timeout:int
      enable_pprof:bool force_new_cluster:bool heartbeat_interval:int initial_advertise_peer_urls
      initial_cluster initial_cluster_state initial_cluster_token key_file listen_client_urls
      listen_peer_urls log_package_levels max_snapshots:int max_wals:int name peer_ca_file
      peer_cert_file peer_key_file peer_client_cert_auth:bool peer_trusted_ca_file proxy
      proxy_dial_timeout:int proxy_failure_wait:int proxy_read_timeout:int
      proxy_refresh_interval:int proxy_write_timeout:int snapshot_count:int
      strict_reconfig_check:bool trusted_ca_file wal_dir`,
  },
  {
    section: 'fleet',
    unit: 'fleet.service',
    prefix: 'FLEET_',
    exceptions: {},
    options: `
      agent_ttl authorized_keys_file disable_engine:bool engine_reconcile_interval:float etcd_cafile
      etcd_certfile etcd_keyfile etcd_key_prefix etcd_request_timeout:float etcd_servers
      etcd_username etcd_password metadata public_ip token_limit:int verbosity:int verify_units:bool`,
  },
  {
    section: 'locksmith',
    unit: 'locksmithd.service',
    prefix: 'LOCKSMITHD_',
    exceptions: { window_start: 'REBOOT_WINDOW_START', window_length: 'REBOOT_WINDOW_LENGTH' },
    options: `
      endpoint etcd_cafile etcd_certfile etcd_keyfile etcd_username etcd_password group window_start
      window_length
      after_failed_update drain etcd_api etcd_prefix fleetlock_cafile fleetlock_certfile fleetlock_keyfile
      fleetlock_url lock_ttl login_warning reboot_except reboot_fuzz reboot_required reboot_windows
      reboot_zone`,
  },
  {
    section: 'flannel',
    unit: undefined,
    prefix: 'FLANNELD_',
    exceptions: { interface: 'FLANNELD_IFACE' },
    options: `
      etcd_endpoints etcd_cafile etcd_certfile etcd_keyfile etcd_prefix etcd_username etcd_password
      ip_masq subnet_file interface public_ip`,
  },
];

interface Rule {
  readonly pattern: RegExp;
  readonly expected: string;
}

/** Values that are told to be wrong and are written all the same: the service has the last word. */
const rules: Readonly<Record<string, Rule>> = {
  'etcd2.proxy': { pattern: /^(on|off|readonly)$/, expected: 'one of on, off, readonly' },
  'locksmith.window_start': {
    pattern: /^((sun|mon|tue|wed|thu|fri|sat) )?0*(\d|1\d|2[0-3]):0*(\d|[1-5]\d)$/i,
    expected: 'a value such as Thu 04:00 or 04:00',
  },
  'locksmith.window_length': {
    pattern: /^[-+]?(\d*(\.\d*)?[a-z])+$/,
    expected: 'a value such as 1h30m or 45m',
  },
};

/** The options of a table with their types, in order. */
export function optionsOf(
  table: ServiceTable,
): readonly { readonly option: string; readonly type: string }[] {
  return table.options
    .trim()
    .split(/\s+/)
    .map((word) => {
      const [option = '', type = 'string'] = word.split(':');
      return { option, type };
    });
}

/** The option's variable in that service's environment. */
export function variableOf(table: ServiceTable, option: string): string {
  return table.exceptions[option] ?? table.prefix + option.toUpperCase();
}

/** Plans the environment of every service that is configured: flannel's file, the others' drop-ins. */
export function planServices(context: KeyContext): {
  readonly files: readonly Operation[];
  readonly units: readonly Operation[];
} {
  const files: Operation[] = [];
  const units: Operation[] = [];
  for (const table of services) {
    const assignments = assignmentsOf(table, context);
    if (assignments.length === 0) continue;
    const why = `coreos.${table.section} in the cloud-config`;
    if (table.unit === undefined) {
      const content = assignments
        .map(({ name, value }) => `${name}=${environmentFileValue(value)}`)
        .join('\n');
      const path = '/run/flannel/options.env';
      files.push({ kind: 'write-file', path, content, mode: 0o644, owner: {}, why });
    } else {
      const lines = assignments.map(
        ({ name, value }) => `Environment=${environmentAssignment(name, value)}\n`,
      );
      const path = `/run/systemd/system/${table.unit}.d/20-cloudinit.conf`;
      const content = `[Service]\n${lines.join('')}`;
      units.push({ kind: 'write-unit-file', unit: table.unit, path, content, why });
    }
  }
  return { files, units };
}

function assignmentsOf(table: ServiceTable, context: KeyContext): { name: string; value: string }[] {
  const section = child(child(context.root, 'coreos'), table.section);
  return optionsOf(table).flatMap(({ option, type }) => {
    const node = child(section, option);
    if (node?.kind !== 'scalar' || node.value === null) return [];
    const value = textFor(node, type);
    if (value === '') return [];
    if (!isSingleLine(value)) {
      context.refuse(node, `invalid value for "${option}": a line break`, { expected: 'a single line' });
      return [];
    }
    const rule = Object.hasOwn(rules, `${table.section}.${option}`)
      ? rules[`${table.section}.${option}`]
      : undefined;
    if (rule !== undefined && !rule.pattern.test(value)) {
      context.report(node, `invalid value ${value}`, { expected: rule.expected });
    }
    return [{ name: variableOf(table, option), value }];
  });
}

/** A number in a string's place keeps its text (`007`); in a number's place its value counts (`0x10`). */
function textFor(node: ScalarNode, type: string): string {
  // A block scalar ends with a line break that nobody meant as part of an address.
  if (type === 'string') return node.text.replace(/[\r\n]+$/, '');
  if (typeof node.value !== 'number') return String(node.value);
  return type === 'int' ? wholeNumber(node.value) : shortestFloat(node.value);
}
