// Where a cluster's files are. The three folders can be moved by environment variables, for tests.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { sandboxErrors } from './errors.ts';

/** The folders of all clusters. */
export interface Roots {
  /** Disks, keys, cloud-configs, logs. */
  readonly state: string;
  /** Pids and sockets; gone after a reboot of the host. */
  readonly run: string;
  /** Base file systems, shared by all clusters. */
  readonly cache: string;
}

/** The folders in use, from KEELSON_SANDBOX_STATE, KEELSON_SANDBOX_RUN and KEELSON_CACHE. */
export function roots(env: Readonly<Record<string, string | undefined>> = process.env): Roots {
  const found = {
    state: env.KEELSON_SANDBOX_STATE ?? '/var/lib/keelson/sandbox',
    run: env.KEELSON_SANDBOX_RUN ?? '/run/keelson/sandbox',
    cache: env.KEELSON_CACHE ?? '/var/cache/keelson',
  };
  for (const path of Object.values(found)) {
    // overlayfs takes its folders as one comma- and colon-separated text; ssh_config splits at spaces.
    if (!/^\/[\w./-]*$/.test(path)) {
      throw sandboxErrors.error(
        'invalid',
        `The folder “${path}” cannot hold a sandbox: only absolute paths of letters, digits, “.”, “_” and “-” can.`,
      );
    }
  }
  return found;
}

/** The files of one cluster. */
export interface ClusterPaths {
  readonly roots: Roots;
  readonly state: string;
  readonly run: string;
  readonly record: string;
  readonly lock: string;
  readonly anchor: string;
  readonly hosts: string;
  readonly sshConfig: string;
  readonly knownHosts: string;
  readonly identity: string;
  /** Links to every machine's journal, for reading them merged. */
  readonly journal: string;
  /** The cluster's folder in a cgroup hierarchy, when no service of systemd holds it. */
  readonly cgroup: string;
}

/** The files of one machine. */
export interface MachinePaths {
  readonly directory: string;
  readonly upper: string;
  readonly work: string;
  readonly configDrive: string;
  /** Its slots, when it has some. */
  readonly slots: string;
  readonly console: string;
  /** Written when the disk is ready to boot. */
  readonly prepared: string;
  /** Where the root file system is mounted, in the anchor's mount namespace. */
  readonly root: string;
  /** fleet's socket, for the host. */
  readonly socket: string;
}

/** The files of the cluster of that name. Throws `sandbox.invalid` for a name that cannot be one. */
export function clusterPaths(name: string, at: Roots = roots()): ClusterPaths {
  if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(name)) {
    throw sandboxErrors.error(
      'invalid',
      `“${name}” cannot be the name of a cluster: expected up to 32 of a-z, 0-9 and “-”, not starting with “-”.`,
    );
  }
  const state = join(at.state, name);
  const run = join(at.run, name);
  return {
    roots: at,
    state,
    run,
    record: join(state, 'cluster.json'),
    lock: join(at.run, `${name}.lock`),
    anchor: join(run, 'anchor.json'),
    hosts: join(run, 'hosts'),
    sshConfig: join(run, 'ssh_config'),
    knownHosts: join(run, 'known_hosts'),
    identity: join(state, 'id_ed25519'),
    journal: join(run, 'journal'),
    // Two clusters of one name in two folders (a test beside the real one) are two clusters.
    cgroup: `keelson-sandbox-${name}-${createHash('sha256').update(run).digest('hex').slice(0, 8)}`,
  };
}

/** The files of a machine of that cluster; the name has been checked by `machineName`. */
export function machinePaths(cluster: ClusterPaths, name: string): MachinePaths {
  const directory = join(cluster.state, 'machines', name);
  return {
    directory,
    upper: join(directory, 'upper'),
    work: join(directory, 'work'),
    configDrive: join(directory, 'configdrive'),
    slots: join(directory, 'slots'),
    console: join(directory, 'console.log'),
    prepared: join(directory, 'prepared'),
    root: join(cluster.run, 'root', name),
    socket: join(cluster.run, `${name}.sock`),
  };
}

/** The name, when it can be a machine's: it becomes a hostname and, after `vb-`, a network interface. */
export function machineName(name: string): string {
  if (/^[a-z]([a-z0-9-]{0,10}[a-z0-9])?$/.test(name)) return name;
  throw sandboxErrors.error(
    'invalid',
    `“${name}” cannot be the name of a machine: expected up to 12 of a-z, 0-9 and “-”, starting with a letter.`,
  );
}
