// The form of every source of user-data. One file a source; choose.ts lists them in their order.

import type { Metadata } from '../model.ts';

export interface Source {
  /** The type's name, as the original logs it: `local-file`, `cloud-drive`, … */
  readonly type: string;
  /** Where it reads from, for people and as the key of the manifest. */
  readonly location: string;
  /** A second question may be answered differently: media may be mounted, a service may come up. */
  readonly mayAppear: boolean;
  /** Asked only when nothing that lies on the machine is there. */
  readonly overNetwork?: boolean;
  /** What speaks for it, when nobody named it: words that follow "because "; certain: worth waiting for. */
  readonly evidence?: { readonly why: string; readonly certain: boolean };
  available(signal: AbortSignal): Promise<boolean>;
  /** Why the last answer of `available` was no, where there is more to say than that nothing is there. */
  whyNot?(): string | undefined;
  /** Whether it only names a place on the network where the user-data are. */
  needsNetwork?(signal: AbortSignal): Promise<boolean>;
  /** The user-data as they are, packed or not; empty when there are none. */
  userData(signal: AbortSignal): Promise<Uint8Array>;
  /** What the cloud's provider wants of every machine: documents in a form of user-data; the user's win. */
  vendorData?(signal: AbortSignal): Promise<readonly Uint8Array[]>;
  metadata(signal: AbortSignal): Promise<Metadata>;
}

export const noMetadata: Metadata = { sshKeys: [], addresses: {} };
