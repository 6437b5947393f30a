// What the update server knows: releases, channels, machines.

/** One version for one architecture, ready to be fetched. */
export interface CatalogRelease {
  /** Its place under the folder that is served, `/` between the parts. */
  readonly path: string;
  /** `release`: keelson's own folder; `crau`: a payload of update_engine. */
  readonly kind: 'release' | 'crau';
  /** The system extension that it is one of; undefined for a system. */
  readonly extension?: string;
  readonly version: string;
  /** As Debian calls it: amd64, arm64. */
  readonly architecture: string;
  /** The file that an answer names. */
  readonly file: {
    readonly name: string;
    readonly bytes: number;
    readonly sha256: string;
    readonly sha1?: string;
  };
  /** Milliseconds since 1970: from then on no machine takes it. */
  readonly expires?: number;
  /** The oldest version it can be installed on. */
  readonly minimumVersion?: string;
  /** Newer versions from which machines may come back to it. */
  readonly downgradeFrom: readonly string[];
}

export interface Channel {
  readonly name: string;
  /** A version, or `newest` of those that are there. */
  readonly version: string;
  /** Why nothing is offered for now. */
  readonly paused?: string;
  /** Versions that must not be skipped on the way up, each with its reason. */
  readonly floors: ReadonlyMap<string, string>;
  /** So many machines may be between their grant and their end at once. */
  readonly maxInProgress?: number;
}

/** What channels.json says. */
export interface Channels {
  readonly byName: ReadonlyMap<string, Channel>;
  /** What could not be followed, as sentences. */
  readonly problems: readonly string[];
}

export interface Catalog {
  readonly releases: readonly CatalogRelease[];
  readonly channels: ReadonlyMap<string, Channel>;
  /** What was left out and why, as sentences. */
  readonly problems: readonly string[];
}

export type MachineStatus =
  | 'seen'
  | 'granted'
  | 'on-hold'
  | 'downloading'
  | 'downloaded'
  | 'installed'
  | 'complete'
  | 'failed';

/** One application of one machine. */
export interface MachineRecord {
  readonly machineId: string;
  readonly appId: string;
  readonly version: string;
  readonly track: string;
  readonly oem: string;
  readonly alias: string;
  readonly status: MachineStatus;
  /** Milliseconds since 1970. */
  readonly lastSeen: number;
  readonly grant?: Grant;
  /** Of the last event that told a failure. */
  readonly errorCode?: number;
}

export interface Grant {
  readonly version: string;
  readonly bootId: string;
  readonly at: number;
}
