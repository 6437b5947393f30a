// The words of the update engine: its states, what it is offered, and what it tells others.

/** What the engine does, in the names that D-Bus and `update_engine_client -status` have for it; in their order. */
export const operations = [
  'UPDATE_STATUS_IDLE',
  'UPDATE_STATUS_CHECKING_FOR_UPDATE',
  'UPDATE_STATUS_UPDATE_AVAILABLE',
  'UPDATE_STATUS_DOWNLOADING',
  'UPDATE_STATUS_VERIFYING',
  'UPDATE_STATUS_FINALIZING',
  'UPDATE_STATUS_UPDATED_NEED_REBOOT',
  'UPDATE_STATUS_REPORTING_ERROR_EVENT',
] as const;

export type Operation = (typeof operations)[number];

/** The five values of `GetStatus` and `StatusUpdate`. */
export interface StatusReport {
  /** Seconds since 1970 of the last check that ended well: nothing new, or an offer that was taken; 0 before the first. */
  readonly lastCheckedS: number;
  /** 0 to 1. */
  readonly progress: number;
  readonly operation: Operation;
  /** `0.0.0` while nothing is on its way. */
  readonly newVersion: string;
  readonly newSize: number;
}

/** An update that a server offers, as far as its answer can be believed. */
export interface Offer {
  readonly version: string;
  /** Folders that hold the package, in the order in which they are tried. */
  readonly codebases: readonly string[];
  readonly packageName: string;
  readonly sizeBytes: number;
  /** SHA-256 of the package file, base64. */
  readonly sha256: string;
  readonly isDelta: boolean;
  readonly disablePayloadBackoff: boolean;
  readonly maxFailureCountPerUrl: number;
}

/** A version that is not installed again here unless somebody says so. */
export interface FailedVersion {
  readonly version: string;
  /** Why, as a sentence. */
  readonly reason: string;
  /** Seconds since 1970. */
  readonly sinceS: number;
}

/** An update that is being installed, waits for its first boot, or went through it. */
export interface PendingUpdate {
  readonly version: string;
  /** The version that ran when it was installed. */
  readonly from: string;
  /** The boot in which it was installed; in another one it has had its chance. */
  readonly bootId: string;
  /** Whether it was installed to its end; before that it may be, or not, should the power fail. */
  readonly armed: boolean;
}

/** What an attempt was asked for with. */
export interface Wish {
  /** A person asked, not the timer. */
  readonly interactive: boolean;
  /** Versions that failed before, and waiting after failed downloads, do not count. */
  readonly force: boolean;
}

/** What the engine can say of itself beyond the five values of the field. */
export interface EngineDetail {
  /** The version that runs. */
  readonly version: string;
  readonly group: string;
  /** Empty when updates are off. */
  readonly server: string;
  /** Why it is as it is, as a sentence; empty when there is nothing to say. */
  readonly reason: string;
  /** The code under which the last attempt ended; 0 for none. */
  readonly lastCode: number;
  /** Seconds since 1970; 0 when no check is due by itself. */
  readonly nextCheckS: number;
  readonly runningSlot: 'blessed' | 'on-trial' | 'none';
  readonly failedVersions: readonly FailedVersion[];
}
