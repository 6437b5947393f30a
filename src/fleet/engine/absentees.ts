// Machines that have units and are not there: since when, and which of them are given up.

import type { Clock } from '../../host/index.ts';
import type { Store } from '../../store/index.ts';
import type { Log } from '../log.ts';
import type { Keys } from '../registry/keys.ts';
import type { ClusterView } from '../registry/view.ts';
import { judgeAbsence } from './absence.ts';
import type { Presence } from './presence.ts';

export interface AbsenteesOptions {
  readonly store: Store;
  readonly keys: Keys;
  readonly presence: Presence;
  /** One lease of an agent, in milliseconds. */
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Knows which machines are away: their daemon was stopped, and their units run on. */
  readonly view: ClusterView;
  /** It is time to ask again who is lost. */
  readonly wake: () => void;
}

/** Why a machine is lost that an operator gave up: nothing of it runs any more. */
export const givenUpWords = 'was given up by an operator';

export class Absentees {
  readonly #options: AbsenteesOptions;
  /** When each was seen to go; undefined: before this term. */
  readonly #absent = new Map<string, number | undefined>();
  readonly #forgotten = new Set<string>();
  #lostAtMs: number[] = [];
  #cancelTimer: () => void = () => {};
  #heldSaid = '';

  constructor(options: AbsenteesOptions) {
    this.#options = options;
  }

  /** The machine is not there; `seen`: it went before our eyes. What is known already stays. */
  missed(id: string, seen: boolean): void {
    if (!this.#absent.has(id)) this.#absent.set(id, seen ? this.#options.clock.now() : undefined);
  }

  /** The machine went just now, or while we could not see; what was known of it before counts no more. */
  went(id: string, seen: boolean): void {
    this.#absent.delete(id);
    this.missed(id, seen);
  }

  /** The machine is there, or has no units. */
  clear(id: string): void {
    this.#absent.delete(id);
    this.#forgotten.delete(id);
  }

  /** An operator gave the machine up. */
  forget(id: string): void {
    this.#forgotten.add(id);
  }

  /** Machines to give up now, each with why as half a sentence; sets the time for the next look. */
  async lost(): Promise<Map<string, string>> {
    const { presence, ttlMs, clock, view, wake } = this.#options;
    const lost = new Map<string, string>();
    this.#cancelTimer();
    const missing = [...this.#absent].filter(([id]) => !view.away.has(id));
    const verdict = judgeAbsence({
      nowMs: clock.now(),
      ttlMs,
      continuousSinceMs: presence.continuousSinceMs,
      absent: new Map(missing.filter(([id]) => !this.#forgotten.has(id))),
      lostAtMs: this.#lostAtMs,
      presentCount: presence.view.machines.size,
    });
    this.#sayHeld(verdict.held);
    if (verdict.againAtMs !== undefined) {
      this.#cancelTimer = clock.after(Math.max(1, verdict.againAtMs - clock.now()), wake);
    }
    const givenUp = missing.filter(([id]) => this.#forgotten.has(id)).map(([id]) => id);
    await Promise.all([
      ...givenUp.map(async (id) => {
        if (await this.isGone(id)) lost.set(id, givenUpWords);
      }),
      ...verdict.lost.map(async (id) => {
        if (await this.isGone(id)) lost.set(id, 'went away');
      }),
    ]);
    this.#lostAtMs = this.#lostAtMs.filter((at) => at > clock.now() - ttlMs);
    for (const id of lost.keys()) {
      this.#lostAtMs.push(this.#absent.get(id) ?? clock.now());
      this.clear(id);
    }
    return lost;
  }

  /**
   * A machine's presence and its mark of being away change in one transaction, but two watches tell of them,
   * one before the other: before a machine is given up the store itself is asked for both.
   */
  async isGone(id: string): Promise<boolean> {
    const { store, keys, view } = this.#options;
    const [mark, present] = await Promise.all([store.get(keys.away(id)), store.get(keys.machine(id))]);
    if (mark !== undefined) view.apply({ kind: 'put', keyValue: mark });
    return mark === undefined && present === undefined;
  }

  /** No more looks. */
  stop(): void {
    this.#cancelTimer();
  }

  #sayHeld(held = ''): void {
    if (held !== '' && held !== this.#heldSaid) this.#options.log.warn({}, held);
    this.#heldSaid = held;
  }
}
