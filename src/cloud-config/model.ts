// The words of cloud-config: findings, metadata, facts, the operations of a plan, what became of each.

import type { JobVerb } from '../systemd/index.ts';
import type { ManifestItem } from './apply/manifest.ts';

export type FindingKind = 'error' | 'warning' | 'info';

/** A text of the user-data: the whole of a file, or one of its parts. */
export interface Document {
  /** The file whose lines are counted: what the person wrote, or what a part was decoded to. */
  readonly file: string;
  /** Which part of the file it is, when it is not the whole: `part 2 "web.yaml"`. */
  readonly part?: string;
  readonly text: string;
  /** Where in the file the text begins; from 1. The column holds for every line of it. */
  readonly line: number;
  readonly column: number;
}

/** A place in a document: offsets into its text; line and column of its file, from 1. */
export interface Place {
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
  /** Undefined: the user-data are one text, and this is it. */
  readonly document?: Document;
}

/** One thing to say about the user-data. */
export interface Finding {
  readonly kind: FindingKind;
  readonly message: string;
  readonly place: Place | undefined;
  /** What would have been right, as words that follow "expected ". */
  readonly expected?: string;
  /** A whole sentence of advice, for example the nearest known key. */
  readonly hint?: string;
  /** True when a value that the user meant to have is left out because of this. */
  readonly dropped: boolean;
}

/** What a source knows about the machine besides the user-data. */
export interface Metadata {
  readonly hostname?: string;
  readonly sshKeys: readonly string[];
  readonly addresses: Addresses;
  /** Tells this instance of the machine from a copy of its disk: another one is a new first boot. */
  readonly instanceId?: string;
  /** Each description of the network that the source has; the preferred one first. */
  readonly network?: readonly NetworkData[];
  /** What of it could not be had, a sentence each: what was asked, where, and the reason. */
  readonly problems?: readonly string[];
  /** What is odd in it and left aside, though nothing that was meant to be there is missing. */
  readonly warnings?: readonly string[];
}

/** A source's description of the network, as it gave it; `network/` reads each form. */
export interface NetworkData {
  readonly form:
    | 'debian'
    | 'packet'
    | 'vmware'
    | 'openstack'
    | 'digitalocean'
    | 'cloud-init-v1'
    | 'cloud-init-v2';
  /** A text (`debian`), or what JSON or YAML held. */
  readonly data: unknown;
  /** Where it came from, for messages. */
  readonly location: string;
}

export type AddressName = 'public_ipv4' | 'private_ipv4' | 'public_ipv6' | 'private_ipv6';
export type Addresses = Readonly<Partial<Record<AddressName, string>>>;

/** What the planner must know about the machine; read once before planning. */
export interface Facts {
  /** The kernel's host name. */
  readonly hostname: string;
  /** /etc/coreos/update.conf, or else /usr/share/coreos/update.conf. */
  readonly updateConfiguration: string | undefined;
  /** /etc/environment. */
  readonly environmentFile: string | undefined;
  /** Name of the set of keys under authorized_keys.d. */
  readonly keySet: string;
  /** /etc/locale.conf, and Debian's /etc/default/locale: undefined where there is none. */
  readonly localeFiles?: Readonly<Record<string, string | undefined>>;
  /** Where certificates of this machine are put for update-ca-certificates. */
  readonly certificateFolder?: string;
}

export interface UserSpec {
  readonly name: string;
  readonly uid?: number;
  readonly passwordHash?: string;
  /** No password lets this user in. */
  readonly locked?: boolean;
  readonly gecos?: string;
  readonly homeDirectory?: string;
  readonly createHome: boolean;
  readonly primaryGroup?: string;
  readonly groups: readonly string[];
  /** Groups that are joined only if they exist. */
  readonly optionalGroups: readonly string[];
  readonly userGroup: boolean;
  readonly system: boolean;
  readonly logInit: boolean;
  readonly shell?: string;
}

export interface Owner {
  readonly user?: string;
  readonly group?: string;
  /** The group is the first one of the user. */
  readonly loginGroup?: boolean;
}

