// fleet.conf and its FLEET_… environment: every key of fleet, read and checked before anything starts.

import { nearest } from '../cli/index.ts';
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
  readonly unitsDirectory: string;
  readonly systemdUser: boolean;
  readonly tokenLimit: number;
  readonly disableEngine: boolean;
  /** Limits of this machine that were set; those of memory and processors default to what it has. */
  readonly capacity: Capacity;
}

export interface ParsedConfig {
  readonly config: FleetConfig;
  /** What was passed over, each a sentence for the log. */
  readonly warnings: readonly string[];
}

interface Given {
  readonly value: string;
  /** Where it stands, for messages. */
  readonly where: string;
}

/** Keys that mean nothing here, and why: they are accepted, as old configurations have them. */
const ignored: Readonly<Record<string, string>> = {
  engine_reconcile_interval: 'the engine reacts to changes and has no interval',
  disable_watches: 'everything here works by watches',
  enable_grpc: 'the experimental registry over gRPC does not exist here',
  verify_units: 'signed units are no longer supported',
  authorized_keys_file: 'signed units are no longer supported',
};

const known = [
  ...['verbosity', 'etcd_servers', 'etcd_username', 'etcd_password', 'etcd_cafile', 'etcd_certfile'],
  ...['etcd_keyfile', 'etcd_key_prefix', 'etcd_request_timeout', 'public_ip', 'metadata', 'agent_ttl'],
  ...['units_directory', 'systemd_user', 'token_limit', 'disable_engine', 'max_units'],
  ...['reservable_memory', 'reservable_cpu'],
];

/**
 * Reads the text of fleet.conf (undefined when there is none) and the environment, which wins. Throws
 * `fleet.config` naming file, line and what was expected for what cannot be followed.
 */
export function parseConfig(
  text: string | undefined,
  path: string,
  env: Readonly<Record<string, string | undefined>>,
): ParsedConfig {
  const given = new Map<string, Given>();
  const warnings: string[] = [];
  const take = (key: string, value: string, where: string, quiet = false) => {
    const reason = ignored[key];
    if (known.includes(key)) given.set(key, { value, where });
    else if (reason !== undefined) warnings.push(`${where}: ${key} is ignored: ${reason}.`);
    else if (!quiet) warnings.push(`${where}: unknown key ${key}${suggestion(key)}; it is ignored.`);
  };
  for (const { key, value, line } of readIni(text ?? '', path)) take(key, value, `${path}:${line}`);
  for (const [name, value] of Object.entries(env)) {
    if (name.startsWith('FLEET_') && value !== undefined) take(name.slice(6).toLowerCase(), value, name);
  }
  return { config: readValues(given, warnings), warnings };
}

function suggestion(key: string): string {
  const near = nearest(key, [...known, ...Object.keys(ignored)]);
  return near === undefined ? '' : ` (did you mean ${near}?)`;
}

