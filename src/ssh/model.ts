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
  /** Hosts to go through to reach the others, each reached through the one before. */
  readonly jumps?: readonly SshHost[];
  /** Seconds that a connection stays open for the next command; without it, each command has its own. */
  readonly shareS?: number;
}
