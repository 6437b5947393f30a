// What the gates look at, and what they say. Types only.

/** A unit in systemd's own words. */
export interface UnitHealth {
  readonly name: string;
  readonly load: string;
  readonly active: string;
  readonly sub: string;
  /** UnitFileState. */
  readonly file: string;
  /** Whether its conditions held when it was last started; true before that. */
  readonly condition: boolean;
}

/** A job of systemd that is not done. */
export interface JobHealth {
  readonly unit: string;
  readonly type: string;
  readonly state: string;
}

export interface HealthFacts {
  readonly jobs: readonly JobHealth[];
  readonly multiUser: string;
  /** Extensions that this boot has taken, with the version that is merged into /usr; undefined when none is. */
  readonly extensions: readonly {
    readonly name: string;
    readonly version: string;
    readonly merged: string | undefined;
  }[];
  /** All units of ours, and those that the gates ask for. */
  readonly units: readonly UnitHealth[];
  /** Addresses of interfaces other than the loopback's, without those that are good on their own link only. */
  readonly addresses: readonly string[];
  /** What an SSH server said first, at each address and port that it is to listen on; undefined when nothing. */
  readonly ssh: readonly { readonly at: string; readonly banner: string | undefined }[];
}

/** What a gate says. */
export interface GateVerdict {
  readonly gate: string;
  readonly healthy: boolean;
  /** A sentence. */
  readonly message: string;
}
