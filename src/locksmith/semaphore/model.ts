// The reboot semaphore as the rest of locksmith sees it, wherever it is kept. Types only.

/** How a machine's place is doing. */
export type HolderState =
  /** Its daemon keeps its lease. */
  | 'alive'
  /** It has missed renewals, as a machine does that reboots; its place is still its own. */
  | 'silent'
  /** Its lease has run out: the next machine that wants a place is given this one. */
  | 'dead'
  /** Taken by a person, or by a machine that has no lease; only `unlock` frees it. */
  | 'kept';

export interface Holder {
  readonly id: string;
  /** Its host name, where it told that. */
  readonly name?: string;
  readonly reason?: string;
  /** ISO 8601. */
  readonly since?: string;
  readonly state: HolderState;
  /** The revision of etcd at which it got its place; grows with each, so that late writers can be told. */
  readonly token?: number;
  /** When it has a lease: how long until that runs out, in milliseconds; 0 when it has. */
  readonly leaseLeftMs?: number;
  /** How long since its lease was last renewed, at most. */
  readonly silentMs?: number;
}

/** A machine that waits for a place. */
export interface Waiter {
  readonly id: string;
  readonly name?: string;
  readonly reason?: string;
  readonly since?: string;
}

/** A place that was taken from a machine that had died. */
export interface Freed {
  readonly id: string;
  readonly name?: string;
  /** When it had got its place, and when that was given on, and to whom. */
  readonly since?: string;
  readonly at: string;
  readonly by: string;
}

export interface SemaphoreStatus {
  readonly group: string;
  /** May be negative, after the maximum was lowered. */
  readonly available: number;
  readonly max: number;
  readonly holders: readonly Holder[];
  readonly waiting: readonly Waiter[];
  /** The last ones, newest last. */
  readonly freed: readonly Freed[];
}

/** Who wants a place, and why. */
export interface Claim {
  readonly id: string;
  readonly name: string;
  readonly reason: string;
}

/** A place that is ours. */
export interface Held {
  /** See `Holder.token`; undefined where there is none. */
  readonly token: number | undefined;
  /** Machines whose places were free because they had died; told once, to who got one. */
  readonly freed: readonly Freed[];
  /** Throws `locksmith.lost` when somebody took it from us, `.unavailable` when that cannot be learned. */
  confirm(): Promise<void>;
  /** Stops keeping it: what has a lease runs out by itself unless the machine takes it up again. */
  leave(): void;
}

/**
 * The lock that lets so many machines of a group reboot at a time. Every change is one transaction. Throws
 * `locksmith.unavailable`, and what the methods name.
 */
export interface RebootLock extends AsyncDisposable {
  /** For messages: where it is kept. */
  readonly description: string;
  /** Undefined where it cannot be seen, only asked for. */
  status(): Promise<SemaphoreStatus | undefined>;
  /** Takes a place, or takes up the one that this machine has. Throws `locksmith.full`, saying who is in the way. */
  acquire(claim: Claim): Promise<Held>;
  /** Takes up the place that the machine has from before, if it has one. */
  resume(claim: Claim): Promise<Held | undefined>;
  /** Gives a machine's place back; false when it has none. */
  release(id: string): Promise<boolean>;
  /** Lets others see that and why we wait, until disposed of. */
  announce(claim: Claim): Promise<AsyncDisposable>;
  /** Fulfils (never rejects) when a place may have become free; without it one has to ask. */
  readonly untilFreed?: (signal: AbortSignal) => Promise<void>;
}

/** A semaphore that people can change by hand, too. */
export interface ManagedLock extends RebootLock {
  status(): Promise<SemaphoreStatus>;
  /** Takes a place by hand. Throws `locksmith.full` before `locksmith.held`, as the original. */
  take(id: string): Promise<void>;
  /** Throws `locksmith.notHeld`. */
  give(id: string): Promise<void>;
  setMax(max: number): Promise<{ readonly old: number; readonly max: number }>;
}
