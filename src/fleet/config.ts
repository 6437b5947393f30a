// fleet.conf and its FLEET_… environment: every key of fleet, read and checked before anything starts.

import { nearest } from '../cli/index.ts';
import { type ApiSettings, apiKeys, readApiSettings } from './config-api.ts';
import { type Entry, type Finding, readConfigFile } from './config-file.ts';
import {
  readDurationMs,
  readFlag,
  readInteger,
  readList,
  readMetadata,
  readPositive,
} from './config-values.ts';
import { fleetErrors } from './errors.ts';
import type { Capacity } from './model.ts';
import { readBytes, readCpu } from './placement.ts';

export interface FleetConfig {
  readonly verbose: boolean;
  /** As given: `undefined` when no key says so, the word `embedded` as an endpoint of that name. */
  readonly etcdServers: readonly string[] | undefined;
  readonly etcdUsername: string;
  readonly etcdPassword: string;
  readonly etcdCafile: string;
  readonly etcdCertfile: string;
  readonly etcdKeyfile: string;
  readonly etcdKeyPrefix: string;
  readonly etcdRequestTimeoutMs: number;
  /** Empty: found out from the route to everywhere. */
  readonly publicIp: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly agentTtlMs: number;
  /** `undefined` when no key says so. */
  readonly unitsDirectory: string | undefined;
  readonly systemdUser: boolean;
  readonly tokenLimit: number;
  readonly disableEngine: boolean;
  /** Limits of this machine that were set; those of memory and processors default to what it has. */
  readonly capacity: Capacity;
  /** After so long without the store a booted machine starts what it had. */
  readonly cutOffStartMs: number;
  /** Of an older copy it starts only units that are everywhere; undefined: there is no limit. */
  readonly cutOffLimitMs: number | undefined;
  readonly api: ApiSettings;
}

export interface ParsedConfig {
  readonly config: FleetConfig;
  /** What was passed over. */
  readonly findings: readonly Finding[];
}

/** What there is to say, and the configuration unless one of the findings is an error. */
export interface InspectedConfig {
  readonly config: FleetConfig | undefined;
  readonly findings: readonly Finding[];
}

/** Keys that mean nothing here, and why: they are accepted, as old configurations have them. */
const ignored: Readonly<Record<string, string>> = {
  engine_reconcile_interval: 'is ignored: the engine reacts to changes and has no interval.',
  disable_watches: 'is ignored: everything here works by watches.',
  enable_grpc: 'is ignored: the experimental registry over gRPC does not exist here.',
  verify_units: 'is no longer supported - ignoring: units are not signed.',
  authorized_keys_file: 'is no longer supported - ignoring: units are not signed.',
};

const known: readonly string[] = [
  ...['verbosity', 'etcd_servers', 'etcd_username', 'etcd_password', 'etcd_cafile', 'etcd_certfile'],
  ...['etcd_keyfile', 'etcd_key_prefix', 'etcd_request_timeout', 'public_ip', 'metadata', 'agent_ttl'],
  ...['units_directory', 'systemd_user', 'token_limit', 'disable_engine', 'max_units'],
  ...['reservable_memory', 'reservable_cpu', 'cut_off_start', 'cut_off_limit'],
  ...apiKeys,
];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the text of fleet.conf (undefined when there is none) and the environment, which wins. Throws
 * `fleet.config` naming file, line and what was expected for what fleetd cannot start with.
 */
export function parseConfig(text: string | undefined, path: string, env: Environment): ParsedConfig {
  const { config, findings } = inspectConfig(text, path, env);
  if (config !== undefined) return { config, findings };
  const errors = findings.filter(({ level }) => level === 'error').map(showFinding);
  throw fleetErrors.error('config', errors.join('\n'), {
    hint: 'fleetd --check-config tells all there is to say about a configuration.',
  });
}

/** The same without throwing: everything that there is to say at once. */
export function inspectConfig(text: string | undefined, path: string, env: Environment): InspectedConfig {
  const { entries, findings } = readConfigFile(text ?? '', path);
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('FLEET_') || value === undefined) continue;
    entries.push({ key: name.slice(6).toLowerCase(), value, where: name });
  }
  const given = new Map<string, Entry>();
  for (const entry of entries) {
    const { key, where, section } = entry;
    const isKnown = known.includes(key);
    const say = (level: Finding['level'], message: string) => findings.push({ level, where, message });
    if (section !== undefined) {
      if (isKnown) say('warning', `${key} stands in section ${section}, where nobody reads it; move it up.`);
    } else if (isKnown) given.set(key, entry);
    else if (ignored[key] !== undefined) say('note', `${key} ${ignored[key]}`);
    else say('warning', `unknown key ${key}${suggestion(key)}; it is ignored.`);
  }
  const config = readValues(given, findings);
  // As their reader goes through them: the file from the top, then the environment.
  const line = ({ where }: Finding) => Number(/:(\d+)$/.exec(where)?.[1] ?? Number.MAX_SAFE_INTEGER);
  findings.sort((a, b) => line(a) - line(b));
  return { config: findings.some(({ level }) => level === 'error') ? undefined : config, findings };
}

/** A finding as a line. */
export function showFinding({ where, message }: Finding): string {
  return `${where}: ${message}`;
}

function suggestion(key: string): string {
  const near = nearest(key, [...known, ...Object.keys(ignored)]);
  return near === undefined ? '' : ` (did you mean ${near}?)`;
}

