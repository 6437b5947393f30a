// The network as networkd is told of it: interfaces, what they are made of, their addresses and routes.
// Every text in here was checked and stays on its line.

/** What a `.network` file applies to; at least one of these is there. */
export interface Match {
  /** A name, for interfaces that we find also a pattern. */
  readonly name?: string;
  readonly mac?: string;
  /** Also in networks where the interface gets another MAC address than it came with. */
  readonly permanentMac?: string;
  readonly driver?: string;
}

/** A key of a unit file with its value. */
export type Setting = readonly [key: string, value: string];

/** What kind of device it is; others are named by their id. */
export type Device =
  | {
      readonly kind: 'physical';
      /** The name that udev is to give it. */
      readonly setName?: string;
    }
  | {
      readonly kind: 'vlan';
      readonly vlanId: number;
      readonly parent: string;
      readonly mac?: string;
    }
  | {
      readonly kind: 'bond';
      readonly members: readonly string[];
      /** Of `[Bond]`. */
      readonly settings: readonly Setting[];
      readonly primary?: string;
      readonly mac?: string;
    }
  | {
      readonly kind: 'bridge';
      readonly members: readonly string[];
      /** Of `[Bridge]`. */
      readonly settings: readonly Setting[];
      /** Of `[Bridge]` of a member, by its id. */
      readonly ports: ReadonlyMap<string, readonly Setting[]>;
      readonly mac?: string;
    };

export interface Route {
  /** With the length of its prefix. */
  readonly destination: string;
  readonly gateway?: string;
  /** Further keys of `[Route]`. */
  readonly settings: readonly Setting[];
}

/** A further section of a `.network` file. */
export interface Section {
  readonly name: string;
  readonly settings: readonly Setting[];
}

export interface Interface {
  /** How the others in the same data name it. */
  readonly id: string;
  /** The part of the file's name that tells whose it is. */
  readonly label: string;
  /** Where the data describe it, for messages. */
  readonly field: string;
  readonly device: Device;
  readonly match: Match;
  readonly dhcp?: 'true' | 'ipv4' | 'ipv6';
  readonly domains: readonly string[];
  readonly dns: readonly string[];
  /** With the length of their prefix. */
  readonly addresses: readonly string[];
  readonly routes: readonly Route[];
  /** Further keys of `[Network]`. */
  readonly settings: readonly Setting[];
  readonly sections: readonly Section[];
  /** The number in front of the file's name, when it is not that of the interface's depth. */
  readonly depth?: number;
  /** None of the addresses it should have can be used. */
  readonly lost: boolean;
}

/** A file below /run/systemd/network. */
export interface NetworkFile {
  readonly name: string;
  readonly content: string;
}
