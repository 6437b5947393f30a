// Which store this machine's fleet is on, when its configuration leaves that open.

import type { StoreConfig } from '../store/index.ts';
import type { FleetConfig } from './config.ts';
import { fleetErrors } from './errors.ts';

/** The units under which distributions run etcd. */
export const etcdUnits = ['etcd.service', 'etcd2.service', 'etcd-member.service'] as const;

const localEtcd = 'http://127.0.0.1:2379';

/** What is known of one of them on this machine. */
export interface EtcdUnit {
  readonly name: string;
  readonly activeState: string;
  /** "enabled", "enabled-runtime", … or "" when there is no such file. */
  readonly fileState: string;
}

/**
 * etcd where it is configured, or where this machine runs one; else the embedded store. `remembered` is
 * what this machine was on before: who has been in a cluster is never silently alone in a new one.
 * Throws `fleet.config` then.
 */
export function chooseStore(
  config: FleetConfig,
  units: readonly EtcdUnit[],
  remembered: 'etcd' | 'embedded' | undefined,
  stateDirectory = '/var/lib/fleet',
): StoreConfig {
  const embedded = { kind: 'embedded', path: `${stateDirectory}/store.db` } as const;
  const { etcdServers } = config;
  if (etcdServers?.[0] === 'embedded') return embedded;
  if (etcdServers !== undefined) return etcd(config, etcdServers);
  const wanted = units.find(
    ({ activeState, fileState }) =>
      ['active', 'activating', 'reloading'].includes(activeState) ||
      ['enabled', 'enabled-runtime', 'linked', 'linked-runtime'].includes(fileState),
  );
  if (wanted !== undefined) return etcd(config, [localEtcd]);
  if (remembered === 'etcd') {
    throw fleetErrors.error(
      'config',
      'This machine was in a cluster on etcd, and now nothing says where that is: set etcd_servers in ' +
        '/etc/fleet/fleet.conf, or enable etcd.service. To begin anew alone, set etcd_servers=embedded.',
    );
  }
  return embedded;
}

function etcd(config: FleetConfig, endpoints: readonly string[]): StoreConfig {
  const { etcdCafile, etcdCertfile, etcdKeyfile, etcdUsername, etcdPassword } = config;
  const tls = {
    ...(etcdCafile === '' ? {} : { ca: etcdCafile }),
    ...(etcdCertfile === '' ? {} : { cert: etcdCertfile }),
    ...(etcdKeyfile === '' ? {} : { key: etcdKeyfile }),
  };
  return {
    kind: 'etcd',
    endpoints: endpoints.map((endpoint) => endpoint.replace(/\/$/, '')),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
    ...(etcdUsername === '' ? {} : { user: etcdUsername, password: etcdPassword }),
    deadlineMs: config.etcdRequestTimeoutMs,
  };
}
