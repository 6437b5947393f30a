// This machine's membership: one lease, under which it is present. A daemon that comes back goes on with
// the lease that it had, so that nobody sees it go.

import { type Clock, retryPause } from '../host/index.ts';
import { type Lease, type Store, storeErrors } from '../store/index.ts';
import { wordsOf } from './agent/systemd-calls.ts';
import { markAway } from './away-mark.ts';
import { fleetErrors } from './errors.ts';
import { watchHeartbeat } from './heartbeat.ts';
import type { Log } from './log.ts';
import type { Machine } from './model.ts';
import { isAbandoned } from './predecessor.ts';
import type { Keys } from './registry/keys.ts';
import { type MachineRecord, readMachine, writeMachine } from './registry/records.ts';
import {
  type MemoryOptions,
  readRemembered,
  remember,
  rememberAway,
  saveForNextBoot,
  saveLease,
} from './remembered.ts';

export interface MemberOptions extends MemoryOptions {
  readonly store: Store;
  readonly keys: Keys;
  /** Read anew for each registration: addresses and metadata may have changed. */
  readonly self: () => Machine;
  /** Of the next lease. */
  readonly ttlMs: () => number;
  readonly clock: Clock;
  /** The store is this machine's own: whatever is present in it is this machine before its last boot. */
  readonly alone: boolean;
  /** Names of the units that are here: the mark of being away tells them. */
  readonly units: () => Iterable<string>;
  /** Told when another machine is registered under our ID. */
  readonly onDuplicate: () => void;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Why a session's signal aborts when another lease takes the place of its own, which still holds. */
export const renewal = Symbol('renewal');

export interface Session {
  readonly lease: Lease;
  /** Aborts when the lease is lost, is replaced (with `renewal` as the reason), or the daemon stops. */
  readonly signal: AbortSignal;
}

export class Member {
  readonly #options: MemberOptions;
  #problem: string | undefined = 'this machine has not registered yet';
  #duplicate: string | undefined;
  /** What was said last of the file for the next boot. */
  #unsaved = '';
  #lease: Lease | undefined;
  #record: string | undefined;
  #registered: { readonly instance: string; readonly revision: number } | undefined;
  /** Another machine has registered itself in our place. */
  #ousted = Promise.withResolvers<{ reason: string }>();
  /** Until when the store is sure to keep our lease, as far as was known last. */
  #safeUntilMs = Number.POSITIVE_INFINITY;
  /** When this machine before its last boot was first seen to be present still. */
  #predecessorSinceMs: number | undefined;
  #renew: () => void = () => {};
  #renewing = false;
  #joining: Promise<Lease> | undefined;

  constructor(options: MemberOptions) {
    this.#options = options;
  }

  /** Why this machine is not registered, as a sentence; undefined when it is. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** For how long the lease is certain to hold, in milliseconds; negative when it is not any more. */
  leaseLeftMs(): number | undefined {
    return this.#lease === undefined ? undefined : this.#lease.safeUntilMs() - this.#options.clock.now();
  }

  /** What is to be told to users when another machine has our ID. */
  get duplicate(): string | undefined {
    return this.#duplicate;
  }

