// The documents of the update protocol, Omaha 3.0 as Container Linux, Flatcar, CoreUpdate and Nebraska speak it.
// A field is undefined when its attribute was not there, which is not the same as an empty one.

/** What a machine sends. */
export interface OmahaRequest {
  /** `3.0`; nothing else is spoken. */
  readonly protocol: string;
  readonly version?: string | undefined;
  readonly updaterVersion?: string | undefined;
  /** `scheduler`, or `ondemandupdate` when a person asked. */
  readonly installSource?: string | undefined;
  readonly isMachine?: number | undefined;
  readonly requestId?: string | undefined;
  /** go-omaha's client: the boot id. */
  readonly sessionId?: string | undefined;
  /** go-omaha's client: the machine id. */
  readonly userId?: string | undefined;
  readonly testSource?: string | undefined;
  readonly os?: OmahaOs | undefined;
  readonly apps: readonly AppRequest[];
}

export interface OmahaOs {
  readonly platform?: string | undefined;
  readonly version?: string | undefined;
  /** `<version>_<uname -m>`. */
  readonly servicePack?: string | undefined;
  readonly arch?: string | undefined;
}

export interface AppRequest {
  /** As sent, with or without braces: the answer echoes it. */
  readonly appId?: string | undefined;
  readonly version?: string | undefined;
  /** The group, by name or by the server's id. */
  readonly track?: string | undefined;
  readonly fromTrack?: string | undefined;
  readonly bootId?: string | undefined;
  readonly oem?: string | undefined;
  readonly oemVersion?: string | undefined;
  /** The version that was installed first. */
  readonly alephVersion?: string | undefined;
  readonly machineId?: string | undefined;
  readonly machineAlias?: string | undefined;
  readonly lang?: string | undefined;
  readonly board?: string | undefined;
  readonly hardwareClass?: string | undefined;
  readonly deltaOkay?: boolean | undefined;
  readonly nextVersion?: string | undefined;
  readonly client?: string | undefined;
  readonly installAge?: string | undefined;
  readonly brand?: string | undefined;
  /** A server downstream that can take several manifests in one answer. */
  readonly multiManifestOk?: boolean | undefined;
  readonly ping?: PingRequest | undefined;
  readonly updateCheck?: UpdateCheckRequest | undefined;
  readonly events: readonly EventRequest[];
}

export interface PingRequest {
  readonly active?: number | undefined;
  /** Days since the last report of being active (`a`) and at all (`r`); -1 for never. */
  readonly lastActiveDays?: number | undefined;
  readonly lastReportDays?: number | undefined;
}

export interface UpdateCheckRequest {
  readonly targetVersionPrefix?: string | undefined;
}

export interface EventRequest {
  /** One of `eventTypes`. */
  readonly type: number;
  /** One of `eventResults`. */
  readonly result: number;
  /** Signed 32 bits with flags in the upper four: see `describeErrorCode`. */
  readonly errorCode?: number | undefined;
  readonly previousVersion?: string | undefined;
  readonly nextVersion?: string | undefined;
}

/** What a server answers. */
export interface OmahaResponse {
  readonly protocol?: string | undefined;
  readonly server?: string | undefined;
  /** Seconds since midnight where the server is; undefined as well for junk. */
  readonly elapsedSeconds?: number | undefined;
  /** One for each app of the request, in its order. */
  readonly apps: readonly AppResponse[];
}

export interface AppResponse {
  readonly appId?: string | undefined;
  readonly status?: string | undefined;
  readonly ping?: { readonly status?: string | undefined } | undefined;
  readonly updateCheck?: UpdateCheckResponse | undefined;
  readonly events: readonly { readonly status?: string | undefined }[];
}

export interface UpdateCheckResponse {
  readonly status?: string | undefined;
  /** Seconds until the next check; counts with `noupdate` as well. */
  readonly pollIntervalSeconds?: number | undefined;
  /** Ours: why there is no update, as a sentence. */
  readonly reason?: string | undefined;
  /** Codebases, in the order to try them. */
  readonly urls: readonly string[];
  /** One, save in answers to servers downstream. */
  readonly manifests: readonly OmahaManifest[];
}

export interface OmahaManifest {
  readonly version?: string | undefined;
  /** A version that must not be skipped on the way up, and why. */
  readonly isFloor?: boolean | undefined;
  readonly floorReason?: string | undefined;
  readonly isTarget?: boolean | undefined;
  readonly packages: readonly OmahaPackage[];
  readonly actions: readonly OmahaAction[];
}

export interface OmahaPackage {
  readonly name: string;
  /** SHA-1, base64; nobody relies on it. */
  readonly sha1?: string | undefined;
  /** Bytes; undefined for junk, and for what no number here can hold. */
  readonly size?: number | undefined;
  readonly required?: boolean | undefined;
  /** Hex; Flatcar's further packages. */
  readonly sha256?: string | undefined;
}

export interface OmahaAction {
  /** `postinstall` for the one that counts. */
  readonly event?: string | undefined;
  readonly displayVersion?: string | undefined;
  /** SHA-256 of the whole payload, base64. */
  readonly sha256?: string | undefined;
  readonly needsAdmin?: boolean | undefined;
  readonly isDeltaPayload?: boolean | undefined;
  readonly disablePayloadBackoff?: boolean | undefined;
  /** 0 is meant; undefined stands for the default of 10. */
  readonly maxFailureCountPerUrl?: number | undefined;
  readonly metadataSignatureRsa?: string | undefined;
  readonly metadataSize?: string | undefined;
  readonly deadline?: string | undefined;
  readonly moreInfo?: string | undefined;
  readonly prompt?: boolean | undefined;
}
