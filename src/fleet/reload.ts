// SIGHUP: what a new configuration changes in a daemon that runs, and what only a new start can change.
//
// INVARIANT: a configuration that cannot be followed is refused as a whole, before anything is changed.

import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { readFileIfExists } from '../host/index.ts';
import type { Store, StoreConfig } from '../store/index.ts';
import type { Notifier } from '../systemd/index.ts';
import { wordsOf } from './agent/systemd-calls.ts';
import { type FleetConfig, type InspectedConfig, showFinding } from './config.ts';
import type { Finding } from './config-file.ts';
import { type ConfigSource, configPathOf, readWholeConfig } from './config-source.ts';
import { fleetErrors } from './errors.ts';
import type { Log } from './log.ts';

/** Keys that decide who this daemon is: another start takes them over, and leaves units alone as well. */
const fixed = {
  etcdKeyPrefix: 'etcd_key_prefix',
  unitsDirectory: 'units_directory',
  systemdUser: 'systemd_user',
  cutOffStartMs: 'cut_off_start',
  cutOffLimitMs: 'cut_off_limit',
} as const satisfies Partial<Record<keyof FleetConfig, string>>;

const names: Readonly<Partial<Record<keyof FleetConfig, string>>> = {
  verbose: 'verbosity',
  publicIp: 'public_ip',
  metadata: 'metadata',
  agentTtlMs: 'agent_ttl',
  tokenLimit: 'token_limit',
  disableEngine: 'disable_engine',
  capacity: 'limits of the machine',
  api: 'the sockets of the API',
};

/**
 * The configuration to go on with. Throws `fleet.config` with everything that cannot be followed: here also
 * the values that a start would pass over, for the ones that they replace are good.
 */
export function acceptReload({ config, findings }: InspectedConfig): FleetConfig {
  const bad = (finding: Finding) => finding.level === 'error' || finding.unreadable === true;
  const reasons = findings.filter(bad).map(showFinding);
  if (config === undefined || reasons.length > 0) throw fleetErrors.error('config', reasons.join('\n'));
  return config;
}

/** The names of what differs, and of what differs but waits for a new start. */
export function changedKeys(
  before: FleetConfig,
  after: FleetConfig,
): { readonly changed: readonly string[]; readonly later: readonly string[] } {
  const differ = (table: Readonly<Partial<Record<keyof FleetConfig, string>>>) =>
    Object.entries(table).flatMap(([key, name]) =>
      isDeepStrictEqual(at(before, key), at(after, key)) ? [] : [name],
    );
  return { changed: differ(names), later: differ(fixed) };
}

function at(config: FleetConfig, key: string): unknown {
  return Object.entries(config).find(([name]) => name === key)?.[1];
}

/** Tells two ways to a store apart, also by what is in the files of their TLS. */
export async function storeFingerprint(config: StoreConfig): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(config));
  if (config.kind !== 'etcd') return hash.digest('hex');
  for (const path of Object.values(config.tls ?? {})) {
    hash.update(`\0${(await readFileIfExists(path).catch(() => undefined)) ?? ''}`);
  }
  return hash.digest('hex');
}

export interface ReloaderOptions {
  readonly source: ConfigSource;
  /** What the daemon was started with. */
  readonly config: FleetConfig;
  readonly storeConfig: StoreConfig;
  readonly store: Store;
  /** A key that may be read, to try another way to the store. */
  readonly probeKey: string;
  readonly storeFor: (config: FleetConfig) => Promise<StoreConfig>;
  /** Throws for what cannot be taken over. */
  readonly check: (config: FleetConfig) => Promise<void>;
  /** Takes over all that is not the store's; must not fail. */
  readonly apply: (config: FleetConfig) => Promise<void>;
  readonly notify: Notifier;
  readonly log: Log;
}

/** Reloads on request, one after the other. */
export class Reloader {
  readonly #options: ReloaderOptions;
  #config: FleetConfig;
  #storeConfig: StoreConfig;
  #fingerprint: Promise<string>;
  #work: Promise<void> = Promise.resolve();

  constructor(options: ReloaderOptions) {
    this.#options = options;
    this.#config = options.config;
    this.#storeConfig = options.storeConfig;
    this.#fingerprint = storeFingerprint(options.storeConfig);
  }

  /** Reloads once the reload that is under way is over. What goes wrong is said in the log. */
  request(): Promise<void> {
    this.#work = this.#work.then(() => this.#reload());
    return this.#work;
  }

  async #reload(): Promise<void> {
    const { source, log, notify } = this.#options;
    const tell = (said: Promise<void>) => said.catch((error: unknown) => log.warn({}, wordsOf(error)));
    log.info({}, `Reloading configuration from ${configPathOf(source)}`);
    await tell(notify.reloading());
    try {
      await this.#take(await readWholeConfig(source));
    } catch (error) {
      log.error({}, `The configuration was not taken, and nothing has changed: ${wordsOf(error)}`);
    }
    await tell(notify.ready(`store: ${this.#options.store.description}`));
  }

  async #take(inspected: InspectedConfig): Promise<void> {
    const { log, storeFor, store, apply, probeKey } = this.#options;
    const config = acceptReload(inspected);
    await this.#options.check(config);
    for (const finding of inspected.findings) log.warn({}, showFinding(finding));
    const { changed, later } = changedKeys(this.#config, config);
    const storeConfig = await storeFor(config);
    const fingerprint = await storeFingerprint(storeConfig);
    const parts = [...changed];
    const waiting = [...later];
    if (fingerprint !== (await this.#fingerprint)) {
      if (storeConfig.kind === this.#storeConfig.kind && storeConfig.kind === 'etcd' && store.reconfigure) {
        await store.reconfigure(storeConfig, probeKey);
        this.#storeConfig = storeConfig;
        this.#fingerprint = Promise.resolve(fingerprint);
        parts.push('the way to etcd');
      } else waiting.push('etcd_servers');
    }
    const what = parts.length === 0 ? 'nothing has changed' : parts.join(', ');
    log.info({ changed: parts }, `Restarting server components: ${what}.`);
    this.#config = config;
    await apply(config);
    if (waiting.length > 0) {
      const keys = waiting.join(', ');
      log.warn({}, `${keys}: taken over by a new start only; units run on: systemctl restart fleet.service`);
    }
  }
}
