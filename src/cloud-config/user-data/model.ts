// What user-data are made of once they are unpacked: cloud-configs and scripts, in the order given.

import type { Document, Finding } from '../model.ts';

export interface ConfigPart {
  readonly kind: 'cloud-config';
  readonly document: Document;
  /** Something of it was lost on the way: only what lets people in is used. */
  readonly damaged?: boolean;
}

export interface ScriptPart {
  readonly kind: 'script';
  readonly document: Document;
  readonly every: 'boot' | 'instance' | 'life';
}

export type Part = ConfigPart | ScriptPart;

export const isConfig = (part: Part): part is ConfigPart => part.kind === 'cloud-config';

export interface UserData {
  readonly parts: readonly Part[];
  readonly findings: readonly Finding[];
  /** The user-data are for Ignition: nothing at all is applied. */
  readonly ignition: boolean;
}

/** What reading needs besides the bytes. */
export interface ReadOptions {
  /** Names the user-data in messages: a path, or `user-data`. */
  readonly file: string;
  /** Gets what `#include` names; throws a sentence. Without it includes are refused. */
  readonly fetch?: (url: string) => Promise<Uint8Array>;
  /** Where documents of `#include-once` are kept for later boots of this instance. */
  readonly kept?: KeptIncludes;
}

export interface KeptIncludes {
  get(url: string): Promise<Uint8Array | undefined>;
  put(url: string, bytes: Uint8Array): Promise<void>;
}
