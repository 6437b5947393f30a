// What a connection by OpenSSH needs to know. Types only.

export interface SshHost {
  readonly host: string;
  readonly user?: string;
  /** Without it ssh decides: its configuration, or 22. */
  readonly port?: number;
}

export interface SshSettings {
  /** The login name for hosts that name none. Without it ssh decides. */
  readonly username?: string;
  /** Seconds for connecting to a host. */
  readonly connectTimeoutS: number;
  /** True asks about unknown keys and refuses changed ones; false checks nothing; without it ssh decides. */
  readonly strictHostKeyChecking?: boolean;
  /** Files of known keys, the first one takes new keys. Without it ssh decides. */
  readonly knownHostsFiles?: readonly string[];
  /** A file in place of the user's and the system's ssh_config. */
  readonly configFile?: string;
  /** A host through which to reach the others. */
  readonly bastion?: SshHost;
}