  /** Stays a member until the signal aborts; calls `onSession` for each lease under which it is present. */
  async run(onSession: (session: Session) => Promise<void>): Promise<void> {
    const { signal, log, clock } = this.#options;
    const startMs = clock.now();
    const { away } = readRemembered(await this.#options.files.readIfExists(this.#options.leaseFile));
    // While the mark of being away stands nobody takes anything from us. Without it our lease may have run out
    // just now, for all that we know.
    if (!away && this.#lease === undefined) this.#safeUntilMs = startMs;
    for (let failures = 0; !signal.aborted; ) {
      try {
        this.#joining = this.#join();
        const lease = await this.#joining;
        if (signal.aborted) return lease.abandon();
        failures = 0;
        const over = new AbortController();
        const during = AbortSignal.any([signal, over.signal]);
        const session = onSession({ lease, signal: during });
        void watchHeartbeat(lease, this.#options.clock, log, during);
        const stopped = Promise.withResolvers<{ reason: string }>();
        signal.addEventListener('abort', () => stopped.resolve({ reason: 'stop' }), { once: true });
        this.#renew = () => {
          this.#renewing = true;
          stopped.resolve({ reason: 'renewal' });
        };
        const { reason } = await Promise.race([lease.lost, this.#ousted.promise, stopped.promise]);
        over.abort(this.#renewing ? renewal : undefined);
        await session;
        lease.abandon();
        if (signal.aborted) return;
        // What hung on it is written under the next one, and then it runs out with nothing on it.
        if (this.#renewing) continue;
        this.safeUntilMs();
        this.#lease = undefined;
        this.#problem = `the lease of this machine was lost: ${reason}`;
        log.warn({ ttlMs: lease.ttlMs }, `The lease of this machine was lost: ${reason}. Registering again.`);
      } catch (error) {
        if (signal.aborted) return;
        const message = error instanceof Error ? error.message : String(error);
        if (this.#problem !== message) log.warn({}, message);
        this.#problem = message;
        // Its units wait for this alone.
        if (this.#predecessorSinceMs !== undefined) failures = 0;
        await retryPause(this.#options.clock, failures++, { firstMs: 200, maxMs: 5000 }, signal);
      }
    }
  }

  /**
   * Until when, by our clock, the store is sure to keep our lease. Once that is over nobody waits for us longer
   * than the schedule says.
   */
  safeUntilMs(): number {
    const { clock } = this.#options;
    if (this.#lease === undefined) return this.#safeUntilMs;
    const live = this.#lease.safeUntilMs();
    // A lease that was taken from us may have ended before its time.
    this.#safeUntilMs = Number.isFinite(live) ? live : Math.min(this.#safeUntilMs, clock.now());
    return this.#safeUntilMs;
  }

  /** Takes another lease, of the length that is right now, while the present one still holds. */
  renew(): void {
    this.#renew();
  }

  /** Publishes an address or metadata that changed; does nothing when nothing did. */
  async refresh(): Promise<void> {
    const { store, keys, self } = this.#options;
    const lease = this.#lease;
    if (lease === undefined || this.#record === undefined) return;
    const record = this.#recordOf(readMachine(this.#record)?.instance ?? '');
    if (record === this.#record) return;
    const key = keys.machine(self().id);
    const found = await store.get(key);
    if (found?.lease !== lease.id) return;
    await store.transact(
      [{ key, modRevision: found.modRevision }],
      [{ kind: 'put', key, value: record, lease: lease.id }],
    );
    this.#record = record;
  }

  /** What the store says of the machine of our ID: it may be another one that took our place. */
  observe(present: { readonly instance: string; readonly revision: number } | undefined): void {
    const registered = this.#registered;
    if (registered === undefined || present === undefined || this.#lease === undefined) return;
    if (present.revision <= registered.revision || present.instance === registered.instance) return;
    this.#registered = undefined;
    this.#ousted.resolve({ reason: 'another machine with the same ID registered itself' });
  }

  /**
   * Says goodbye. When the host goes down its units go with it, and others take them over at once. When
   * only the daemon stops they run on, and a mark that outlives the lease says so.
   */
  async leave(hostStops: boolean, now: Date): Promise<void> {
    const { store, keys, self } = this.#options;
    // Joining takes away the mark of being away: it must not do so behind our back.
    await this.#joining?.catch(() => {});
    const lease = this.#lease;
    if (lease === undefined) return;
    lease.abandon();
    if (hostStops) return lease.revoke();
    const { id } = self();
    const away = { since: now.toISOString(), units: [...this.#options.units()] };
    const marked = await markAway(store, keys, id, lease.id, away);
    if (marked) await rememberAway(this.#options.files, this.#options.leaseFile);
  }

  async #join(): Promise<Lease> {
    const { store, keys, ttlMs, self, log } = this.#options;
    const remembered = await remember(this.#options);
    const { id } = self();
    const key = keys.machine(id);
    const adopt = this.#renewing
      ? undefined
      : (remembered.lease ?? (await this.#inherited(remembered.before)));
    const lease = await store.grantLease({
      ttlMs: ttlMs(),
      ...(adopt === undefined ? {} : { adopt }),
    });
    try {
      await saveLease(this.#options, { instance: remembered.instance, lease: lease.id });
      const [existing, away] = await Promise.all([store.get(key), store.get(keys.away(id))]);
      const other = existing && readMachine(existing.value);
      const known = [remembered.instance, ...(existing?.lease === adopt ? [remembered.before] : [])];
      if (existing !== undefined && !known.includes(other?.instance) && !this.#options.alone) {
        this.#duplicate = duplicate(self(), other);
        this.#options.onDuplicate();
        throw fleetErrors.error('conflict', this.#duplicate);
      }
      const value = this.#recordOf(remembered.instance);
      let revision = existing?.modRevision ?? 0;
      if (existing?.lease !== lease.id || existing.value !== value || away !== undefined) {
        const result = await store.transact(
          [{ key, modRevision: revision }],
          [
            { kind: 'put', key, value, lease: lease.id },
            { kind: 'delete', key: keys.away(id) },
          ],
        );
        if (!result.committed)
          throw storeErrors.error('unavailable', 'Another daemon registered this machine meanwhile.');
        revision = result.revision;
      }
      await this.#saveForNextBoot(remembered.instance);
      this.#record = value;
      this.#lease = lease;
      this.#registered = { instance: remembered.instance, revision };
      this.#ousted = Promise.withResolvers();
      this.#renewing = false;
      this.#problem = undefined;
      this.#duplicate = undefined;
      log.info({ machine: id, lease: lease.id }, `Machine ${id} is present.`);
      return lease;
    } catch (error) {
      lease.abandon();
      throw error;
    }
  }

  /** Without it the next boot waits for this one's lease to lapse; that is no reason to be absent now. */
  async #saveForNextBoot(instance: string): Promise<void> {
    const { memberFile, log } = this.#options;
    try {
      await saveForNextBoot(this.#options, instance);
      this.#unsaved = '';
    } catch (error) {
      const words = `Who this machine is cannot be kept for its next boot in ${memberFile}: ${wordsOf(error)}`;
      if (words !== this.#unsaved) log.warn({}, words);
      this.#unsaved = words;
    }
  }

  /**
   * The lease of this machine before its last boot, when it is still present under that and nobody keeps it
   * alive. Throws `fleet.conflict` while that is not certain: for at most half a lease, unless another
   * machine has a copy of our disk.
   */
  async #inherited(before: string | undefined): Promise<string | undefined> {
    const { store, keys, self, clock } = this.#options;
    const since = this.#predecessorSinceMs;
    this.#predecessorSinceMs = undefined;
    if (before === undefined) return undefined;
    const present = await store.get(keys.machine(self().id));
    const lease = present?.lease;
    if (present === undefined || lease === undefined) return undefined;
    if (readMachine(present.value)?.instance !== before) return undefined;
    const time = await store.leaseTime(lease);
    if (isAbandoned(time)) return lease;
    const sinceMs = since ?? clock.now();
    // Kept alive for that long, it is another's.
    if (this.#duplicate !== undefined || clock.now() - sinceMs > (time?.ttlMs ?? 0)) return undefined;
    this.#predecessorSinceMs = sinceMs;
    throw fleetErrors.error(
      'conflict',
      'This machine is still present from before its last boot; it joins as soon as it is certain that ' +
        'nobody keeps that lease alive.',
    );
  }

  #recordOf(instance: string): string {
    const { id: _key, ...self } = this.#options.self();
    const record: MachineRecord = { ...self, instance };
    return writeMachine(record);
  }
}

function duplicate(self: Machine, other: MachineRecord | undefined): string {
  const here = self.primaryIP === '' ? 'this machine' : self.primaryIP;
  const there = other === undefined || other.primaryIP === '' ? 'another machine' : other.primaryIP;
  return (
    `The machine ID ${self.id} of ${here} is already in use by ${there}. If that is another machine, give one ` +
    'of them a new /etc/machine-id (systemd-machine-id-setup); if it is this one before a reboot, it passes ' +
    'when the old lease has run out.'
  );
}