function readValues(given: ReadonlyMap<string, Entry>, findings: Finding[]): FleetConfig {
  const text = (key: string) => given.get(key)?.value ?? '';
  const complain = (level: Finding['level'], key: string, expected: string, then = '') => {
    const { value = '', where = '' } = given.get(key) ?? {};
    const message = `${key} = ${JSON.stringify(value)}: expected ${expected}${then}.`;
    findings.push({ level, where, message, unreadable: true });
  };
  /** What fleet passed over silently is passed over here, and said. */
  const value = <T>(
    key: string,
    otherwise: T,
    read: (text: string) => T | undefined,
    expected: string,
  ): T => {
    if (text(key) === '') return otherwise;
    const found = read(text(key));
    if (found !== undefined) return found;
    complain('warning', key, expected, '; it is ignored');
    return otherwise;
  };
  /** Where going on with another value would be another cluster, or none. */
  const need = <T>(key: string, otherwise: T, read: (text: string) => T | undefined, expected: string): T => {
    const found = text(key) === '' ? otherwise : read(text(key));
    if (found !== undefined) return found;
    complain('error', key, expected);
    return otherwise;
  };
  const amount = (key: string, read: (text: string) => number | undefined, expected: string) =>
    value<number | undefined>(key, undefined, read, expected);
  const { metadata, rest } = readMetadata(text('metadata'));
  for (const item of rest) {
    const message = `metadata ${JSON.stringify(item)} has no key=value form; it is ignored.`;
    findings.push({ level: 'warning', where: given.get('metadata')?.where ?? '', message });
  }
  const servers = need('etcd_servers', [], readServers, serversExpected);
  const secret = text('etcd_password');
  if ((text('etcd_username') === '') !== (secret === '')) {
    const there = text('etcd_username') === '' ? 'etcd_password' : 'etcd_username';
    const message = 'etcd_username and etcd_password are only used together.';
    findings.push({ level: 'error', where: given.get(there)?.where ?? '', message });
  }
  if ((text('etcd_certfile') === '') !== (text('etcd_keyfile') === '')) {
    const there = text('etcd_certfile') === '' ? 'etcd_keyfile' : 'etcd_certfile';
    const message = 'etcd_certfile and etcd_keyfile are only used together.';
    findings.push({ level: 'error', where: given.get(there)?.where ?? '', message });
  }
  return {
    verbose: value('verbosity', 0, readInteger, 'a whole number') > 0,
    etcdServers: servers.length === 0 ? undefined : servers,
    etcdUsername: text('etcd_username'),
    etcdPassword: secret,
    etcdCafile: text('etcd_cafile'),
    etcdCertfile: text('etcd_certfile'),
    etcdKeyfile: text('etcd_keyfile'),
    etcdKeyPrefix: text('etcd_key_prefix') === '' ? '/keelson' : text('etcd_key_prefix'),
    etcdRequestTimeoutMs: value('etcd_request_timeout', 5, readPositive, 'seconds, such as 1.0') * 1000,
    publicIp: text('public_ip'),
    metadata,
    agentTtlMs: need('agent_ttl', 8_000, readTtl, 'a duration of at least one second, such as 10s'),
    unitsDirectory:
      need<string | undefined>('units_directory', '', readPath, 'an absolute path') || undefined,
    systemdUser: value('systemd_user', false, readFlag, 'true or false'),
    tokenLimit: value('token_limit', 100, readLimit, 'a number from 1 to 65535'),
    disableEngine: value('disable_engine', false, readFlag, 'true or false'),
    capacity: readCapacity(amount),
    cutOffStartMs: value('cut_off_start', 30_000, readTtl, 'a duration from one second on, such as 30s'),
    // To go on without it would run what is not to run.
    cutOffLimitMs: noLimit(
      need('cut_off_limit', Infinity, readCutOffLimit, 'a duration, such as 12h, or none'),
    ),
    api: readApiSettings(text, (key, expected) => complain('error', key, expected)),
  };
}

function readCapacity(
  amount: (key: string, read: (text: string) => number | undefined, expected: string) => number | undefined,
): Capacity {
  const whole = (text: string) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined);
  const units = amount('max_units', whole, 'a whole number');
  const memoryBytes = amount('reservable_memory', readBytes, 'an amount of memory, such as 12G');
  const cpuMillis = amount('reservable_cpu', readCpu, 'a number of processors, such as 3.5');
  return {
    ...(units === undefined ? {} : { units }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(cpuMillis === undefined ? {} : { cpuMillis }),
  };
}

const serversExpected = 'URLs such as http://10.0.0.1:2379, separated by commas, or "embedded" alone';

function readServers(text: string): readonly string[] | undefined {
  const servers = readList(text);
  if (servers.includes('embedded')) return servers.length === 1 ? servers : undefined;
  const isUrl = (server: string) => /^https?:\/\/[^\s/]+\/?$/.test(server) && URL.canParse(server);
  return servers.length > 0 && servers.every(isUrl) ? servers : undefined;
}

function readTtl(text: string): number | undefined {
  const ms = readDurationMs(text);
  return ms !== undefined && ms >= 1000 && ms <= 86_400_000 ? ms : undefined;
}

function readLimit(text: string): number | undefined {
  const limit = readInteger(text);
  return limit !== undefined && limit >= 1 && limit <= 65535 ? limit : undefined;
}

function readCutOffLimit(text: string): number | undefined {
  return text === 'none' ? Infinity : readDurationMs(text);
}

function noLimit(ms: number): number | undefined {
  return ms === Infinity ? undefined : ms;
}

function readPath(text: string): string | undefined {
  return /^\/[^\0]*$/.test(text) ? text.replace(/(?<=.)\/+$/, '') : undefined;
}