function readValues(given: ReadonlyMap<string, Given>, warnings: string[]): FleetConfig {
  const value = (key: string) => given.get(key)?.value ?? '';
  const fail = (key: string, expected: string) => {
    const { value: bad = '', where = '' } = given.get(key) ?? {};
    return fleetErrors.error('config', `${where}: ${key} = ${JSON.stringify(bad)}: expected ${expected}.`);
  };
  const number = (key: string, otherwise: number, expected: string): number => {
    const text = value(key);
    if (text === '') return otherwise;
    if (!/^\d+(\.\d+)?$/.test(text)) throw fail(key, expected);
    return Number(text);
  };
  const flag = (key: string): boolean => {
    const text = value(key);
    if (['1', 't', 'true'].includes(text.toLowerCase())) return true;
    if (['', '0', 'f', 'false'].includes(text.toLowerCase())) return false;
    throw fail(key, 'true or false');
  };
  const servers = list(value('etcd_servers'));
  for (const server of servers) {
    if (server !== 'embedded' && !/^https?:\/\/[^\s/]+\/?$/.test(server)) {
      throw fail('etcd_servers', 'URLs such as http://10.0.0.1:2379, separated by commas, or "embedded"');
    }
  }
  if (servers.includes('embedded') && servers.length > 1)
    throw fail('etcd_servers', '"embedded" alone, or URLs');
  const ttl = value('agent_ttl') === '' ? 10_000 : durationMs(value('agent_ttl'));
  if (ttl === undefined || ttl < 1000)
    throw fail('agent_ttl', 'a duration of at least one second, such as 10s');
  const tokenLimit = number('token_limit', 100, 'a number from 1 to 65535');
  if (!Number.isInteger(tokenLimit) || tokenLimit < 1 || tokenLimit > 65535) {
    throw fail('token_limit', 'a number from 1 to 65535');
  }
  const units = value('units_directory');
  if (units !== '' && !units.startsWith('/')) throw fail('units_directory', 'an absolute path');
  const timeout = number('etcd_request_timeout', 5, 'seconds, such as 1.0');
  if (timeout === 0) throw fail('etcd_request_timeout', 'more than 0 seconds');
  return {
    verbose: number('verbosity', 0, 'a number') > 0,
    etcdServers: servers.length === 0 ? undefined : servers,
    etcdUsername: value('etcd_username'),
    etcdPassword: value('etcd_password'),
    etcdCafile: value('etcd_cafile'),
    etcdCertfile: value('etcd_certfile'),
    etcdKeyfile: value('etcd_keyfile'),
    etcdKeyPrefix: value('etcd_key_prefix') === '' ? '/keelson' : value('etcd_key_prefix'),
    etcdRequestTimeoutMs: timeout * 1000,
    publicIp: value('public_ip'),
    metadata: readMetadata(given.get('metadata'), warnings),
    agentTtlMs: ttl,
    unitsDirectory: units === '' ? '/run/fleet/units' : units.replace(/\/+$/, ''),
    systemdUser: flag('systemd_user'),
    tokenLimit,
    disableEngine: flag('disable_engine'),
    capacity: readCapacity(value, fail),
  };
}

function readCapacity(
  value: (key: string) => string,
  fail: (key: string, expected: string) => Error,
): Capacity {
  const read = (key: string, parse: (text: string) => number | undefined, expected: string) => {
    if (value(key) === '') return undefined;
    const amount = parse(value(key));
    if (amount === undefined) throw fail(key, expected);
    return amount;
  };
  const whole = (text: string) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined);
  const units = read('max_units', whole, 'a whole number');
  const memoryBytes = read('reservable_memory', readBytes, 'an amount of memory, such as 12G');
  const cpuMillis = read('reservable_cpu', readCpu, 'a number of processors, such as 3.5');
  return {
    ...(units === undefined ? {} : { units }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(cpuMillis === undefined ? {} : { cpuMillis }),
  };
}

function readMetadata(given: Given | undefined, warnings: string[]): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const item of (given?.value ?? '').split(',')) {
    const text = item.trim();
    const equals = text.indexOf('=');
    if (equals > 0) metadata[text.slice(0, equals).trim()] = text.slice(equals + 1).trim();
    else if (text !== '')
      warnings.push(`${given?.where}: metadata ${JSON.stringify(text)} has no key=value form.`);
  }
  return metadata;
}

/** A list with commas; brackets around it and quotes around items are passed over. */
function list(text: string): string[] {
  return text
    .replace(/^\s*\[|\]\s*$/g, '')
    .split(',')
    .map((item) => item.trim().replace(/^(["'])(.*)\1$/, '$2'))
    .filter((item) => item !== '');
}

/** A duration in Go's form (`1m30s`, `500ms`) in milliseconds, or undefined. */
function durationMs(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
  const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    total += Number(amount) * (units[unit ?? ''] ?? 0);
  }
  return total;
}

function* readIni(text: string, path: string): Iterable<{ key: string; value: string; line: number }> {
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index++) {
    const line = index + 1;
    let content = (lines[index] ?? '').trim();
    if (content === '' || content.startsWith('#') || content.startsWith(';')) continue;
    while (content.endsWith('\\') && index + 1 < lines.length) {
      content = content.slice(0, -1) + (lines[++index] ?? '').trim();
    }
    // What follows a section is another program's.
    if (content.startsWith('[')) return;
    const equals = content.indexOf('=');
    if (equals === -1) {
      throw fleetErrors.error(
        'config',
        `${path}:${line}:1: ${JSON.stringify(content)}: expected key = value.`,
      );
    }
    yield {
      key: content.slice(0, equals).trim().toLowerCase(),
      value: unquote(content.slice(equals + 1).trim()),
      line,
    };
  }
}

function unquote(text: string): string {
  const quoted = /^(["'])(.*)\1\s*([#;].*)?$/.exec(text);
  if (quoted !== null) return quoted[2] ?? '';
  return text.replace(/[#;].*$/, '').trim();
}
