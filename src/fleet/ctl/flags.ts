// What a flag of fleetctl is, the flags that every sub-command takes, and their values once parsed.

import { cliErrors } from '../../cli/index.ts';

export interface Flag {
  readonly name: string;
  /** One letter, also accepted with two dashes, as some versions of fleet had it. */
  readonly short?: string;
  /** What its value is called in the help; a flag without it is true or false. */
  readonly value?: string;
  /** Whether the value must be a number. */
  readonly number?: boolean;
  readonly fallback?: string;
  readonly help: string;
  /** Accepted, but not shown: deprecated names and flags without effect. */
  readonly hidden?: boolean;
  /** The flag whose old name this is. */
  readonly aliasOf?: string;
}

export const globalFlags: readonly Flag[] = [
  {
    name: 'endpoint',
    value: 'URL',
    fallback: 'unix:///run/fleet.sock',
    help: 'Where the API is: unix, http or https',
  },
  {
    name: 'tunnel',
    value: '[USER@]HOST[:PORT]',
    help: 'Reach the API, and machines, through this host by SSH; several, with commas, one after the other',
  },
  { name: 'ssh-username', value: 'NAME', fallback: 'core', help: 'Login name for SSH' },
  { name: 'ssh-timeout', value: 'SECONDS', number: true, fallback: '10', help: 'For each SSH connection' },
  {
    name: 'ssh-persist',
    value: 'SECONDS',
    number: true,
    fallback: '10',
    help: 'Keep an SSH connection open so long for the next command; 0: each command has its own',
  },
  {
    name: 'ssh-config',
    value: 'FILE',
    help: 'Use this ssh_config instead of your own; it then also decides about user and host keys',
  },
  {
    name: 'strict-host-key-checking',
    fallback: 'true',
    help: 'Verify host keys; =false verifies and stores nothing',
  },
  {
    name: 'known-hosts-file',
    value: 'FILE',
    fallback: '~/.fleetctl/known_hosts',
    help: 'Where accepted host keys are kept',
  },
  { name: 'ca-file', value: 'FILE', help: "Certificates to trust instead of the system's, for https" },
  { name: 'cert-file', value: 'FILE', help: 'Certificate to show to the API' },
  { name: 'key-file', value: 'FILE', help: 'Its key' },
  { name: 'insecure-skip-verify', help: 'Accept any certificate of the API: only for tests' },
  {
    name: 'request-timeout',
    value: 'SECONDS',
    number: true,
    fallback: '30',
    help: 'For each request to the API',
  },
  { name: 'debug', help: 'Say on stderr what is asked of the API' },
  { name: 'help', short: 'h', help: 'Show help' },
  { name: 'version', short: 'v', help: 'Show the version' },
  { name: 'driver', value: 'NAME', fallback: 'API', help: 'Only API', hidden: true },
  { name: 'experimental-api', help: 'Without effect', hidden: true },
  { name: 'etcd-key-prefix', value: 'PATH', help: 'Without effect', hidden: true },
  { name: 'etcd-cafile', value: 'FILE', help: '--ca-file', hidden: true, aliasOf: 'ca-file' },
  { name: 'etcd-certfile', value: 'FILE', help: '--cert-file', hidden: true, aliasOf: 'cert-file' },
  { name: 'etcd-keyfile', value: 'FILE', help: '--key-file', hidden: true, aliasOf: 'key-file' },
];

/** Values by flag name, as given; fallbacks are not in here. */
export type GivenValues = ReadonlyMap<string, string>;

/** Flags of one call, typed. */
export interface FlagValues {
  bool(name: string): boolean;
  text(name: string): string | undefined;
  /** The value of a number flag; undefined when it was not given and has no fallback. */
  number(name: string): number | undefined;
  /** Whether it was given, on the command line or in the environment. */
  given(name: string): boolean;
}

/**
 * Joins command line, environment (`FLEETCTL_*`, for global flags) and fallbacks, in this order; an
 * empty variable counts as not set. Throws `cli.usage` for a value of the wrong form.
 */
export function flagValues(
  flags: readonly Flag[],
  given: GivenValues,
  environment: Readonly<Record<string, string | undefined>>,
): FlagValues {
  const values = new Map<string, string>();
  const fallbacks = new Map<string, string>();
  for (const flag of flags) {
    const target = flag.aliasOf ?? flag.name;
    const variable = environmentName(flag.name);
    const fromEnvironment = globalFlags.includes(flag) ? environment[variable] : undefined;
    const value = given.get(flag.name) ?? (fromEnvironment === '' ? undefined : fromEnvironment);
    if (flag.fallback !== undefined) fallbacks.set(flag.name, flag.fallback);
    if (value === undefined) continue;
    checkValue(flag, value, given.has(flag.name) ? `--${flag.name}` : variable);
    // The new name wins over the old one.
    if (flag.aliasOf === undefined || !values.has(target)) values.set(target, value);
  }
  const text = (name: string) => values.get(name) ?? fallbacks.get(name);
  return {
    text,
    bool: (name) => parseBool(text(name) ?? 'false') ?? false,
    number: (name) => {
      const value = text(name);
      return value === undefined ? undefined : Number(value);
    },
    given: (name) => values.has(name),
  };
}

export function environmentName(flag: string): string {
  return `FLEETCTL_${flag.toUpperCase().replaceAll('-', '_')}`;
}

function checkValue(flag: Flag, value: string, source: string): void {
  if (flag.value === undefined && parseBool(value) === undefined) {
    throw cliErrors.error('usage', `${source} must be true or false, not "${value}".`);
  }
  if (flag.number === true && !(/^\d+(\.\d+)?$/.test(value) && Number.isFinite(Number(value)))) {
    throw cliErrors.error('usage', `${source} must be a number that is not negative, not "${value}".`);
  }
}

function parseBool(text: string): boolean | undefined {
  if (/^(1|t|true)$/i.test(text)) return true;
  if (/^(0|f|false)$/i.test(text)) return false;
  return undefined;
}