/** What a key group adds to the plan; each carries the reason that a person reads. */
export type Operation = OperationBody & { readonly why: string };

type OperationBody =
  | { readonly kind: 'set-hostname'; readonly hostname: string }
  | {
      readonly kind: 'ensure-group';
      readonly group: string;
      /** Users that join it; they exist by now. */
      readonly members: readonly string[];
    }
  | { readonly kind: 'ensure-user'; readonly user: UserSpec }
  | {
      readonly kind: 'authorize-keys';
      readonly user: string;
      readonly set: string;
      readonly keys: readonly string[];
    }
  | {
      /** Fetches public keys and makes a set of them; what was fetched before stays when that fails. */
      readonly kind: 'import-keys';
      readonly user: string;
      readonly set: string;
      readonly url: string;
    }
  | {
      readonly kind: 'write-file';
      readonly path: string;
      readonly content: string | Uint8Array;
      readonly mode: number;
      readonly owner: Owner;
      /** Units that read the file: a restart of them that was done is done again when it changes. */
      readonly readBy?: readonly string[];
      /** How the content is proved before it is put in place. */
      readonly check?: 'sudoers';
    }
  | {
      /** Adds the content to the end of a file unless the file holds it already. */
      readonly kind: 'append-file';
      readonly path: string;
      readonly content: string | Uint8Array;
      /** Where nothing is said, a file that exists keeps its own. */
      readonly mode?: number;
      readonly owner?: Owner;
    }
  | { readonly kind: 'set-timezone'; readonly zone: string }
  | {
      /** Makes every program trust these certificates, whose files are written already. */
      readonly kind: 'trust-certificates';
      readonly certificates: readonly string[];
      readonly folder: string;
      /** Trust none of those that the system came with. */
      readonly removeDefaults: boolean;
    }
  | {
      /** A file that the service manager or networkd reads: a unit, a drop-in, an environment drop-in. */
      readonly kind: 'write-unit-file';
      readonly unit: string;
      readonly path: string;
      readonly content: string;
    }
  | { readonly kind: 'mask-unit'; readonly unit: string; readonly path: string }
  | { readonly kind: 'unmask-unit'; readonly unit: string; readonly path: string }
  | { readonly kind: 'enable-unit'; readonly unit: string; readonly runtime: boolean }
  | { readonly kind: 'reload-manager' }
  | { readonly kind: 'reload-network' }
  | {
      readonly kind: 'unit-command';
      readonly unit: string;
      readonly verb: JobVerb;
      /** A unit that this machine does not have is no failure. */
      readonly optional?: boolean;
    }
  | {
      readonly kind: 'run-script';
      readonly script: string;
      /** The transient unit that runs it, and those that it waits for. */
      readonly unit: string;
      readonly after: readonly string[];
      /** The program, and perhaps an argument, before the script's path. */
      readonly interpreter: readonly string[];
      /** How often: at every boot, once an instance of the machine, once in the life of its disk. */
      readonly every: 'boot' | 'instance' | 'life';
      /** The instance as the metadata name it; empty when they do not. */
      readonly instance: string;
    }
  | {
      /** Something that an earlier cloud-config made and this one does not want. */
      readonly kind: 'undo';
      readonly item: ManifestItem;
    }
  | {
      /** Commands as a script for sh: of bootcmd once a boot, at once; of runcmd once an instance, at the end. */
      readonly kind: 'run-commands';
      readonly key: 'bootcmd' | 'runcmd';
      readonly script: string;
      /** The instance as the metadata name it; empty when they do not. */
      readonly instance: string;
    };

export type OperationKind = Operation['kind'];
export type OperationOf<Kind extends OperationKind> = Extract<Operation, { readonly kind: Kind }>;

/** What became of an operation. */
export type Outcome =
  | { readonly result: 'done'; readonly note?: string }
  /** The machine was already as wanted. */
  | { readonly result: 'unchanged' }
  /** Accepted by systemd; the end is not waited for, because it may come after our own. */
  | { readonly result: 'queued' }
  | { readonly result: 'failed'; readonly error: string };

export interface Applied {
  readonly operation: Operation;
  readonly outcome: Outcome;
}
